/** How places turn queries and keys: angles per step of each pair of numbers, and the ways they are stretched for longer texts. */
import { placesAfter, type RotaryTables } from '../../functional/index.js'
import { add, cast, cos, embedding, exp, greater, log, maximum, mul, reshape, sin, sub, unsqueeze, where } from '../../ops/index.js'
import { type Tensor, tensor } from '../../tensor/index.js'

/** Stretched angles, as files name them; `length` is the context they were stretched from. */
export type RopeStretch =
  /** all divided by factor */
  | { readonly type: 'linear'; readonly factor: number }
  /** a base that grows with the text once it is longer than length */
  | { readonly type: 'dynamic'; readonly factor: number; readonly length: number }
  /** slow ones divided by factor, fast ones kept, between them a mixture; bounds in turns within length */
  | { readonly type: 'llama3'; readonly factor: number; readonly low: number; readonly high: number; readonly length: number }
  /** the same by number of the pair [Peng 2024], and all vectors longer by `attention` */
  | {
      readonly type: 'yarn'
      readonly factor: number
      readonly fast: number
      readonly slow: number
      readonly whole: boolean
      readonly length: number
      readonly attention: number
    }
  /** each divided by a number of its own, of two lists: one for texts up to length, one for longer ones [Ding 2024] */
  | {
      readonly type: 'longrope'
      readonly short: readonly number[]
      readonly long: readonly number[]
      readonly length: number
      readonly attention: number
    }

/** Rotary positions [Su 2021] of one kind of layer. */
export interface Rope {
  /** the slowest angle turns once in about 2π · base steps */
  readonly base: number
  /** how many numbers of a head turn, the first ones */
  readonly width: number
  readonly stretch?: RopeStretch
}

/** Cosines and sines of the angles of some places. */
export interface Angles {
  readonly cos: Tensor
  readonly sin: Tensor
}

/** Which angles a rope has, in radians a step, in a text of `steps` places; undefined where it is not known how long the text is and they depend on it. */
export function frequencies({ base, width, stretch }: Rope, steps?: number): readonly number[] | undefined {
  const plain = (b: number): number[] => Array.from({ length: Math.ceil(width / 2) }, (_, i) => 1 / b ** ((2 * i) / width))
  switch (stretch?.type) {
    case undefined:
      return plain(base)
    case 'linear':
      return plain(base).map((f) => f / stretch.factor)
    case 'dynamic':
      return steps === undefined ? undefined : plain(grownBase(base, width, stretch, steps))
    case 'llama3':
      return plain(base).map((f) => mixed(f, stretch))
    case 'yarn': {
      const share = yarnShares(base, width, stretch)
      return plain(base).map((f, i) => (f / stretch.factor) * share[i]! + f * (1 - share[i]!))
    }
    case 'longrope': {
      if (steps === undefined) return undefined
      const by = steps > stretch.length ? stretch.long : stretch.short
      return plain(base).map((f, i) => f / by[i]!)
    }
  }
}

function grownBase(base: number, width: number, { factor, length }: { factor: number; length: number }, steps: number): number {
  const longest = Math.max(steps, length)
  return base * ((factor * longest) / length - (factor - 1)) ** (width / (width - 2))
}

function mixed(f: number, { factor, low, high, length }: Extract<RopeStretch, { type: 'llama3' }>): number {
  const wave = (2 * Math.PI) / f
  if (wave < length / high) return f
  if (wave > length / low) return f / factor
  const smooth = (length / wave - low) / (high - low)
  return ((1 - smooth) * f) / factor + smooth * f
}

/** How much of each pair's angle is the divided one. */
function yarnShares(base: number, width: number, { fast, slow, whole, length }: Extract<RopeStretch, { type: 'yarn' }>): number[] {
  // the pair that turns so often within the length
  const pair = (turns: number): number => (width * Math.log(length / (turns * 2 * Math.PI))) / (2 * Math.log(base))
  const low = Math.max(whole ? Math.floor(pair(fast)) : pair(fast), 0)
  let high = Math.min(whole ? Math.ceil(pair(slow)) : pair(slow), width - 1)
  if (low === high) high += 0.001
  return Array.from({ length: Math.ceil(width / 2) }, (_, i) => Math.min(Math.max((i - low) / (high - low), 0), 1))
}

