/** What a model is made of: its layers with their results and parameters, as rows and as a table. */

import { placeholder } from '../../graph/leaf.js'
import type { Dtype } from '../../tensor/dtype.js'
import { greatest } from '../../tensor/extremes.js'
import { checkOptions } from '../../tensor/options.js'
import { type Shape, showShape, sizeOf } from '../../tensor/shape.js'
import { Tensor } from '../../tensor/tensor.js'
import type { Param } from '../param.js'
import { trace } from '../scope.js'
import { isLayer, type Layer, type Model } from './layer.js'
import { canPut, meanwhile, type Undo, watch } from './place.js'
import { throughOf, walkOf } from './walk.js'

/** One layer of a summary. */
export interface LayerRow {
  /** its path in the model: `features.0`; empty for the model itself */
  readonly path: string
  /** name of its class */
  readonly kind: string
  /** shape of its result for one example; of its largest parameter where no input was given or it did not run; undefined where it has none */
  readonly shape: Shape | undefined
  /** numbers that are trained */
  readonly parameters: number
  /** numbers that are not: running statistics, frozen weights */
  readonly fixed: number
}

/** The layers of a model; as a text, and where it is logged, it is a table. */
export interface Summary {
  readonly layers: readonly LayerRow[]
  readonly trainable: number
  readonly total: number
  toString(): string
}

/** An example of what a model takes, to find the shapes of its layers' results by tracing; nothing is computed. */
export interface SummarizeOptions {
  /** shape of one input, without the batch axis; for a model that takes an object, a shape, or a shape and a dtype, for each of its inputs */
  readonly input?: Shape | Readonly<Record<string, Shape | { readonly shape: Shape; readonly dtype?: Dtype | undefined }>> | undefined
  /** of the inputs that have none of their own. Default f32 */
  readonly dtype?: Dtype | undefined
}

/**
 * The layers of a model, in the order of its fields: those that hold parameters, and those without any that contain no further layer
 * (pools, dropout). A parameter shared by two layers counts where it is found first. Works before the model has values.
 *
 * @example console.log(summarize(model, { input: [1, 28, 28] }))
 * @example console.log(summarize(houses, { input: { image: [3, 32, 32], age: { shape: [], dtype: 'i32' } } }))
 */
export function summarize(model: Model, options: SummarizeOptions = {}): Summary {
  checkOptions('summarize', options, ['input', 'dtype'])
  const found = layersIn(model)
  const given = options.input && inputOf(options.input, options.dtype ?? 'f32')
  const shapes =
    given && isLayer(model) ? resultShapes(model as Layer<readonly [unknown]>, [...found.keys()], given) : new Map<object, Shape>()
  const layers = [...found].map(([layer, { path, own }]): LayerRow => {
    const largest = own.reduce<Shape>((shape, p) => (p.size > sizeOf(shape) || shape.length === 0 ? p.shape : shape), [])
    const count = (trainable: boolean): number => own.reduce((sum, p) => sum + (p.trainable === trainable ? p.size : 0), 0)
    return {
      path,
      kind: layer.constructor.name || 'Layer',
      shape: shapes.get(layer)?.slice(1) ?? (own.length > 0 ? largest : undefined),
      parameters: count(true),
      fixed: count(false),
    }
  })
  const trainable = layers.reduce((sum, l) => sum + l.parameters, 0)
  const total = trainable + layers.reduce((sum, l) => sum + l.fixed, 0)
  const show = (): string => table(layers, trainable, total)
  const summary = { layers, trainable, total }
  // a table is what one wants to read, and what it is made of what one wants to compare
  for (const name of ['toString', Symbol.for('nodejs.util.inspect.custom')]) Object.defineProperty(summary, name, { value: show })
  return summary
}

/** What the model is traced with: one example, without numbers. */
function inputOf(input: NonNullable<SummarizeOptions['input']>, dtype: Dtype): unknown {
  const one = (shape: Shape, of: Dtype): Tensor => placeholder([1, ...shape], of)
  if (isShape(input)) return one(input, dtype)
  return Object.fromEntries(
    Object.entries(input).map(([name, port]) => [name, isShape(port) ? one(port, dtype) : one(port.shape, port.dtype ?? dtype)]),
  )
}

const isShape = (value: object): value is Shape => Array.isArray(value)

/** Objects with parameters of their own, and layers without anything below them, by where they come in the model. */
function layersIn(model: Model): Map<object, { path: string; own: readonly Param[] }> {
  const { paths, holders } = walkOf(model)
  const owned = new Map<object, Param[]>()
  for (const [p, holder] of holders) owned.set(holder, [...(owned.get(holder) ?? []), p])
  const layers = [...paths].filter(
    ([value]) => typeof value === 'object' && !(value instanceof Tensor) && (owned.has(value) || isLayer(value)),
  )
  const below = (path: string): string => (path === '' ? '' : `${path}.`)
  const holdsOthers = (path: string): boolean => layers.some(([, other]) => other !== path && other.startsWith(below(path)))
  return new Map(
    layers.flatMap(([value, path]) => {
      const own = owned.get(value) ?? []
      return own.length > 0 || !(throughOf(value) || holdsOthers(path)) ? [[value, { path, own }] as const] : []
    }),
  )
}

/** The shapes of what the layers give when the model is traced, each the last time it ran. */
function resultShapes(model: Layer<readonly [unknown]>, layers: readonly object[], given: unknown): Map<object, Shape> {
  const shapes = new Map<object, Shape>()
  const start = (undo: Undo[]): void => {
    for (const holder of layers) {
      const place = { holder, key: 'forward' }
      if (!isLayer(holder) || !canPut(place)) continue
      const note = (value: unknown): void => {
        if (value instanceof Tensor) shapes.set(holder, value.shape)
      }
      undo.push(watch(place, note))
    }
  }
  meanwhile(start, () => trace(model, { training: false }, () => model.forward(given)))
  return shapes
}

function table(layers: readonly LayerRow[], trainable: number, total: number): string {
  const number = (n: number): string => n.toLocaleString('en')
  const rows = [
    ['layer', 'kind', 'shape', 'parameters'],
    ...layers.map((l) => [
      l.path || '(model)',
      l.kind,
      l.shape ? showShape(l.shape) : '–',
      l.parameters + l.fixed === 0 ? '–' : number(l.parameters + l.fixed),
    ]),
  ]
  const widths = [0, 1, 2, 3].map((i) => greatest(rows.map((r) => r[i]!.length)))
  const lines = rows.map((r) => r.map((cell, i) => (i === 3 ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!))).join('  '))
  const fixed = total - trainable
  return [
    ...lines,
    `${number(trainable)} trained parameters in ${layers.length} layers${fixed > 0 ? `, ${number(fixed)} fixed` : ''}`,
  ].join('\n')
}
