/** The layers that stand in front of a model's own: found, and put there as a plan says. */
import { Projection } from '../../llm/decoder/parts.js'
import { wrap } from '../../nn/index.js'
import type { AnyLayer, Layer, Model } from '../../nn/module/layer.js'
import { walkOf } from '../../nn/module/walk.js'
import { Adapted, type Entry } from './layers/adapted.js'
import { LoraEmbedding } from './layers/embedding.js'
import { LoraLinear, type Product } from './layers/linear.js'
import { Replaced, TrainedRows, TrainedScores } from './layers/replaced.js'
import type { LoraSettings } from './settings.js'
import { startOf } from './start/start.js'
import { kindOfLayer, type Plan } from './targets.js'

type Kind = 'linear' | 'embedding' | 'saved' | 'tokens'
const classes = { linear: [LoraLinear], embedding: [LoraEmbedding], saved: [Replaced], tokens: [TrainedRows, TrainedScores] } as const

/** All wrappers of a model, those nearest the base first. */
export function wrappersOf(model: Model): Map<string, Adapted> {
  const found = [...walkOf(model).paths].filter((entry): entry is [Adapted, string] => entry[0] instanceof Adapted)
  return new Map(found.map(([wrapper, path], i) => [`${path} ${i}`, wrapper]))
}

/** Puts an adapter where its plan says; what takes new wrappers away again is added to `undo`, in the order they came. */
export function putAdapter(
  model: Model,
  plan: Plan,
  { name, dropout, loraBias, dora, initialisation, seed }: LoraSettings,
  undo: (() => void)[],
): void {
  const at = <W extends Adapted>(kind: Kind, path: string, make: (layer: AnyLayer) => W): W => {
    const found = [...walkOf(model).paths].find(([value, place]) => place === path && classes[kind].some((one) => value instanceof one))
    if (found) return found[0] as W
    const wrapped = wrap(model, (place) => place === path, make)
    undo.push(wrapped.undo)
    return wrapped.wrappers.get(path)!
  }
  const entry = (rank: number, scale: number): Entry => ({ rank, scale, dropout, bias: loraBias, dora, initialisation })
  for (const { path, kind, rank, scale } of plan.targets) {
    if (kind === 'linear') {
      const wrapper = at('linear', path, (layer) => new LoraLinear(layer as Product, layer instanceof Projection))
      const [outputs, inputs] = wrapper.sizes
      const weights = (): Float32Array => wrapper.base.weight.storage.numbers()!
      const { transposed } = wrapper
      const start = startOf(initialisation, { weights, transposed, outputs, inputs, rank, scale, seed, path })
      wrapper.put(name, { ...entry(rank, scale), start })
    } else at('embedding', path, (layer) => new LoraEmbedding(layer as LoraEmbedding['base'])).put(name, entry(rank, scale))
  }
  for (const path of plan.saved) at('saved', path, (layer) => new Replaced(layer as Layer)).put(name)
  for (const { path, ids, tied } of plan.tokens) {
    const wrapper = at('tokens', path, (layer) =>
      kindOfLayer(innermost(layer)) === 'embedding'
        ? new TrainedRows(innermost(layer) as TrainedRows['base'])
        : new TrainedScores(layer as TrainedScores['base']),
    )
    if (wrapper instanceof TrainedRows) wrapper.put(name, ids)
    else wrapper.put(name, ids, tied ? tableRows(model) : undefined)
  }
}

const tableRows = (model: Model): TrainedRows | undefined =>
  [...wrappersOf(model).values()].find((one): one is TrainedRows => one instanceof TrainedRows)

const innermost = (layer: AnyLayer): AnyLayer => (layer instanceof Adapted ? innermost(layer.base as AnyLayer) : layer)
