/** Small steps that tests of a backend share. */
import { expect } from 'vitest'
import type { Slot } from '../../src/runtime/backend.js'
import type { Dtype } from '../../src/tensor/dtype.js'
import { HebbError } from '../../src/tensor/errors.js'
import { model, node } from './onnx.js'

/** Node has it; its types come with neither ECMAScript nor Node. */
declare const WebAssembly: {
  Memory: new (size: {
    initial: number
    maximum?: number
    shared?: boolean
  }) => { readonly buffer: ArrayBuffer; grow(pages: number): number }
}
/** A WebAssembly memory. */
export const { Memory } = WebAssembly

/** Memory for a binding. */
export const slot = (array: ArrayBufferView, dtype: Dtype, ...shape: number[]): Slot => ({ array, dtype, shape })
/** A vector of f32. */
export const f32 = (...values: number[]): Slot => slot(Float32Array.from(values), 'f32', values.length)
/** y = x · x */
export const square = (n: number | string = 3, dtype: Dtype = 'f32') =>
  model([node('Mul', ['x', 'x'], ['y'])], [['x', dtype, [n]]], [['y', dtype, [n]]])
/** What the HebbError says that `run` must throw. */
export const messageOf = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    expect(error).toBeInstanceOf(HebbError)
    return (error as Error).message
  }
  throw new Error('nothing was thrown')
}
