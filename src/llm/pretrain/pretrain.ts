/** Pretraining: a language model learns to foretell the next token of texts that need not fit into memory. */
import { type TokenBatch, tokenBatches } from '../../data/tokens/tokenFeed.js'
import type { Tokens } from '../../data/tokens/tokenFile.js'
import { stateful } from '../../files/index.js'
import { type Optimizer, requireOptimizer } from '../../optim/optimizer.js'
import { HebbError } from '../../tensor/index.js'
import { checkOptions } from '../../tensor/options.js'
import { bitsPerByte, generate, type LanguageModel, nextTokenCrossEntropy } from '../../text/index.js'
import type { Tokenizer } from '../../tokenize/tokenizer.js'
import type { Run } from '../../train/run/begun.js'
import { type RunOptions, run, runOptions } from '../../train/run/run.js'
import type { StepOptions } from '../../train/step/options.js'
import { trainStep } from '../../train/step/trainStep.js'

/** How a model is pretrained. */
export interface PretrainOptions extends RunOptions, Pick<StepOptions, 'seed' | 'clip'> {
  readonly optimizer: Optimizer
  /** updates */
  readonly steps: number
  /** windows of one update */
  readonly batch: number
  /** windows in memory at once, a divisor of `batch`; default all of them */
  readonly atOnce?: number | undefined
  /** tokens of a window; default the model's context */
  readonly length?: number | undefined
  /** text as ids, for bits per byte and samples */
  readonly tokenizer: Tokenizer
  /** tokens held out, measured and foretold but never learned */
  readonly validation: Tokens
  /** tokens of them that are measured on the way, evenly spread; default 65,536 */
  readonly measured?: number | undefined
  /** updates from one measuring to the next; default a tenth of all */
  readonly measureEvery?: number | undefined
  /** what is written each time, a text of so many tokens behind the prompt; default 60, 0 writes none */
  readonly sample?: number | undefined
  /** how samples begin; default as a document does */
  readonly prompt?: string | undefined
}

/** After some updates. */
export interface PretrainStep {
  readonly kind: 'step'
  readonly step: number
  readonly seconds: number
  /** mean over the batch before the update, in nats a token */
  readonly loss: number
  readonly lr: number | undefined
  readonly gradientNorm: number | undefined
  /** learned from so far */
  readonly tokens: number
}

/** After a measuring. */
export interface PretrainMeasure {
  readonly kind: 'measure'
  readonly step: number
  readonly seconds: number
  readonly tokens: number
  readonly validation: { readonly bitsPerByte: number; readonly loss: number }
  /** what the model wrote, drawn at temperature 0.8 */
  readonly sample?: string
}

/** What `pretrain` tells. */
export type PretrainEvent = PretrainStep | PretrainMeasure

const own = [
  'optimizer',
  'steps',
  'batch',
  'atOnce',
  'length',
  'tokenizer',
  'validation',
  'measured',
  'measureEvery',
  'sample',
  'prompt',
  'seed',
  'clip',
]

/**
 * Trains a language model on tokens, window by window ({@link tokenBatches}): loss = mean of −log p(next token). Measured at the begin, every so many updates
 * and at the end, it tells bits per byte of held-out text and shows what the model writes. A run with checkpoint, exact resume, journal and signal.
 * Throws HebbError for options that do not exist or make no sense, NonFiniteLossError when the loss is NaN or infinite, what `tokenBatches` throws.
 *
 * @example
 * const sizes = dial(4, { vocabulary: tokenizer.size })
 * const model = new LLM(sizes.config, { tokenizer })
 * for await (const e of pretrain(model, tokens, { ...sizes, optimizer: dialOptimizer(sizes), clip: { norm: 1 }, tokenizer, validation })) console.log(e)
 */
