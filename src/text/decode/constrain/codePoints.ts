/** Sets of characters as ranges of code points, and as the bytes of UTF-8 they are written in. */
import type { Builder, Network, Node } from './network.js'

/** Ranges low … high, in order and apart. */
export type Ranges = readonly (readonly [low: number, high: number])[]

export const lastCodePoint = 0x10ffff

/** Ranges in order, those that touch joined. */
export function joined(ranges: Ranges): Ranges {
  const out: [number, number][] = []
  for (const [low, high] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const last = out.at(-1)
    if (last && low <= last[1] + 1) last[1] = Math.max(last[1], high)
    else out.push([low, high])
  }
  return out
}

/** What is in none of the ranges. */
export function complement(ranges: Ranges): Ranges {
  const out: [number, number][] = []
  let next = 0
  for (const [low, high] of joined(ranges)) {
    if (low > next) out.push([next, low - 1])
    next = high + 1
  }
  if (next <= lastCodePoint) out.push([next, lastCodePoint])
  return out
}

export const without = (ranges: Ranges, taken: Ranges): Ranges => complement([...complement(ranges), ...taken])

/** where the length of a character in UTF-8 changes; halves of characters are none */
const lengths: Ranges = [
  [0, 0x7f],
  [0x80, 0x7ff],
  [0x800, 0xd7ff],
  [0xe000, 0xffff],
  [0x10000, lastCodePoint],
]

/** One character of the ranges. */
export function oneOf(build: Builder, ranges: Ranges): Network {
  const [start, end] = [build.node(), build.node()]
  charactersBetween(build, start, end, ranges)
  return { start, end }
}

/** Edges from one node to another by one character of the ranges. */
export function charactersBetween(build: Builder, start: Node, end: Node, ranges: Ranges): void {
  // the first bytes of several ranges often lead to the same rest: nodes are shared by what may follow
  const rests = new Map<string, Node>()
  const rest = (count: number): Node => {
    if (count === 0) return end
    let found = rests.get(`any ${count}`)
    if (!found) {
      found = build.node()
      found.bytes.push({ low: 0x80, high: 0xbf, to: rest(count - 1) })
      rests.set(`any ${count}`, found)
    }
    return found
  }
  const add = (from: Node, low: readonly number[], high: readonly number[]): void => {
    const [a, b] = [low[0]!, high[0]!]
    const more = low.length - 1
    if (more === 0) {
      from.bytes.push({ low: a, high: b, to: end })
      return
    }
    const [lowest, highest] = [low.slice(1).every((x) => x === 0x80), high.slice(1).every((x) => x === 0xbf)]
    if (lowest && highest) from.bytes.push({ low: a, high: b, to: rest(more) })
    else if (a === b) {
      const to = build.node()
      from.bytes.push({ low: a, high: a, to })
      add(to, low.slice(1), high.slice(1))
    } else {
      const most = Array<number>(more).fill(0xbf)
      const least = Array<number>(more).fill(0x80)
      const first = lowest ? a : a + 1
      const last = highest ? b : b - 1
      if (!lowest) add(from, low, [a, ...most])
      if (first <= last) from.bytes.push({ low: first, high: last, to: rest(more) })
      if (!highest) add(from, [b, ...least], high)
    }
  }
  for (const [low, high] of ranges)
    for (const [from, to] of lengths) if (low <= to && high >= from) add(start, utf8(Math.max(low, from)), utf8(Math.min(high, to)))
}

const utf8 = (point: number): number[] => [...new TextEncoder().encode(String.fromCodePoint(point))]
