/** JSON as networks: strings, numbers within bounds, and any value. */
import { charactersBetween, oneOf, type Ranges, without } from './codePoints.js'
import type { Builder, Network } from './network.js'
import { regexNetwork } from './regex.js'

/** quotes, backslashes and control characters are written with a backslash */
const escaped: Ranges = [
  [0, 0x1f],
  [0x22, 0x22],
  [0x5c, 0x5c],
]
const short: Readonly<Record<string, number>> = { '"': 0x22, '\\\\': 0x5c, '/': 0x2f, b: 8, f: 12, n: 10, r: 13, t: 9 }

/** A character of the ranges as it stands within a string of JSON. */
export function jsonCharacter(build: Builder, ranges: Ranges): Network {
  const has = (point: number): boolean => ranges.some(([low, high]) => point >= low && point <= high)
  const parts = [oneOf(build, without(ranges, escaped))]
  for (const [letter, point] of Object.entries(short)) if (point !== 0x2f && has(point)) parts.push(build.text(`\\${letter.at(-1)}`))
  for (let point = 0; point < 0x20; point++)
    if (has(point) && !Object.values(short).includes(point)) parts.push(build.text(`\\u${point.toString(16).padStart(4, '0')}`))
  return build.either(parts)
}

/** Parts that any value shares, each made once and passed through where it is needed. */
export class Json {
  #character: Network | undefined
  #value: Network | undefined

  constructor(readonly build: Builder) {}

