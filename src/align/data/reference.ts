/** What the reference says of answers: the model with its adapters off, in the same graph; or, where all of the model is trained, what it said before it was. */
import { stopGradient } from '../../autodiff/grad.js'
import { trace } from '../../nn/scope.js'
import { compile } from '../../runtime/index.js'
import { arrayOf } from '../../tensor/dtype.js'
import { HebbError } from '../../tensor/errors.js'
import { type Tensor, tensor } from '../../tensor/index.js'
import type { LanguageModel } from '../../text/index.js'
import type { Examples } from '../../tune/data/source.js'
import { type Adapters, adaptersOf } from '../../tune/index.js'
import { tokenLogProbabilities } from '../losses/logProbabilities.js'
import { type AnswerBatch, answerStates } from './answers.js'

/** log p of each token of answers. Shapes: ids (N, T) → (N, C). */
export function answerLogs(model: LanguageModel, batch: Pick<AnswerBatch, 'ids' | 'at' | 'tokens'>, temperature = 1): Tensor {
  const logits = model.logits(answerStates(model, batch))
  return tokenLogProbabilities(temperature === 1 ? logits : logits.div(temperature), batch.tokens)
}

/** Where the reference comes from. */
export class Reference {
  readonly #model: LanguageModel
  readonly #adapters: Adapters | undefined
  readonly #kept = new Map<Examples, Float32Array[]>()

  /** `precomputed` has the reference be the model as it is given even where it has adapters. Throws HebbError where adapters are merged or none is in use. */
  constructor(called: string, model: LanguageModel, precomputed: boolean) {
    this.#model = model
    const adapters = adaptersOf(model) as Adapters | undefined
    if (adapters && Object.keys(adapters.active).length === 0)
      throw new HebbError(`${called}: the model has adapters and none is in use, so that nothing is trained: use one`)
    this.#adapters = precomputed ? undefined : adapters
  }

  /** whether its numbers are computed beforehand, and come with the batch */
  get beforehand(): boolean {
    return this.#adapters === undefined
  }

  /** log p of tokens by the reference within the graph of a step (N, C); no gradient passes, nothing is dropped */
  logs(batch: AnswerBatch, temperature = 1): Tensor {
    return stopGradient(
      this.#adapters!.off(() => trace(this.#model, { training: false }, () => answerLogs(this.#model, batch, temperature)).result),
    )
  }

  /** Computes numbers for every example of the data, one row of them for each. */
  async keep<B>(
    data: Examples,
    batches: AsyncIterable<{ readonly batch: B; readonly rows: number }>,
    of: (batch: B) => Tensor,
  ): Promise<void> {
    const found: Float32Array[] = []
    const measure = compile((batch: B) => of(batch) as never)
    for await (const { batch, rows } of batches) {
      const numbers = arrayOf(await ((await measure(batch as never)) as Tensor).data(), 'f32')
      const width = numbers.length / rows
      for (let n = 0; n < rows; n++) found.push(numbers.slice(n * width, (n + 1) * width))
    }
    this.#kept.set(data, found)
  }

  /** The numbers of some examples of the data, one column of them for each: `width` columns of (N). */
  kept(data: Examples, numbers: readonly number[], width: number): Tensor[] {
    const all = this.#kept.get(data)!
    return Array.from({ length: width }, (_, w) => tensor(Float32Array.from(numbers, (n) => all[n]![w]!)))
  }
}
