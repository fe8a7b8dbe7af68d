/** Causal self-attention of a decoder: grouped heads, turned by place, in a window or not. */

import { type Attended, attentionAfter, type KeptKeysValues, scaledDotProductAttention } from '../../functional/index.js'
import { turnPairs } from '../../functional/turnPairs.js'
import { type Dropout, type Layer, ownAttention, slidingWindowMask } from '../../nn/index.js'
import { and, arange, equal, lessEqual, reshape, split, transpose, unsqueeze } from '../../ops/index.js'
import type { Tensor } from '../../tensor/index.js'
import type { DecoderConfig, LayerKind } from './config.js'
import { type PartNames, partNames } from './names.js'
import { deviations, dropout, Named, norm, product } from './parts.js'
import type { Angles, Places } from './rope.js'

/** How many heads there are, of queries and of keys, and how wide they are. */
export function headsOf({ heads, keyHeads = heads, width, headWidth = width / heads }: DecoderConfig): {
  readonly heads: number
  readonly keyHeads: number
  readonly headWidth: number
} {
  return { heads, keyHeads, headWidth }
}

/** Attention of one layer. x (N, T, D) → the same. */
export class DecoderAttention extends Named {
  readonly #names: PartNames['attention']
  readonly #heads: ReturnType<typeof headsOf>
  readonly #how: { readonly window?: number; readonly scale?: number; readonly softCap?: number }

  constructor(config: DecoderConfig, layer: number) {
    const { attention: names, transposed } = partNames[config.naming]
    const { width, bias, normHeads = false } = config
    const { heads, keyHeads, headWidth } = headsOf(config)
    const { inner, added } = deviations(config)
    const sizes = [heads, keyHeads, keyHeads].map((n) => n * headWidth)
    const outputs = names.inputs.length === 1 ? [sizes.reduce((a, b) => a + b)] : sizes
    super({
      ...Object.fromEntries(
        names.inputs.map((name, i) => [name, product(width, outputs[i]!, { bias: bias.inputs, deviation: inner, transposed })]),
      ),
      [names.output]: product(heads * headWidth, width, { bias: bias.output, deviation: added, transposed }),
      ...(normHeads && { [names.norms[0]]: norm(headWidth, config), [names.norms[1]]: norm(headWidth, config) }),
      [names.dropWeights]: dropout(config.dropout?.weights),
      [names.dropAdded]: dropout(config.dropout?.added),
    })
    this.#names = names
    this.#heads = headsOf(config)
    const { scoreScale, scoreByLayer = false, scoreCap, window } = config
    const scale = scoreScale ?? 1 / Math.sqrt(headWidth)
    this.#how = {
      ...(kindOf(config, layer) === 'sliding' && window !== undefined && { window }),
      ...((scoreScale !== undefined || scoreByLayer) && { scale: scoreByLayer ? scale / (layer + 1) : scale }),
      ...(scoreCap !== undefined && { softCap: scoreCap }),
    }
  }

  forward(x: Tensor, angles?: Angles, apart?: Tensor): Tensor {
    const [batch, steps] = x.shape as readonly [number, number]
    const [q, k, v] = this.#asked(x, batch, steps).map((h) => transpose(h, 1, 2)) as [Tensor, Tensor, Tensor]
    const drop = this.part<Dropout | undefined>(this.#names.dropWeights)
    const onWeights = drop && ((w: Tensor): Tensor => drop.forward(w))
    const [asked, found] = (angles ? [q, k].map((x) => turnPairs(x, angles.cos, angles.sin)) : [q, k]) as [Tensor, Tensor]
    const mixed = apart
      ? scaledDotProductAttention(asked, found, v, { ...this.#how, onWeights, mask: this.#near(apart) })
      : ownAttention(asked, found, v, { ...this.#how, onWeights })
    return this.#given(transpose(mixed, 1, 2), x)
  }

  #near(apart: Tensor): Tensor {
    const { window } = this.#how
    const steps = apart.shape.at(-1)!
    return window !== undefined && window < steps ? and(apart, slidingWindowMask(steps, steps, { window, causal: true })) : apart
  }

  /** The same for places after `past`, and `past` with their keys and values. x (N · T, D): products of two axes are one node of the runtime. */
  decode(x: Tensor, places: Places | undefined, past: KeptKeysValues): Attended {
    const batch = past.length.size
    const [q, k, v] = this.#asked(x, batch, x.shape[0]! / batch)
    const angles = places?.angles
    const [asked, found] = (angles ? [q, k].map((x) => turnPairs(x, angles.cos, angles.sin)) : [q, k]) as [Tensor, Tensor]
    const { y, kept } = attentionAfter(asked, found, v, past, { ...this.#how, rotary: places?.rotary })
    return { y: this.#given(y, x), kept }
  }

  /** Queries, keys and values by head, (N, T, H or G, C), not turned yet. */
  #asked(x: Tensor, batch: number, steps: number): [Tensor, Tensor, Tensor] {
    const { inputs, norms } = this.#names
    const { heads, keyHeads, headWidth } = this.#heads
    const all = inputs.map((name) => this.part(name).forward(x))
    const counts = [heads, keyHeads, keyHeads]
    const widths = counts.map((n) => n * headWidth)
    const parts = all.length > 1 ? all : split(all[0]!, widths, -1)
    const [q, k, v] = parts.map((part, i) => reshape(part, [batch, steps, counts[i]!, headWidth]))
    return [this.through(norms[0], q!), this.through(norms[1], k!), v!]
  }

  #given(mixed: Tensor, x: Tensor): Tensor {
    const { output, dropAdded } = this.#names
    const { heads, headWidth } = this.#heads
    return this.through(dropAdded, this.part<Layer>(output).forward(reshape(mixed, [...x.shape.slice(0, -1), heads * headWidth])))
  }
}

/** The kind of a layer. */
export const kindOf = ({ kinds }: DecoderConfig, layer: number): LayerKind => kinds?.[layer] ?? 'full'

/** Which places see which, of texts that begin at `starts` (N, T): those before them in their own text. (N, 1, T, T) */
export function textMask(starts: Tensor): Tensor {
  const steps = starts.shape[1]!
  const same = equal(unsqueeze(starts, 2), unsqueeze(starts, 1))
  return unsqueeze(and(same, lessEqual(arange(steps), unsqueeze(arange(steps), 1))), 1)
}
