/** Whether two tokenizers mean the same by their ids. */
import { HebbError } from '../../../tensor/index.js'
import type { PublishedTokenizer, Tokenizer } from '../../../tokenize/tokenizer.js'

/** pairs that were found to be the same */
const same = new WeakMap<Tokenizer, WeakSet<Tokenizer>>()

const tokenOf = (tokenizer: Tokenizer, id: number): string | undefined =>
  'tokenOf' in tokenizer ? (tokenizer as PublishedTokenizer).tokenOf(id) : tokenizer.decode([id])

/** Throws HebbError naming the first id that means one token to the model and another to what drafts for it. */
export function checkSameTokens(model: Tokenizer, draft: Tokenizer): void {
  if (model === draft || same.get(model)?.has(draft)) return
  // models of one family share ids; the larger ones may have some more
  for (let id = 0; id < Math.min(model.size, draft.size); id++) {
    const [own, other] = [tokenOf(model, id), tokenOf(draft, id)]
    if (own !== other)
      throw new HebbError(
        `generate: draft has another tokenizer: id ${id} is ${JSON.stringify(other)} to it and ${JSON.stringify(own)} to the model: give a model of the same tokenizer, or draft: 'lookup'`,
      )
  }
  same.set(model, (same.get(model) ?? new WeakSet()).add(draft))
}
