/** The same base, tuned in one of several ways, and measured. */
import { readBytes } from '../../files/files.js'
import { type JournalEvent, readJournal } from '../../files/index.js'
import { type LLM, loadLLM } from '../../llm/index.js'
import { countParameters, parameters } from '../../nn/index.js'
import { tensor } from '../../tensor/index.js'
import { predict, progress } from '../../train/index.js'
import { lora, saveAdapter, sft } from '../../tune/index.js'
import type { RecipeContext } from '../recipe.js'
import { kinds, type Question, type Task } from './task.js'

/** How a base is tuned: whole, or by adapters on weights of so many bits. */
export interface Method {
  readonly name: string
  readonly lora: boolean
  readonly bits: 4 | 8 | undefined
}

/** What is said of how it goes. */
export interface TuningSettings {
  readonly rank: number
  readonly alpha: number
  readonly epochs: number
  readonly rate: number
  readonly loraRate: number
}

/** How well questions are answered. */
export interface Answers {
  /** −log p(kind), in nats a question */
  readonly crossEntropy: number
  /** share of questions of which the likeliest of all tokens is the answer's first */
  readonly accuracy: number
}

/** What a method came to. */
export interface Tuned extends Answers {
  readonly method: Method
  /** the same base in the same bits, before tuning */
  readonly before: Answers
  readonly trainable: number
  readonly total: number
  /** bytes of the base's weights in memory */
  readonly weightBytes: number
  /** of what must be kept to have the tuned model, the base aside: the adapter, or a model */
  readonly fileBytes: number
  readonly seconds: number
  readonly steps: number
  readonly journal: readonly JournalEvent[]
}

/** Tunes the base of the run. Undefined when asked to stop. */
export async function tuned(context: RecipeContext<TuningSettings>, method: Method, task: Task): Promise<Tuned | undefined> {
  const { rank, alpha, epochs, rate, loraRate, seed } = context.settings
  const part = `parts/${method.name}`
  const model = await loadLLM(context.path('base'), { bits: method.bits })
  const before = await answers(model, task.heldOut)
  const { total } = countParameters(model)
  const weightBytes = bytesOf(model)
  const adapters = method.lora ? lora(model, { rank, alpha, targets: 'all-linear', seed }) : undefined
  const journal = context.path(`${part}/metrics.jsonl`)
  const events = sft(model, [...task.learned], {
    epochs,
    batchSize: 32,
    lr: method.lora ? loraRate : rate,
    schedule: 'cosine',
    warmup: 0.1,
    seed,
    every: 10,
    maxLength: model.context,
    checkpoint: { path: context.path(`${part}/checkpoint.safetensors`), seconds: 30 },
    journal,
    resume: context.resume,
    signal: context.signal,
  })
  const bar = progress(context.stream, { total: epochs * task.learned.length, label: method.name })
  try {
    for await (const e of events)
      bar.update({
        done: e.kind === 'step' ? (e.epoch - 1) * task.learned.length + e.examples : e.epoch * task.learned.length,
        fields: { loss: e.loss },
      })
  } finally {
    bar.done()
  }
  if (context.signal.aborted) return undefined
  if (adapters) await saveAdapter(adapters, context.path(part), { base: context.path('base') })
  const file = adapters ? `${part}/adapter_model.safetensors` : 'base/model.safetensors'
  const all = await readJournal(journal)
  return {
    ...(await answers(model, task.heldOut)),
    method,
    before,
    trainable: adapters ? adapters.share.trainable : total,
    total,
    weightBytes,
    fileBytes: (await readBytes(context.path(file))).length,
    seconds: Number(all.at(-1)?.seconds ?? 0),
    steps: Number(all.at(-1)?.step ?? 0),
    journal: all,
  }
}

/** Bytes of a model's weights; blocks of few bits have a scale of 4 bytes each. */
function bytesOf(model: LLM): number {
  let bytes = 0
  for (const { size, storage } of parameters(model).values())
    bytes += storage.form ? size * (storage.form.bits / 8 + 4 / storage.form.size) : 4 * size
  return bytes
}

/** questions that are computed together */
const together = 50

/** How well a model answers. */
export async function answers(model: LLM, questions: readonly Question[]): Promise<Answers> {
  const tokenizer = model.tokenizer!
  const said = new Map(kinds.map((kind) => [kind, tokenizer.encode(kind)]))
  const rows = questions
    .map(({ prompt, kind }) => {
      const answer = said.get(kind)!
      // of a text beyond the context the end is read
      return { prompt: tokenizer.encode(prompt).slice(-(model.context - answer.length)), answer }
    })
    .sort((a, b) => a.prompt.length - b.prompt.length)
  let [nats, right] = [0, 0]
  for (let first = 0; first < rows.length; first += together) {
    const some = rows.slice(first, first + together)
    const longest = Math.max(...some.map(({ prompt, answer }) => prompt.length + answer.length))
    const T = Math.min(model.context, 16 * Math.ceil(longest / 16))
    const ids = new Int32Array(some.length * T)
    for (const [n, { prompt, answer }] of some.entries()) ids.set([...prompt, ...answer], n * T)
    const logits = await (await predict(model, tensor(ids, { shape: [some.length, T] }))).cast('f32').data()
    for (const [n, { prompt, answer }] of some.entries())
      for (const [i, id] of answer.entries()) {
        const at = (n * T + prompt.length - 1 + i) * model.vocabulary
        const row = logits.subarray(at, at + model.vocabulary)
        const highest = row.reduce((a, b) => Math.max(a, b))
        nats += highest + Math.log(row.reduce((sum, x) => sum + Math.exp(x - highest), 0)) - row[id]!
        if (i === 0 && row[id] === highest) right++
      }
  }
  return { crossEntropy: nats / questions.length, accuracy: right / questions.length }
}
