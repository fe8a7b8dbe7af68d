/** One decoder for all families: a decoder-only Transformer made as its config says. */

import { capped } from '../../functional/attention.js'
import { init, isTraining, type Layer, Linear, Param } from '../../nn/index.js'
import { linear } from '../../ops/index.js'
import { HebbError, ShapeError, Tensor } from '../../tensor/index.js'
import type {
  CachingLanguageModel,
  Decoded,
  KeyedLanguageModel,
  KeyedStates,
  PackedTexts,
  PackingLanguageModel,
  Past,
} from '../../text/languageModel.js'
import { isActivation } from './activations.js'
import { headsOf } from './attention.js'
import type { DecoderConfig } from './config.js'
import { partNames } from './names.js'
import { Named } from './parts.js'
import { stretchedFrom } from './rope.js'
import { DecoderStream, tokensOf } from './stream.js'

/**
 * The next token from those before it: vectors of tokens pass through layers of causal attention and feed-forward nets that each add to them, and are
 * compared with the vectors of all tokens. What it is made of is said by a {@link DecoderConfig}; GPT-2, Llama, Mistral, Qwen, Gemma and Phi-3 are
 * such configs.
 *
 * Shapes: ids (N, T) → logits (N, T, V), T up to the context; of packed texts the same. Parameters are named and laid out as in Hugging Face's files
 * (`model.layers.0.self_attn.q_proj.weight` (out, in), `transformer.h.0.attn.c_attn.weight` (in, out)), so that `load` takes them; lm_head only when not tied.
 * Initial values: normal with deviation 0.02, products that add to the stream 0.02 / √(2 · layers), biases 0, norms the identity.
 * Throws HebbError for sizes that do not fit one another, ShapeError when ids are no (N, T) or longer than the context.
 */
export class Decoder extends Named implements CachingLanguageModel, KeyedLanguageModel, PackingLanguageModel {
  readonly vocabulary: number
  readonly context: number
  readonly cache: CachingLanguageModel['cache']
  /** whether training computes the inner values of each layer a second time instead of keeping those of all: about a quarter more time, far less memory [Chen 2016] */
  recomputes = false
  readonly packs = true
  readonly #decoder: DecoderConfig
  readonly #table: Param

  constructor(config: DecoderConfig) {
    checkConfig(new.target.name, config)
    const { vocabulary, context, layers, width, naming, tied, deviation = 0.02 } = config
    const stream = new DecoderStream(config)
    const head = (): Linear =>
      Object.assign(new Linear(width, vocabulary, { bias: false }), { weight: new Param([vocabulary, width], init.normal(deviation)) })
    super({ [partNames[naming].stream]: stream, lm_head: tied ? undefined : head() })
    const { keyHeads, headWidth } = headsOf(config)
    this.vocabulary = vocabulary
    this.context = context
    const kinds = Object.values(config.rope ?? {}).flatMap((rope) => stretchedFrom(rope) ?? [])
    this.cache = { layers, heads: keyHeads, width: headWidth, stretched: kinds[0] }
    this.#decoder = config
    this.#table = tokensOf(stream, naming).weight
  }

  /** what it is made of */
  get decoder(): DecoderConfig {
    return this.#decoder
  }

  states(ids: Tensor | PackedTexts): Tensor {
    const again = this.recomputes && isTraining()
    if (ids instanceof Tensor) return this.#stream.forward(this.#checked(ids), { again })
    const { starts } = ids
    const { stretched } = this.cache
    if (starts.rank !== 2 || starts.shape.some((size, axis) => size !== ids.ids.shape[axis]))
      throw new ShapeError(
        `${this.constructor.name}: starts (${starts.shape.join(', ')}) are not one for each id (${ids.ids.shape.join(', ')})`,
      )
    if (stretched && starts.shape[1]! > stretched.from)
      throw new HebbError(
        `${this.constructor.name}: beyond ${stretched.from} places the angles depend on a text's length: pack no more than that`,
      )
    return this.#stream.forward(this.#checked(ids.ids), { again, starts })
  }

