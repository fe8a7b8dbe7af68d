/** OrtValues over memory of ours. */
import type { Dtype } from '../../tensor/dtype.js'
import type { Slot } from '../backend.js'
import { addressOf, created, type Handle, ortApi } from './ort-api.js'
import { start } from './settings.js'

const elementTypes: Readonly<Record<Dtype, number>> = { f32: 1, u8: 2, i32: 6, i64: 7, bool: 9, f16: 10, f64: 11, bf16: 16 }

/** ONNX Runtime may not like an address of 0, which is where empty arrays are. */
const nowhere = new Uint8Array(64)

/** A tensor that ONNX Runtime reads or writes where it lies, to be released. The array must live as long as it is used. */
export function valueOver({ array, dtype, shape }: Slot, address = addressOf(array)): Handle {
  const { memory } = start()
  const dims = BigInt64Array.from(shape, BigInt)
  const data = array.byteLength > 0 ? address : addressOf(nowhere)
  return created((out) =>
    ortApi().CreateTensorWithDataAsOrtValue(memory, data, array.byteLength, dims, dims.length, elementTypes[dtype], out),
  )
}
