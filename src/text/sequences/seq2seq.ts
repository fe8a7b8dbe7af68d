/** Models that read one sequence and write another: their contract, and how examples are packed for them. */
import { type Dataset, dataset } from '../../data/index.js'
import type { Layer } from '../../nn/index.js'
import { HebbError, type Tensor } from '../../tensor/index.js'

/** An encoder–decoder. Ids equal to 0 are padding, in both languages. */
export interface Seq2Seq extends Layer {
  /** longest source and target, S and T */
  readonly places: readonly [source: number, target: number]
  /** source ids (N, S) → what the decoder looks at, (N, S, E) */
  encode(source: Tensor): Tensor
  /** target ids so far (N, T), what was encoded, and the source ids → states (N, T, D) */
  decode(target: Tensor, memory: Tensor, source: Tensor): Tensor
  /** states (…, D) → scores of the next token (…, V) */
  logits(states: Tensor): Tensor
  /** Training form: x (N, S + T), the source and the target shifted right, → logits (N, T, V). */
  forward(x: Tensor): Tensor
}

/** A source and its target, as ids without `bos`, `eos` and padding. */
export interface SequencePair {
  readonly source: ArrayLike<number>
  readonly target: ArrayLike<number>
}

/**
 * Pairs as a data set for `fit`: x (S + T) holds the source, filled up with 0, then `bos` and the target; y (T) the target, then `eos`,
 * then 0, which the loss is to ignore. Throws HebbError when a source is longer than S or a target than T − 1.
 *
 * @example fit(model, packPairs(pairs, { places: model.places, ...spanish.special }), { loss: (z, y) => nextTokenCrossEntropy(z, y, { ignoreIndex: 0 }), … })
 */
export function packPairs(
  pairs: readonly SequencePair[],
  { places: [S, T], bos, eos }: { readonly places: readonly [source: number, target: number]; readonly bos: number; readonly eos: number },
): Dataset<'x' | 'y'> {
  const x = new Int32Array(pairs.length * (S + T))
  const y = new Int32Array(pairs.length * T)
  pairs.forEach(({ source, target }, i) => {
    if (source.length > S || target.length > T - 1)
      throw new HebbError(`packPairs: pair ${i} has ${source.length} and ${target.length} ids: there are places for ${S} and ${T - 1}`)
    const at = i * (S + T)
    x.set(source, at)
    x[at + S] = bos
    x.set(target, at + S + 1)
    y.set(target, i * T)
    y[i * T + target.length] = eos
  })
  const column = (data: Int32Array, shape: readonly number[]) => ({ data, shape, dtype: 'i32' }) as const
  return dataset({ x: column(x, [S + T]), y: column(y, [T]) })
}