  keyedStates(ids: Tensor): KeyedStates {
    return this.#stream.run(this.#checked(ids))
  }

  /** ids (N, T) → layers + 1 tensors (N, T, D): the vectors that enter the first layer, and what each layer leaves; the last one is normalised */
  hiddenStates(ids: Tensor): Tensor[] {
    return this.#stream.every(this.#checked(ids))
  }

  decode(ids: Tensor, past: Past): Decoded {
    return this.#stream.decode(this.#checked(ids), past)
  }

  logits(states: Tensor): Tensor {
    const head = this.part<Layer | undefined>('lm_head')
    return capped(head ? head.forward(states) : linear(states, this.#table), this.#decoder.logitCap)
  }

  forward(ids: Tensor | PackedTexts): Tensor {
    return this.logits(this.states(ids))
  }

  get #stream(): DecoderStream {
    return this.part<DecoderStream>(partNames[this.#decoder.naming].stream)
  }

  #checked(ids: Tensor): Tensor {
    if (ids.rank === 2 && ids.shape[1]! <= this.context) return ids
    throw new ShapeError(`${this.constructor.name}: ids (${ids.shape.join(', ')}) are not (N, T) with T up to ${this.context}`)
  }
}

/** Layers beyond which a config is a mistake: each is made of some objects before a single weight is. */
const mostLayers = 10_000

function checkConfig(name: string, config: DecoderConfig): void {
  const { vocabulary, context, layers, heads, width, hidden, activation, rope, kinds, window, tied } = config
  const say = (problem: string): never => {
    throw new HebbError(`${name}: ${problem}`)
  }
  if (!Object.hasOwn(partNames, config.naming)) say(`naming '${String(config.naming)}' is none of ${Object.keys(partNames).join(', ')}`)
  const whole = (what: string, n: number): void => {
    if (!Number.isInteger(n) || n < 1) say(`${what} is ${n}: give a whole number of 1 or more`)
  }
  for (const [what, n] of Object.entries({ vocabulary, context, layers, heads, width, hidden })) whole(what, n)
  if (layers > mostLayers) say(`layers is ${layers}: give ${mostLayers} at most`)
  if (config.headWidth === undefined && width % heads !== 0)
    say(`width ${width} cannot be shared evenly between ${heads} heads: choose a number that divides it, or give headWidth`)
  const { keyHeads, headWidth } = headsOf(config)
  whole('keyHeads', keyHeads)
  whole('headWidth', headWidth)
  if (heads % keyHeads !== 0) say(`${heads} heads of queries are no multiple of ${keyHeads} of keys: choose a divisor`)
  if (!isActivation(activation)) say(`activation '${String(activation)}' is not known`)
  if (kinds && kinds.length !== layers) say(`kinds names ${kinds.length} layers of ${layers}: name each`)
  if (kinds?.includes('sliding') && window === undefined) say('some layers slide and there is no window: give one')
  if (window !== undefined) whole('window', window)
  for (const kind of new Set(kinds ?? ['full' as const])) {
    const turns = rope?.[kind]
    if (rope && !turns) say(`rope says nothing of ${kind} layers: give { base, width }`)
    if (turns && (!Number.isInteger(turns.width) || turns.width < 1 || 2 * Math.ceil(turns.width / 2) > headWidth))
      say(`rope turns ${turns.width} numbers of a head of ${headWidth}: give a whole number up to that`)
    if (turns && !(turns.base > 0)) say(`rope has the base ${turns.base}: give a number above 0`)
    const lists = turns?.stretch?.type === 'longrope' ? [turns.stretch.short, turns.stretch.long] : []
    for (const list of lists)
      if (list.length !== Math.ceil(turns!.width / 2))
        say(`longrope has ${list.length} factors for ${Math.ceil(turns!.width / 2)} pairs of numbers: give one for each`)
  }
  if (typeof tied !== 'boolean') say(`tied is ${String(tied)}: give true or false`)
}
