/** The base: a Llama that has read a dictionary, written as a folder. */
import { tokensOf } from '../../data/index.js'
import { dial, dialOptimizer, LLM, pretrain, saveLLM } from '../../llm/index.js'
import { trainTokenizer } from '../../tokenize/index.js'
import { progress } from '../../train/index.js'
import type { RecipeContext } from '../recipe.js'

/** Sizes of the base. */
export interface BaseSettings {
  readonly depth: number
  readonly vocabulary: number
  readonly context: number
  readonly baseSteps: number
}

/** windows of an update */
const batch = 16

/** Trains the base on entries, the tokenizer first, and writes it to `base`; one that an earlier run has written is taken. False when asked to stop. */
export async function trainBase(context: RecipeContext<BaseSettings>, entries: readonly string[]): Promise<boolean> {
  if (context.resume && context.has('base/model.safetensors')) return true
  const { depth, vocabulary, context: length, baseSteps: steps, seed } = context.settings
  const bar = progress(context.stream, { total: steps * batch * length, label: 'base' })
  try {
    const tokenizer = await trainTokenizer(entries, { vocabulary })
    const { eos } = tokenizer.special
    const needed = steps * batch * length
    const ids: number[] = []
    // entries stand by kind: each step takes some from all over the dictionary
    for (let i = 0; i < entries.length && ids.length < needed + 4096; i++) {
      ids.push(...tokenizer.encode(entries[(i * stride) % entries.length]!), ...(eos === undefined ? [] : [eos]))
    }
    const all = Int32Array.from(ids)
    const end = Math.max(length + 1, all.length - 4096)
    const sizes = dial(depth, { vocabulary: tokenizer.size, context: length, steps, optimizer: 'adamW' })
    const model = new LLM(
      { ...sizes.config, bos_token_id: eos ?? null, eos_token_id: eos ?? null },
      { tokenizer, files: filesOf(tokenizer.files) },
    )
    const events = pretrain(model, tokensOf(all.subarray(0, end)), {
      steps,
      batch,
      length,
      optimizer: dialOptimizer(sizes),
      clip: { norm: sizes.clip },
      seed,
      tokenizer,
      validation: tokensOf(all.subarray(end)),
      sample: 0,
      measureEvery: Math.max(1, Math.ceil(steps / 4)),
      every: 10,
      checkpoint: { path: context.path('parts/base/checkpoint.safetensors'), seconds: 60 },
      journal: context.path('parts/base/metrics.jsonl'),
      resume: context.resume,
      signal: context.signal,
    })
    for await (const e of events) {
      if (e.kind === 'step') bar.update({ done: e.tokens, fields: { loss: e.loss } })
      else bar.note(`base after ${e.step} updates: ${e.validation.loss.toFixed(3)} nats a token of entries it has not read`)
    }
    if (context.signal.aborted) return false
    await saveLLM(model, context.path('base'), { replace: true })
    return true
  } finally {
    bar.done()
  }
}

/** a prime, so that every entry comes once */
const stride = 50_021

const filesOf = (files: Readonly<Record<string, string>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(files).map(([name, text]) => [name, JSON.parse(text) as unknown]))
