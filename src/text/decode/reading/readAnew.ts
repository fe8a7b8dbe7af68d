/** Reading a whole text anew for the scores of its next token: for models that keep nothing, and texts longer than their context. */
import { reshape, take } from '../../../ops/index.js'
import { bucket } from '../../../runtime/buckets.js'
import { compile } from '../../../runtime/index.js'
import { type Tensor, tensor } from '../../../tensor/index.js'
import { isCaching, type LanguageModel } from '../../languageModel.js'

/** The scores of the token after place `at` of ids (1, T); compiled once for each length of runtime's buckets. */
type Scorer = (ids: Tensor, at: Tensor) => Promise<Tensor<'f32'>>
const scorers = new WeakMap<LanguageModel, Scorer>()

function scorerOf(model: LanguageModel): Scorer {
  let found = scorers.get(model)
  if (!found) {
    found = compile((ids: Tensor, at: Tensor) => {
      const states = model.states(ids)
      return reshape(model.logits(take(reshape(states, [ids.shape[1]!, -1]), at, 0)), [-1]).cast('f32')
    })
    scorers.set(model, found)
  }
  return found
}

/** The scores of the token after a text, all of which is computed anew; it is filled up behind, which no earlier place sees, but where that makes another text. */
export async function scoresAnew(model: LanguageModel, seen: readonly number[]): Promise<Float32Array> {
  const { from = model.context } = (isCaching(model) && model.cache.stretched) || {}
  const padded = new Int32Array(seen.length > from ? seen.length : bucket(seen.length, Math.min(from, model.context)))
  padded.set(seen)
  const scores = await scorerOf(model)(tensor(padded, { shape: [1, padded.length] }), tensor(Int32Array.of(seen.length - 1)))
  return scores.data()
}