  /** one character of a string: what JSON writes plainly, and what it escapes */
  character(): Network {
    this.#character ??= jsonCharacter(this.build, [[0, 0x10ffff]])
    return this.build.call(this.#character)
  }

  string(least = 0, most = Number.POSITIVE_INFINITY): Network {
    const quote = (): Network => this.build.text('"')
    return this.build.sequence([quote(), this.build.repeat(() => this.character(), least, most), quote()])
  }

  /** A string that a pattern is found in. */
  matching(pattern: string): Network {
    return this.build.sequence([
      this.build.text('"'),
      regexNetwork(this.build, pattern, { write: jsonCharacter, search: true }),
      this.build.text('"'),
    ])
  }

  /** A string of plain characters that is none of some. */
  stringBut(taken: readonly string[]): Network {
    const plain = without([[0, 0x10ffff]], escaped)
    const [start, end] = [this.build.text('"'), this.build.text('"')]
    const free = this.build.node()
    charactersBetween(this.build, free, free, plain)
    free.empty.push(end.start)
    const below = (words: readonly (readonly string[])[]): Network['start'] => {
      const node = this.build.node()
      if (!words.some((word) => word.length === 0)) node.empty.push(end.start)
      const firsts = new Set(words.filter((word) => word.length > 0).map((word) => word[0]!))
      const points = [...firsts].map((c) => [c.codePointAt(0)!, c.codePointAt(0)!] as const)
      charactersBetween(this.build, node, free, without(plain, points))
      for (const first of firsts) {
        const to = below(words.filter((word) => word[0] === first).map((word) => word.slice(1)))
        const step = this.build.text(first)
        if (!escaped.some(([low, high]) => first.codePointAt(0)! >= low && first.codePointAt(0)! <= high)) {
          node.empty.push(step.start)
          step.end.empty.push(to)
        }
      }
      return node
    }
    start.end.empty.push(below(taken.map((word) => [...word])))
    return { start: start.start, end: end.end }
  }

  /** Numbers of at most 15 digits before the point and behind it, so that none is beyond what a double holds. */
  number(): Network {
    return regexNetwork(this.build, '-?(0|[1-9]\\d{0,14})(\\.\\d{1,15})?([eE][+-]?\\d{1,2})?')
  }

  integer(least?: bigint, most?: bigint): Network {
    if (least === undefined && most === undefined) return regexNetwork(this.build, '0|-?[1-9]\\d{0,14}')
    const limit = 999_999_999_999_999n
    return regexNetwork(this.build, between(least ?? -limit, most ?? limit))
  }

  /** Numbers without exponent from one whole number to another. */
  numberBetween(least: bigint | undefined, most: bigint | undefined, open: { readonly least: boolean; readonly most: boolean }): Network {
    const limit = 999_999_999_999_999n
    const [low, high] = [least ?? -limit, most ?? limit]
    const parts: string[] = []
    // n or n.d lies within for 0 ≤ n < high, and mirrored below
    const positive = between(low < 0n ? 0n : low, high - 1n)
    const negative = between(high > 0n ? 0n : -high, -low - 1n)
    if (high > 0n && low < high) parts.push(`(${positive})(\\.\\d{0,14}[1-9])`)
    if (low < 0n && low < high) parts.push(`-(${negative})(\\.\\d{0,14}[1-9])`)
    const whole = between(low + (open.least ? 1n : 0n), high - (open.most ? 1n : 0n))
    parts.push(whole)
    return regexNetwork(this.build, parts.map((part) => `(${part})`).join('|'))
  }

  /** Any value of JSON. */
  any(): Network {
    if (!this.#value) {
      const node = this.build.node()
      const end = this.build.node()
      this.#value = { start: node, end }
      const { build } = this
      const self = (): Network => build.call(this.#value!)
      for (const part of [
        this.string(),
        this.number(),
        ...['true', 'false', 'null'].map((word) => build.text(word)),
        this.list(self, 0),
        build.sequence([build.text('{'), this.apart(() => build.sequence([this.string(), this.colon(), self()]), 0), build.text('}')]),
      ]) {
        node.empty.push(part.start)
        part.end.empty.push(end)
      }
    }
    return this.build.call(this.#value)
  }

  list(item: () => Network, least: number, most = Number.POSITIVE_INFINITY): Network {
    return this.build.sequence([this.build.text('['), this.apart(item, least, most), this.build.text(']')])
  }

  colon(): Network {
    return this.build.sequence([this.build.text(':'), this.#blank()])
  }

  comma(): Network {
    return this.build.sequence([this.build.text(','), this.#blank()])
  }

  /** Items with commas between. */
  apart(item: () => Network, least: number, most = Number.POSITIVE_INFINITY): Network {
    const { build } = this
    const some = (): Network =>
      build.sequence([item(), build.repeat(() => build.sequence([this.comma(), item()]), Math.max(0, least - 1), most - 1)])
    if (most === 0) return build.nothing()
    return least === 0 ? build.either([build.nothing(), some()]) : some()
  }

  /** one blank at most, as Python writes and JavaScript does not */
  #blank(): Network {
    return this.build.repeat(() => this.build.text(' '), 0, 1)
  }
}

/** An expression of the whole numbers low … high in digits; of none where there are none. */
function between(low: bigint, high: bigint): string {
  if (low > high) return '[]'
  if (low < 0n) {
    const below = between(high < 0n ? -high : 1n, -low)
    return high < 0n ? `-(${below})` : `-(${below})|${between(0n, high)}`
  }
  const parts: string[] = []
  // numbers of as many digits each, split where the digits part
  for (let digits = String(low).length; digits <= String(high).length; digits++) {
    const [first, last] = [digits === 1 ? 0n : 10n ** BigInt(digits - 1), 10n ** BigInt(digits) - 1n]
    parts.push(sameLength(String(low > first ? low : first), String(high < last ? high : last)))
  }
  return parts.join('|')
}

function sameLength(low: string, high: string): string {
  if (low === high) return low
  if (low.length === 1) return `[${low}-${high}]`
  if (low[0] === high[0]) return `${low[0]}(${sameLength(low.slice(1), high.slice(1))})`
  const rest = low.length - 1
  const parts: string[] = []
  const [allLow, allHigh] = [/^0*$/.test(low.slice(1)), /^9*$/.test(high.slice(1))]
  const from = Number(low[0]) + (allLow ? 0 : 1)
  const to = Number(high[0]) - (allHigh ? 0 : 1)
  if (!allLow) parts.push(`${low[0]}(${sameLength(low.slice(1), '9'.repeat(rest))})`)
  if (from <= to) parts.push(`[${from}-${to}]\\d{${rest}}`)
  if (!allHigh) parts.push(`${high[0]}(${sameLength('0'.repeat(rest), high.slice(1))})`)
  return parts.join('|')
}