/** From which length on a rope turns texts otherwise, if it does. */
export function stretchedFrom({ stretch }: Rope): { readonly from: number; readonly always: boolean } | undefined {
  if (stretch?.type !== 'dynamic' && stretch?.type !== 'longrope') return undefined
  return { from: stretch.length, always: stretch.type === 'dynamic' }
}

/** Cosines and sines of the first `places` of a text that has `steps` places, (P, pairs); rounded as single precision has them. */
function tables(rope: Rope, places: number, steps: number): Angles {
  const { stretch } = rope
  const each = Float32Array.from(frequencies(rope, steps)!)
  const scale = stretch && 'attention' in stretch ? stretch.attention : 1
  const [c, s] = [new Float32Array(places * each.length), new Float32Array(places * each.length)]
  for (let t = 0; t < places; t++)
    for (let i = 0; i < each.length; i++) {
      const angle = Math.fround(t * each[i]!)
      c[t * each.length + i] = Math.cos(angle) * scale
      s[t * each.length + i] = Math.sin(angle) * scale
    }
  const shape = [places, each.length]
  return { cos: tensor(c, { shape }), sin: tensor(s, { shape }) }
}

/** The angles of a whole text of `steps` places, beside heads (N, H, T, C). */
export const anglesOf = (rope: Rope, steps: number): Angles => tables(rope, steps, steps)

/** The angles of places (N, T) below `steps`, beside heads (N, H, T, C). */
export function anglesAt(rope: Rope, steps: number, places: Tensor): Angles {
  const { cos, sin } = tables(rope, steps, steps)
  const [cosines, sines] = [cos, sin].map((table) => unsqueeze(embedding(table, places), 1)) as [Tensor, Tensor]
  return { cos: cosines, sin: sines }
}

/** How places after a past turn: by tables of all places, or where what a text's length is changes its angles, by angles of their own. */
export interface Places {
  readonly rotary?: RotaryTables
  /** beside (N, T, H, C) */
  readonly angles?: Angles
}

/** The same for T `steps` that come after `length` (N) others, where there is room for so many `places`, of texts that will have `whole` (N). */
export function placesOf(
  rope: Rope,
  { steps, places, length, whole }: { readonly steps: number; readonly places: number; readonly length: Tensor; readonly whole: Tensor },
): Places {
  if (frequencies(rope)) return { rotary: tables(rope, places, places) }
  const grown = growing(rope, reshape(whole, [-1, 1, 1, 1]))
  const angles = mul(cast(reshape(placesAfter(length, steps), [length.size, steps, 1, 1]), 'f32'), grown)
  const scale = rope.stretch?.type === 'longrope' ? rope.stretch.attention : 1
  const by = (x: Tensor): Tensor => (scale === 1 ? x : mul(x, scale))
  return { angles: { cos: by(cos(angles)), sin: by(sin(angles)) } }
}

/** The angles a step of texts whose lengths (N, 1, 1, 1) are known when the program runs: (N, 1, 1, pairs). */
function growing(rope: Rope, length: Tensor): Tensor {
  const { base, width, stretch } = rope
  if (stretch?.type === 'longrope') {
    const list = (steps: number): Tensor => tensor([...frequencies(rope, steps)!])
    return where(greater(length, stretch.length), list(Number.POSITIVE_INFINITY), list(0))
  }
  const { factor, length: from } = stretch as Extract<RopeStretch, { type: 'dynamic' }>
  const longest = cast(maximum(length, from), 'f32')
  const grown = add(mul(log(sub(mul(longest, factor / from), factor - 1)), width / (width - 2)), Math.log(base))
  const pairs = Math.ceil(width / 2)
  return exp(mul(grown, tensor(Array.from({ length: pairs }, (_, i) => (-2 * i) / width))))
}
