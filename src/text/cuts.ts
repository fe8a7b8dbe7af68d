/** How a text is cut for a model that sees so much at a time only: windows that together predict each token but the first once. */
import { HebbError } from '../tensor/index.js'

/** How windows lie. */
export interface CutOptions {
  /** tokens the model sees at once; default its context */
  readonly window?: number
  /** tokens by which windows move on: smaller than the window, each token is predicted from at least window − stride before it. Default the window */
  readonly stride?: number
  /** windows at a time; default 32 */
  readonly batchSize?: number
}

/** Some windows, all of one length. */
export interface CutBatch {
  /** what the model reads, (windows, length) */
  readonly x: Int32Array
  /** what comes after each place of x */
  readonly y: Int32Array
  readonly shape: { readonly shape: readonly [number, number] }
  /** for each window the first place whose prediction counts */
  readonly from: readonly number[]
}

/** Windows of a text in its order: their counted places, one after the other, predict ids[1], ids[2], … Throws HebbError for sizes that make no sense. */
export function* cutBatches(
  name: string,
  context: number,
  ids: Int32Array,
  { window: asked = context, stride = asked, batchSize = 32 }: CutOptions,
): Generator<CutBatch> {
  if (ids.length < 2) throw new HebbError(`${name}: ${ids.length} ids hold nothing to predict: give two or more`)
  if (!Number.isInteger(asked) || asked < 1 || asked > context) throw new HebbError(`${name}: window ${asked}: give 1 to ${context} tokens`)
  if (!Number.isInteger(stride) || stride < 1 || stride > asked)
    throw new HebbError(`${name}: stride ${stride}: give 1 to ${asked} tokens, not more than the window`)
  const window = Math.min(asked, ids.length - 1)
  const all = cuts(ids.length, window, stride)
  for (let i = 0; i < all.length; i += batchSize) {
    const some = all.slice(i, i + batchSize)
    const rows = (offset: number): Int32Array => {
      const out = new Int32Array(some.length * window)
      some.forEach(({ start }, n) => {
        out.set(ids.subarray(start + offset, start + offset + window), n * window)
      })
      return out
    }
    yield { x: rows(0), y: rows(1), shape: { shape: [some.length, window] }, from: some.map(({ from }) => from) }
  }
}

/** Where a window begins, and from which of its places on predictions count. */
interface Cut {
  readonly start: number
  readonly from: number
}

function cuts(length: number, window: number, stride: number): Cut[] {
  const found: Cut[] = [{ start: 0, from: 0 }]
  // place t of a window predicts the token at start + t + 1
  for (let done = Math.min(window, length - 1); done < length - 1; ) {
    const end = Math.min(done + stride, length - 1)
    const start = Math.max(end - window, 0)
    found.push({ start, from: done - start })
    done = end
  }
  return found
}
