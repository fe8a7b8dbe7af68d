/** Low-rank adaptation of a model [Hu 2021]. */
import type { Model } from '../../nn/module.js'
import { type Adapters, adaptersFor, adaptersOf } from './adapters.js'
import { type LoraOptions, settingsOf } from './settings.js'
import { planOf } from './targets.js'

/**
 * Puts an adapter of low rank before layers of a model, which is frozen and shared: y = Wx + (alpha / rank) · B A x, with A (rank, in) and B (out, rank), of which only A and B
 * are trained [Hu 2021]. The layers are wrapped where they stand, none is entered: the model is used, trained, measured and read as before, and `off` gives the base alone.
 * The base may be in blocks of 4 or 8 bits (`quantized`): gradients pass through it [Dettmers 2023]. A second call puts another adapter beside the first, by another name.
 *
 * Defaults, and who is targeted, are those of PEFT 0.21: rank 8, alpha 8, of Llama, Mistral, Gemma and Qwen `q_proj` and `v_proj`, of GPT-2 `c_attn`; others name theirs.
 * Targets are Linear layers, products as GPT-2 has them (in, out), and Embedding layers. Wrap before a step is made: one made before refuses to go on.
 *
 * Throws HebbError where nothing is targeted, where a target can have no adapter, and for settings that mean nothing; the model is unchanged then.
 *
 * @example
 * const adapters = lora(model, { rank: 8, alpha: 16, targets: 'all-linear' })
 * console.log(adapters.share.text) // trainable params: 2,442,240 || all params: 136,957,248 || trainable%: 1.7832
 */
export function lora<M extends Model>(model: M, options: LoraOptions = {}): Adapters<M> {
  const settings = settingsOf('lora', options)
  if (!adaptersOf(model)) planOf('lora', model, settings)
  const adapters = adaptersFor(model)
  adapters.add('lora', settings)
  return adapters
}
