/** Regular expressions, in JavaScript's spelling, as networks. */
import { HebbError } from '../../../tensor/index.js'
import { complement, joined, lastCodePoint, oneOf, type Ranges } from './codePoints.js'
import type { Builder, Network } from './network.js'

/** How a set of characters is written where the expression stands: plain, or within a string of JSON. */
export type WriteSet = (build: Builder, ranges: Ranges) => Network

const digits: Ranges = [[48, 57]]
const wordCharacters: Ranges = [
  [48, 57],
  [65, 90],
  [95, 95],
  [97, 122],
]
const blanks: Ranges = joined(
  [...'\t\n\v\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff']
    .map((c) => [c.codePointAt(0)!, c.codePointAt(0)!] as const)
    .concat([[0x2000, 0x200a]]),
)
const lineEnds: Ranges = [
  [10, 10],
  [13, 13],
  [0x2028, 0x2029],
]
const controls: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, v: 11, f: 12, 0: 0 }

/** repetitions that a brace may ask for */
const mostTimes = 1000
/** groups within one another */
const deepest = 100

/**
 * The network of an expression that matches whole texts; where `search` is asked for, of texts it is found in, as `pattern` of JSON schema has it.
 * Characters are code points. Known: sets, escapes, `.`, groups, `|`, quantifiers, and `^` and `$` at the ends. Throws HebbError naming anything else.
 */
export function regexNetwork(
  build: Builder,
  given: RegExp | string,
  { write = oneOf, search = false }: { readonly write?: WriteSet; readonly search?: boolean } = {},
): Network {
  const source = typeof given === 'string' ? given : given.source
  const flags = typeof given === 'string' ? '' : given.flags
  const wrong = [...flags].find((flag) => !'dguys'.includes(flag))
  if (wrong) throw new HebbError(`generate: regex ${String(given)}: the flag ${wrong} is not known here: write the expression without it`)
  try {
    new RegExp(source, 'u')
  } catch (error) {
    throw new HebbError(`generate: regex ${source}: ${(error as Error).message}`)
  }
  return new Reader(build, source, flags.includes('s'), write, search).whole()
}

class Reader {
  readonly #points: readonly string[]
  #at = 0
  #depth = 0

  constructor(
    private readonly build: Builder,
    private readonly source: string,
    private readonly dotAll: boolean,
    private readonly write: WriteSet,
    private readonly search: boolean,
  ) {
    this.#points = [...source]
  }

  whole(): Network {
    const found = this.#either(true)
    if (this.#at < this.#points.length) this.#refuse(`'${this.#points[this.#at]}'`)
    return found
  }

  #refuse(what: string): never {
    throw new HebbError(`generate: regex ${this.source}: ${what} at character ${this.#at} is not known here`)
  }

  #next(text: string): boolean {
    for (const [i, character] of [...text].entries()) if (this.#points[this.#at + i] !== character) return false
    this.#at += [...text].length
    return true
  }

