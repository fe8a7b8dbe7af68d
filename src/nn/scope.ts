/** The trace: whether it trains, where its randomness comes from, what buffers it updates. It exists while a graph is made, and then no more. */
import { type Distribution, randomLeaf } from '../graph/leaf.js'
import { HebbError } from '../tensor/errors.js'
import type { Shape } from '../tensor/shape.js'
import type { Tensor } from '../tensor/tensor.js'
import { type Model, walk } from './module.js'
import type { Param } from './param.js'

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
}

const always = (): boolean => true
const still: Scope = { training: false, exporting: false, statistics: always, updates: new Map(), paths: new Map(), uses: new Map() }
let current: Scope = still

/** Whether the graph being made is for training; false outside `trace`. */
export const isTraining = (): boolean => current.training

/**
 * Whether a layer normalises with the batch and moves its running statistics: in training, unless the step leaves the layer's statistics as they are,
 * as it does for layers whose weights it does not train. False outside `trace`.
 */
export const usesBatch = (layer: object): boolean => current.training && current.statistics(current.paths.get(layer) ?? '', layer)

/** Whether the graph being made is for other runtimes; false outside `trace`. */
export const isExporting = (): boolean => current.exporting

/**
 * Random numbers for a layer: f(seed, its path, how often it asked before in this trace, step). They differ from step to step
 * and repeat exactly when a step is repeated or recomputed.
 */
export function randomFor(layer: object, shape: Shape, distribution: Distribution = 'uniform'): Tensor {
  const path = current.paths.get(layer) ?? 'unnamed'
  const use = current.uses.get(path) ?? 0
  current.uses.set(path, use + 1)
  return randomLeaf(shape, distribution, `${path}#${use}`)
}

/** Notes the new value of a buffer; it takes effect after the step. Ignored outside training. Throws HebbError for a trainable parameter. */
export function updateBuffer(buffer: Param, value: Tensor): void {
  if (buffer.trainable)
    throw new HebbError(
      `updateBuffer: ${buffer.storage.path ?? 'the parameter'} is trained by the optimizer: declare it with { trainable: false }`,
    )
  if (current.training) current.updates.set(buffer, value)
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
  }: { training: boolean; exporting?: boolean; statistics?: (path: string, layer: object) => boolean },
  f: () => T,
): { result: T; updates: Map<Param, Tensor> } {
  const paths = new Map<object, string>()
  walk(model, (value, path) => paths.set(value, path))
  const outer = current
  // an error of a deep model is to show the line of the caller, too: ten lines, as many as engines keep, end inside the layers
  const { stackTraceLimit: lines } = Error
  Error.stackTraceLimit = Math.max(lines, 100)
  const scope: Scope = { training, exporting, statistics, updates: new Map(), paths, uses: new Map() }
  current = scope
  try {
    return { result: f(), updates: scope.updates }
  } finally {
    current = outer
    Error.stackTraceLimit = lines
  }
}
