/** How long attention takes by the length of the sequence. */

import { scaledDotProductAttention } from '../../functional/index.js'
import { keyOf, normal } from '../../kernels/index.js'
import { linearAttention, slidingWindowAttention } from '../../nn/index.js'
import { compile } from '../../runtime/index.js'
import { type Tensor, tensor } from '../../tensor/index.js'

/** What is timed, and how. */
export interface LengthsOptions {
  readonly heads: number
  /** width of a head */
  readonly width: number
  readonly window: number
  /** the longest sequence */
  readonly longest: number
  /** the longest the quadratic form is given */
  readonly longestQuadratic: number
  readonly repeats: number
  readonly seed: number
  readonly signal: AbortSignal
  onRound(done: number): void
}

/** Times of one form. */
export interface FormTimes {
  readonly name: string
  readonly lengths: readonly number[]
  /** seconds of each repeat, the quickest of three calls in a row, by length */
  readonly seconds: readonly (readonly number[])[]
}

export const shortest = 256
/** calls in a row of which the quickest counts: what else the machine does can only slow one down */
const calls = 3

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** Median seconds by length. */
export const medians = ({ seconds }: FormTimes): number[] => seconds.map(median)

/** How many times as long twice the length takes: medians over the repeats, in each of which lengths were measured one right after the other. */
export const doublings = ({ seconds }: FormTimes): number[] =>
  seconds.slice(1).map((times, i) => median(times.map((t, r) => t / seconds[i]![r]!)))

/** Causal attention over 256, 512, … tokens in its three forms; undefined when asked to stop. */
export async function timeLengths(options: LengthsOptions): Promise<FormTimes[] | undefined> {
  const { heads, width, window, longest, longestQuadratic, repeats, seed, signal, onRound } = options
  const upTo = (most: number): number[] => {
    const found: number[] = []
    for (let T = shortest; T <= most; T *= 2) found.push(T)
    return found
  }
  type Run = (q: Tensor, k: Tensor, v: Tensor) => Promise<Tensor>
  const forms: readonly { readonly name: string; readonly lengths: readonly number[]; readonly run: Run }[] = [
    {
      name: 'every pair (softmax)',
      lengths: upTo(Math.min(longest, longestQuadratic)),
      run: compile((q, k, v) => scaledDotProductAttention(q, k, v, { causal: true })),
    },
    { name: `window of ${window}`, lengths: upTo(longest), run: compile((q, k, v) => slidingWindowAttention(q, k, v, { window })) },
    { name: 'linear', lengths: upTo(longest), run: compile((q, k, v) => linearAttention(q, k, v, { causal: true })) },
  ]
  const inputs = new Map(
    upTo(longest).map((T) => [
      T,
      ['q', 'k', 'v'].map((name) =>
        tensor(normal(keyOf(seed, 'lengths', name), T, new Float32Array(heads * T * width)), { shape: [1, heads, T, width] }),
      ),
    ]),
  )
  const times = forms.map(({ lengths }) => lengths.map((): number[] => []))
  let done = 0
  // the first round compiles and warms up
  for (let round = -1; round < repeats; round++)
    for (const [f, { lengths, run }] of forms.entries())
      for (const [i, T] of lengths.entries()) {
        if (signal.aborted) return undefined
        const [q, k, v] = inputs.get(T)! as [Tensor, Tensor, Tensor]
        let best = Number.POSITIVE_INFINITY
        for (let call = 0; call < calls; call++) {
          const before = performance.now()
          await run(q, k, v)
          best = Math.min(best, performance.now() - before)
        }
        if (round >= 0) times[f]![i]!.push(best / 1000)
        onRound(++done)
      }
  return forms.map(({ name, lengths }, f) => ({ name, lengths, seconds: times[f]! }))
}

/** How many timings {@link timeLengths} makes. */
export const timings = ({
  longest,
  longestQuadratic,
  repeats,
}: Pick<LengthsOptions, 'longest' | 'longestQuadratic' | 'repeats'>): number => {
  const count = (most: number): number => Math.max(0, Math.floor(Math.log2(most / shortest)) + 1)
  return (repeats + 1) * (2 * count(longest) + count(Math.min(longest, longestQuadratic)))
}