export function pretrain(model: LanguageModel, tokens: Tokens, options: PretrainOptions): Run<PretrainEvent> {
  checkOptions('pretrain', options, [...own, ...runOptions])
  const { steps, batch, atOnce = batch, length = model.context, seed = 0, tokenizer, optimizer, clip, validation } = options
  const { measured = 65_536, measureEvery = Math.max(1, Math.ceil(steps / 10)), sample = 60, prompt = '' } = options
  requireOptimizer('pretrain', optimizer)
  for (const [name, value] of Object.entries({ steps, batch, atOnce, measured, measureEvery }))
    if (!Number.isInteger(value) || value < 1) throw new HebbError(`pretrain: ${name} ${value}: give a whole number of at least 1`)
  if (batch % atOnce !== 0) throw new HebbError(`pretrain: atOnce ${atOnce} does not divide a batch of ${batch}`)
  if (tokenizer.size > model.vocabulary)
    throw new HebbError(
      `pretrain: the tokenizer has ${tokenizer.size} tokens and the model vectors for ${model.vocabulary}: make the model with as many`,
    )
  if (validation.length < 2)
    throw new HebbError(`pretrain: ${validation.length} tokens are held out, of which nothing can be foretold: give a longer text`)
  const accumulate = batch / atOnce
  const batches = tokenBatches(tokens, length, atOnce, { seed })
  const step = trainStep(model, optimizer, ({ x, y }: TokenBatch) => nextTokenCrossEntropy(model.forward(x), y), { seed, clip, accumulate })
  const done = stateful({ measuredAt: -1 })
  const settings = { seed, steps, batch, length, tokens: tokens.length, optimizer: optimizer.name }
  return run({ step, done }, { ...options, settings, called: pretrain }, async function* (r): AsyncGenerator<
    PretrainEvent,
    void,
    undefined
  > {
    const tokensSoFar = (): number => r.step * batch * length
    let coming: Promise<TokenBatch> | undefined
    for (;;) {
      if (done.measuredAt < r.step && (r.step % measureEvery === 0 || r.step === steps)) {
        const held = await spread(validation, measured, model.context)
        const { bitsPerByte: bits, loss } = await bitsPerByte(model, held, { tokenizer })
        const written = sample > 0 ? await writtenBy(model, tokenizer, { prompt, tokens: sample, seed }) : undefined
        done.measuredAt = r.step
        const found = { kind: 'measure', tokens: tokensSoFar(), validation: { bitsPerByte: bits, loss } } as const
        yield r.event(written === undefined ? found : { ...found, sample: written })
      }
      if (r.step >= steps || !(await r.goesOn())) return
      let [sum, lr, gradientNorm]: [number, number | undefined, number | undefined] = [0, undefined, undefined]
      for (let part = 0; part < accumulate; part++) {
        const number = r.step * accumulate + part
        const now = await (coming ?? batches.batch(number))
        // the next batch is read while this one runs
        coming = batches.batch(number + 1)
        coming.catch(() => {}) // told when it is waited for
        const result = await step(now)
        sum += result.loss
        lr = result.lr
        gradientNorm = result.gradientNorm
      }
      r.step++
      if (r.due) yield r.event({ kind: 'step', loss: sum / accumulate, lr, gradientNorm, tokens: tokensSoFar() })
    }
  })
}

/** At most `most` tokens in evenly spaced parts, each of several windows of the model. */
export async function spread(tokens: Tokens, most: number, context: number): Promise<Int32Array> {
  if (tokens.length <= most) return tokens.read(0, tokens.length)
  const part = Math.min(most, 4 * context)
  const parts = Math.floor(most / part)
  const read = await Promise.all(
    Array.from({ length: parts }, (_, i) => tokens.read(Math.floor((i * (tokens.length - part)) / Math.max(1, parts - 1)), part)),
  )
  const all = new Int32Array(parts * part)
  for (const [i, ids] of read.entries()) all.set(ids, i * part)
  return all
}

async function writtenBy(
  model: LanguageModel,
  tokenizer: Tokenizer,
  { prompt, tokens, seed }: { readonly prompt: string; readonly tokens: number; readonly seed: number },
): Promise<string> {
  const { eos, bos = eos } = tokenizer.special
  const ids = [...(bos === undefined ? [] : [bos]), ...tokenizer.encode(prompt)]
  if (ids.length === 0) throw new HebbError('pretrain: the tokenizer has no token that begins a text: give a prompt')
  const room = Math.max(1, Math.min(tokens, model.context - ids.length))
  return prompt + (await generate(model, ids, { tokenizer, tokens: room, temperature: 0.8, topK: 50, seed })).text
}
