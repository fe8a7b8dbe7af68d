/** Names that methods of Tensor had before: TypeScript does not know them, and in plain JavaScript each says what to write instead. */
import { HebbError } from '../tensor/errors.js'
import { Tensor } from '../tensor/tensor.js'

const numbers = 'max and min give the numbers themselves; argmax and argmin say where they are, topK(1) both'
const cures: Readonly<Record<string, string>> = {
  amax: 'it is max',
  amin: 'it is min',
  values: numbers,
  indices: numbers,
  repeatInterleave: 'elements one by one are repeat(count, axis), the whole side by side is tile(repeats)',
}

for (const [name, cure] of Object.entries(cures))
  Object.defineProperty(Tensor.prototype, name, {
    get() {
      throw new HebbError(`${name} is no longer a name of Tensor: ${cure}`)
    },
    configurable: true,
  })
