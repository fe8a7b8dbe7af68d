/** Parameters that stay as they are while others train. */
import type { Model } from './layer.js'
import { noteChange, walkOf } from './walk.js'

/**
 * The same model, layer or parameter, all of whose parameters stay as they are from now on, weights and buffers: no optimizer moves them and no
 * running statistic, whoever trains a model they are in. They are saved and counted, and gradients pass through to what comes before. Layers put into the
 * model later are not frozen: freeze a network, then give it a new head, or wrap its layers.
 *
 * Numbers that stay need no memory that training writes into: they live in memory of their own, or in the file they are loaded from, and programs may take
 * them for constants, which all programs share. A model that has been trained is faster frozen: `frozen(model)` before it serves.
 *
 * A step or a run that was made before refuses to go on: freeze first. A frozen BatchNorm normalises with its running statistics; a frozen Dropout
 * still drops.
 *
 * @example
 * const net = frozen(sequential(new Linear(784, 64), relu))
 * const model = sequential(net, new Linear(64, 10)) // trains 650 numbers
 */
export const frozen = <M extends Model>(model: M): M => set(model, true)

/** The same model, layer or parameter, what was `frozen` of it trained again; buffers stay buffers. */
export const unfrozen = <M extends Model>(model: M): M => set(model, false)

function set<M extends Model>(model: M, on: boolean): M {
  for (const p of walkOf(model).parameters.values()) p.storage.rest(on)
  noteChange()
  return model
}
