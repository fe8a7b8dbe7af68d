/** Names that methods of Tensor had before: TypeScript does not know them, and in plain JavaScript each says what to write instead. */
import { HebbError } from '../tensor/errors.js'
import { Tensor } from '../tensor/tensor.js'

const cures: Readonly<Record<string, string>> = {
  repeatInterleave: 'elements one by one are repeat(count, axis), the whole side by side is tile(repeats)',
}

for (const [name, cure] of Object.entries(cures))
  Object.defineProperty(Tensor.prototype, name, {
    get() {
      throw new HebbError(`${name} is no longer a name of Tensor: ${cure}`)
    },
    configurable: true,
  })
