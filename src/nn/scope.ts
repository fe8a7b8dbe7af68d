/** The trace: whether it trains, where its randomness comes from, what buffers it updates. It exists while a graph is made, and then no more. */
import { stopGradient } from '../autodiff/grad.js'
import { type Distribution, naming, pathOf, randomLeaf } from '../graph/leaf.js'
import { closeOver, substitute } from '../graph/walk.js'
import { HebbError } from '../tensor/errors.js'
import type { Shape } from '../tensor/shape.js'
import { nodeMark, Tensor } from '../tensor/tensor.js'
import type { Model } from './module/layer.js'
import { throughOf, walkOf } from './module/walk.js'
import { Param } from './param.js'

/** What layers ask while they are traced. */
export interface Scope {
  /** true while training: dropout drops, batch norm uses the batch */
  readonly training: boolean
  /** true while a model for other runtimes is made: standard nodes are taken where there are any, whichever is faster here */
  readonly exporting: boolean
  /** whether the layer at a path normalises with the batch and moves its running statistics, in training */
  readonly statistics: (path: string, layer: object) => boolean
  /** new values of buffers, computed by the graph */
  readonly updates: Map<Param, Tensor>
  readonly paths: ReadonlyMap<object, string>
  readonly uses: Map<string, number>
  /** what layers made once for all of their methods */
  readonly made: Map<object, unknown>
}

const always = (): boolean => true
const never = (): boolean => false
const still: Scope = {
  training: false,
  exporting: false,
  statistics: always,
  updates: new Map(),
  paths: new Map(),
  uses: new Map(),
  made: new Map(),
}
let current: Scope = still

/** Whether the graph being made is for training; false outside `trace`. */
export const isTraining = (): boolean => current.training

/**
 * Whether a layer normalises with the batch and moves its running statistics: in training, unless the step leaves the layer's statistics as they are,
 * as it does for layers whose weights it does not train. False outside `trace`, for frozen layers, and for those that do not belong to the traced model.
 */
export function usesBatch(layer: object): boolean {
  if (!current.training) return false
  const path = current.paths.get(layer)
  const isFrozen = Object.values(layer).some((field) => field instanceof Param && field.frozen)
  return path !== undefined && !isFrozen && current.statistics(path, layer)
}

/** Whether the graph being made is for other runtimes; false outside `trace`. */
export const isExporting = (): boolean => current.exporting

/**
 * Random numbers for a layer: f(seed, its path, how often it asked before in this trace, step). They differ from step to step
 * and repeat exactly when a step is repeated or recomputed.
 */
export function randomFor(layer: object, shape: Shape, distribution: Distribution = 'uniform'): Tensor {
  const at = current.paths.get(layer) ?? 'unnamed'
  // what a wrapper draws changes nothing in the layer it wraps, whose path it has
  const path = throughOf(layer) === undefined ? at : `${at}~`
  const use = current.uses.get(path) ?? 0
  current.uses.set(path, use + 1)
  return randomLeaf(shape, distribution, `${path}#${use}`)
}

/**
 * What `make` gives the first time a layer asks within a trace, for all of its methods: a loss then mixes with the numbers that `forward` drew, without a
 * field that would hold them on to the next trace. Made anew at each call outside `trace`.
 */
export function oncePerTrace<T>(layer: object, make: () => T): T {
  if (current === still) return make()
  if (!current.made.has(layer)) current.made.set(layer, make())
  return current.made.get(layer) as T
}

/** Notes the new value of a buffer; it takes effect after the step. Ignored outside training, and where it is frozen. Throws HebbError for a trainable parameter. */
export function updateBuffer(buffer: Param, value: Tensor): void {
  if (buffer.trainable)
    throw new HebbError(
      `updateBuffer: ${pathOf(buffer.node) ?? 'the parameter'} is trained by the optimizer: declare it with { trainable: false }`,
    )
  if (current.training && !buffer.frozen) current.updates.set(buffer, value)
}

/** The latest value of a buffer within this trace: its own, or the one noted last. */
export const latest = (buffer: Param): Tensor => current.updates.get(buffer) ?? buffer

/** Makes a graph with the model in training or evaluation; gives the result and the buffer updates it asked for. */
export function trace<T>(
  model: Model,
  {
    training,
    exporting = false,
    statistics = always,
  }: { training: boolean; exporting?: boolean | undefined; statistics?: ((path: string, layer: object) => boolean) | undefined },
  f: () => T,
): { result: T; updates: Map<Param, Tensor> } {
  const { paths } = walkOf(model)
  const outer = current
  // an error of a deep model is to show the line of the caller, too: ten lines, as many as engines keep, end inside the layers
  const { stackTraceLimit: lines } = Error
  Error.stackTraceLimit = Math.max(lines, 100)
  const scope: Scope = { training, exporting, statistics, updates: new Map(), paths, uses: new Map(), made: new Map() }
  current = scope
  try {
    return { result: naming(paths, f), updates: scope.updates }
  } finally {
    current = outer
    Error.stackTraceLimit = lines
  }
}

/**
 * What `f` gives with a model that is held: in evaluation, whatever the trace around it is for, and under its own names. Nothing it notes of buffers
 * counts, and no gradient reaches its parameters where the traced model has them too.
 */
export function traceHeld<R>(holder: object, model: Model, f: () => R): R {
  const outer = current
  const at = outer.paths.get(holder) || 'held'
  const { paths: own, parameters } = walkOf(model)
  const paths = new Map([...own].map(([value, path]) => [value, path === '' ? at : `${at}.${path}`]))
  current = { ...outer, training: false, statistics: never, updates: new Map(), paths }
  const mark = nodeMark()
  try {
    const result = naming(paths, f)
    const shared = new Set<Tensor>([...parameters.values()].filter((p) => outer.paths.has(p)))
    return shared.size === 0 ? result : (withoutGradients(result, shared, mark) as R)
  } finally {
    current = outer
  }
}

/** A result whose graph, as far as it was made since `mark`, sends no gradient to some parameters. */
function withoutGradients(result: unknown, shared: ReadonlySet<Tensor>, mark: number): unknown {
  if (result instanceof Tensor) {
    const { body, captured } = closeOver([], [result], mark)
    const given = captured.map((t) => (shared.has(t) ? stopGradient(t) : t))
    return substitute(body.outputs, new Map(body.params.map((p, i) => [p, given[i]!])))[0]!
  }
  if (Array.isArray(result)) return result.map((value: unknown) => withoutGradients(value, shared, mark))
  if (typeof result !== 'object' || result === null || Object.getPrototypeOf(result) !== Object.prototype) return result
  return Object.fromEntries(Object.entries(result).map(([name, value]: [string, unknown]) => [name, withoutGradients(value, shared, mark)]))
}
