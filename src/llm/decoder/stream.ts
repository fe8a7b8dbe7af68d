/** The stream of a decoder: token and place, layers, a last normalisation. */
import { recompute } from '../../autodiff/index.js'
import { type KeysValues, placesAfter } from '../../functional/index.js'
import { Embedding, init, type Layer, LearnedPositions, Param } from '../../nn/index.js'
import { add, arange, cast, embedding, minimum, mul, reshape, sub } from '../../ops/index.js'
import type { Tensor } from '../../tensor/index.js'
import type { Decoded, KeyedStates, Past } from '../../text/languageModel.js'
import { kindOf, textMask } from './attention.js'
import { DecoderBlock } from './block.js'
import type { DecoderConfig, LayerKind } from './config.js'
import { type PartNames, partNames } from './names.js'
import { dropout, Named, norm } from './parts.js'
import { anglesAt, anglesOf, placesOf, type Rope } from './rope.js'

/** Everything of a decoder but its head. ids (N, T) → states (N, T, D) */
export class DecoderStream extends Named {
  readonly #names: PartNames
  readonly #config: DecoderConfig

  constructor(config: DecoderConfig) {
    const names = partNames[config.naming]
    const { vocabulary, context, layers, width, deviation = 0.02, rope } = config
    super({
      [names.tokens]: Object.assign(new Embedding(vocabulary, width, { paddingIndex: config.padding }), {
        weight: new Param([vocabulary, width], init.normal(deviation)),
      }),
      ...(!rope && { [names.places]: new LearnedPositions(context, width) }),
      [names.drop]: dropout(config.dropout?.embeddings),
      [names.layers]: Array.from({ length: layers }, (_, i) => new DecoderBlock(config, i)),
      [names.last]: norm(width, config),
    })
    this.#names = names
    this.#config = config
  }

  /**
   * The normalised end of the stream; with `again`, gradients compute the inner values of a layer a second time instead of keeping them. `starts` (N, T): where
   * the text of each place begins, of several in a row that do not see one another.
   */
  forward(
    ids: Tensor,
    { again = false, starts }: { readonly again?: boolean | undefined; readonly starts?: Tensor | undefined } = {},
  ): Tensor {
    const steps = ids.shape[1]!
    const places = starts && sub(cast(arange(steps), 'i32'), starts)
    const apart = starts && textMask(starts)
    const angles = this.#byKind((rope) => (places ? anglesAt(rope, steps, places) : anglesOf(rope, steps)))
    return this.#last(
      this.#blocks.reduce(
        (x, block, i) => {
          const run = (x: Tensor): Tensor => block.forward(x, angles(i), apart)
          return again ? recompute(run)(x) : run(x)
        },
        this.#entered(ids, undefined, places),
      ),
    )
  }

  /** The end of the stream, and what the last feed-forward net was given. */
  run(ids: Tensor): KeyedStates {
    let x = this.#entered(ids)
    let keys = x
    const angles = this.#byKind((rope) => anglesOf(rope, ids.shape[1]!))
    for (const [i, block] of this.#blocks.entries()) ({ output: x, fed: keys } = block.run(x, angles(i)))
    return { states: this.#last(x), keys }
  }

  /** What is in the stream before the first layer and after each, the last one normalised. */
  every(ids: Tensor): Tensor[] {
    const all = [this.#entered(ids)]
    const angles = this.#byKind((rope) => anglesOf(rope, ids.shape[1]!))
    for (const [i, block] of this.#blocks.entries()) all.push(block.forward(all[i]!, angles(i)))
    return [...all.slice(0, -1), this.#last(all.at(-1)!)]
  }

  decode(ids: Tensor, past: Past): Decoded {
    const steps = ids.shape[1]!
    const { length, whole = add(length, steps) } = past
    const places = past.layers[0]!.k.shape[2]!
    let x = reshape(this.#entered(ids, length), [ids.size, -1])
    const turns = this.#byKind((rope) => placesOf(rope, { steps, places, length, whole }))
    const all: KeysValues[] = []
    for (const [i, block] of this.#blocks.entries()) {
      const { y, kept } = block.decode(x, turns(i), { ...past.layers[i]!, length })
      x = y
      all.push(kept)
    }
    return { states: reshape(this.#last(x), [...ids.shape, -1]), kept: all }
  }

  get #blocks(): readonly DecoderBlock[] {
    return this.part<readonly DecoderBlock[]>(this.#names.layers)
  }

  #last(x: Tensor): Tensor {
    return this.part(this.#names.last).forward(x)
  }

  /** Tokens, and places where they are learned vectors: the first ones, those after `length`, or those of `at`. */
  #entered(ids: Tensor, length?: Tensor, at?: Tensor): Tensor {
    const { tokens: table, places: learned, drop } = this.#names
    const { embeddingScale = 1 } = this.#config
    let x = this.part(table).forward(ids)
    if (embeddingScale !== 1) x = mul(x, embeddingScale)
    const places = this.part<LearnedPositions | undefined>(learned)
    if (places && at) x = add(x, embedding(places.weight, at))
    else if (places && length) {
      // ids that only fill up the shape may lie beyond the last place
      const at = minimum(placesAfter(length, ids.shape[1]!), places.weight.shape[0]! - 1)
      x = add(x, embedding(places.weight, at))
    } else if (places) x = places.forward(x)
    return this.through(drop, x)
  }

  /** What the rope of each layer's kind says: worked out once for each kind. */
  #byKind<T>(of: (rope: Rope) => T): (layer: number) => T | undefined {
    const { rope } = this.#config
    const found = new Map<LayerKind, T>()
    return (layer) => {
      const kind = kindOf(this.#config, layer)
      const own = rope?.[kind]
      if (!own) return undefined
      if (!found.has(kind)) found.set(kind, of(own))
      return found.get(kind)
    }
  }
}

/** The layer of a stream that turns ids into vectors. */
export const tokensOf = (stream: DecoderStream, naming: DecoderConfig['naming']): Layer & { readonly weight: Param } =>
  Reflect.get(stream, partNames[naming].tokens) as Layer & { readonly weight: Param }
