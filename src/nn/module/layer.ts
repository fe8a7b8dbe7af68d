/** What a layer is, and what a model is. */
import type { Tensor } from '../../tensor/tensor.js'

/** Anything with `forward`. */
export interface Layer<In extends readonly unknown[] = readonly [Tensor], Out = Tensor> {
  forward(...inputs: In): Out
}

/** A layer, whatever it takes and gives. */
export type AnyLayer = Layer<readonly never[], unknown>

/** A model: a layer, or any object that holds layers and parameters in its fields. */
export type Model = object

/** Whether a value is a layer. */
export const isLayer = (value: object): value is AnyLayer => 'forward' in value && typeof value.forward === 'function'