  #either(outermost: boolean): Network {
    if (++this.#depth > deepest) this.#refuse(`more than ${deepest} groups within one another`)
    const parts = [this.#sequence(outermost)]
    while (this.#next('|')) parts.push(this.#sequence(outermost))
    this.#depth--
    return parts.length === 1 ? parts[0]! : this.build.either(parts)
  }

  #any(): Network {
    return this.build.repeat(() => this.write(this.build, [[0, lastCodePoint]]), 0)
  }

  #sequence(outermost: boolean): Network {
    const parts: Network[] = []
    const begins = outermost && this.#next('^')
    if (this.search && outermost && !begins) parts.push(this.#any())
    let ends = false
    while (this.#at < this.#points.length && !'|)'.includes(this.#points[this.#at]!)) {
      if (outermost && this.#next('$')) {
        ends = true
        if (this.#at < this.#points.length && this.#points[this.#at] !== '|') this.#refuse("'$' before the end")
        break
      }
      parts.push(this.#quantified())
    }
    if (this.search && outermost && !ends) parts.push(this.#any())
    return this.build.sequence(parts)
  }

  #quantified(): Network {
    const from = this.#at
    const first = this.#atom()
    const times = this.#times()
    if (!times) return first
    // read again for each repetition, as a network is used once
    const end = this.#at
    const again = (): Network => {
      this.#at = from
      const one = this.#atom()
      this.#at = end
      return one
    }
    return this.build.repeat(again, ...times)
  }

  #times(): [least: number, most: number] | undefined {
    let found: [number, number] | undefined
    if (this.#next('*')) found = [0, Number.POSITIVE_INFINITY]
    else if (this.#next('+')) found = [1, Number.POSITIVE_INFINITY]
    else if (this.#next('?')) found = [0, 1]
    else {
      const braces = /^\{(\d+)(,(\d*))?\}/.exec(this.#points.slice(this.#at, this.#at + 30).join(''))
      if (!braces) return undefined
      this.#at += braces[0].length
      const least = Number(braces[1])
      found = [least, braces[2] === undefined ? least : braces[3] === '' ? Number.POSITIVE_INFINITY : Number(braces[3])]
      if (least > mostTimes || (Number.isFinite(found[1]) && found[1] > mostTimes))
        this.#refuse(`${braces[0]}, more than ${mostTimes} times,`)
    }
    // which of several matches is taken makes no difference to what matches
    this.#next('?')
    return found
  }

  #atom(): Network {
    if (this.#next('(')) {
      if (this.#points[this.#at] === '?' && !this.#next('?:')) {
        const name = /^\?<[\p{L}_$][\p{L}\d_$]*>/u.exec(this.#points.slice(this.#at, this.#at + 80).join(''))
        if (!name) this.#refuse("'(?', looking around,")
        this.#at += [...name[0]].length
      }
      const found = this.#either(false)
      if (!this.#next(')')) this.#refuse('a group without an end')
      return found
    }
    return this.write(this.build, this.#set())
  }

  #set(): Ranges {
    if (this.#next('[')) return this.#class()
    if (this.#next('.')) return this.dotAll ? [[0, lastCodePoint]] : complement(lineEnds)
    if (this.#next('\\')) return this.#escape(false)
    const character = this.#points[this.#at]!
    if ('^$'.includes(character)) this.#refuse(`'${character}' within`)
    this.#at++
    return one(character.codePointAt(0)!)
  }

  #class(): Ranges {
    const inverted = this.#next('^')
    const ranges: (readonly [number, number])[] = []
    const item = (): Ranges => {
      if (this.#next('\\')) return this.#escape(true)
      return one(this.#points[this.#at++]!.codePointAt(0)!)
    }
    while (!this.#next(']')) {
      const low = item()
      if (this.#points[this.#at] === '-' && this.#points[this.#at + 1] !== ']' && low.length === 1 && low[0]![0] === low[0]![1]) {
        this.#at++
        const high = item()
        ranges.push([low[0]![0], high[0]![1]])
      } else ranges.push(...low)
    }
    return inverted ? complement(ranges) : joined(ranges)
  }

  #escape(inClass: boolean): Ranges {
    const letter = this.#points[this.#at++]!
    const sets: Readonly<Record<string, Ranges>> = { d: digits, w: wordCharacters, s: blanks }
    const set = sets[letter.toLowerCase()]
    if (set) return letter === letter.toLowerCase() ? set : complement(set)
    if (letter === 'p' || letter === 'P') {
      const name = /^\{[^}]*\}/.exec(this.#points.slice(this.#at, this.#at + 80).join(''))![0]
      this.#at += name.length
      return property(`\\${letter}${name}`)
    }
    if (letter === 'b' && inClass) return one(8)
    if (letter in controls) return one(controls[letter]!)
    if (letter === 'c') return one(this.#points[this.#at++]!.codePointAt(0)! % 32)
    if (letter === 'x' || letter === 'u') {
      const rest = this.#points.slice(this.#at, this.#at + 12).join('')
      const code = /^\{([0-9a-f]+)\}/i.exec(rest) ?? (letter === 'x' ? /^([0-9a-f]{2})/i : /^([0-9a-f]{4})/i).exec(rest)!
      this.#at += code[0].length
      return one(Number.parseInt(code[1]!, 16))
    }
    if (/[\dkbB]/.test(letter)) this.#refuse(`\\${letter}`)
    return one(letter.codePointAt(0)!)
  }
}

const one = (point: number): Ranges => [[point, point]]

const properties = new Map<string, Ranges>()
/** Characters with a property, found by asking the engine for each. */
function property(written: string): Ranges {
  let found = properties.get(written)
  if (!found) {
    const test = new RegExp(written, 'u')
    const ranges: [number, number][] = []
    for (let point = 0; point <= lastCodePoint; point++) {
      if (!test.test(String.fromCodePoint(point))) continue
      const last = ranges.at(-1)
      if (last && last[1] === point - 1) last[1] = point
      else ranges.push([point, point])
    }
    found = ranges
    if (properties.size > 50) properties.clear()
    properties.set(written, found)
  }
  return found
}
