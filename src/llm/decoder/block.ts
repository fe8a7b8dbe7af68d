/** One layer of a decoder: attention, then a feed-forward net, each adding to the stream. */
import type { Attended, KeptKeysValues } from '../../functional/index.js'
import type { Layer } from '../../nn/index.js'
import { add, mul, split } from '../../ops/index.js'
import type { Tensor } from '../../tensor/index.js'
import { type Activation, activations } from './activations.js'
import { DecoderAttention } from './attention.js'
import type { DecoderConfig } from './config.js'
import { type PartNames, partNames } from './names.js'
import { deviations, dropout, Named, norm, product } from './parts.js'
import type { Angles, Places } from './rope.js'

/** W₂ f(W₁x), or gated W₃ (f(W₁x) · W₂x): what each place does by itself. */
export class DecoderMlp extends Named {
  readonly #names: PartNames['mlp']
  readonly #hidden: number
  private readonly activation: Activation

  constructor(config: DecoderConfig) {
    const { mlp: names, transposed } = partNames[config.naming]
    const { width, hidden, activation, bias } = config
    const { inner, added } = deviations(config)
    const outputs = names.gated && names.inputs.length === 1 ? 2 * hidden : hidden
    super({
      ...Object.fromEntries(
        names.inputs.map((name) => [name, product(width, outputs, { bias: bias.hidden, deviation: inner, transposed })]),
      ),
      [names.output]: product(hidden, width, { bias: bias.hidden, deviation: added, transposed }),
      [names.dropAdded]: dropout(config.dropout?.added),
    })
    this.#names = names
    this.#hidden = hidden
    this.activation = activation
  }

  forward(x: Tensor): Tensor {
    const { inputs, gated, output, dropAdded } = this.#names
    const all = inputs.map((name) => this.part(name).forward(x))
    const [first, second] = gated && all.length === 1 ? split(all[0]!, this.#hidden, -1) : all
    const active = activations[this.activation](first!)
    return this.through(dropAdded, this.part<Layer>(output).forward(gated ? mul(active, second!) : active))
  }
}

/** x + attention(norm(x)), then x + mlp(norm(x)); what is added may be normalised, too. */
export class DecoderBlock extends Named {
  readonly #names: PartNames

  constructor(config: DecoderConfig, layer: number) {
    const names = partNames[config.naming]
    const { width, normAfter = false } = config
    super({
      [names.before[0]]: norm(width, config),
      [names.attention.field]: new DecoderAttention(config, layer),
      ...(normAfter && { [names.after[0]]: norm(width, config) }),
      [names.before[1]]: norm(width, config),
      [names.mlp.field]: new DecoderMlp(config),
      ...(normAfter && { [names.after[1]]: norm(width, config) }),
    })
    this.#names = names
  }

  forward(x: Tensor, angles?: Angles, apart?: Tensor): Tensor {
    return this.run(x, angles, apart).output
  }

  /** What the block gives, and what its feed-forward net was given. `apart`: of several texts in a row, which places see which. */
  run(x: Tensor, angles?: Angles, apart?: Tensor): { readonly output: Tensor; readonly fed: Tensor } {
    const { before, after } = this.#names
    const mixed = this.#attention.forward(this.part(before[0]).forward(x), angles, apart)
    return this.#after(add(x, this.through(after[0], mixed)))
  }

  /** The block for places after `past`, and `past` with their keys and values. x (N · T, D) */
  decode(x: Tensor, places: Places | undefined, past: KeptKeysValues): Attended {
    const { before, after } = this.#names
    const { y, kept } = this.#attention.decode(this.part(before[0]).forward(x), places, past)
    return { y: this.#after(add(x, this.through(after[0], y))).output, kept }
  }

  get #attention(): DecoderAttention {
    return this.part<DecoderAttention>(this.#names.attention.field)
  }

  /** What comes after attention. */
  #after(mixed: Tensor): { readonly output: Tensor; readonly fed: Tensor } {
    const { before, after, mlp } = this.#names
    const fed = this.part(before[1]).forward(mixed)
    return { output: add(mixed, this.through(after[1], this.part(mlp.field).forward(fed))), fed }
  }
}
