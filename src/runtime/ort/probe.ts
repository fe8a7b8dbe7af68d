/** What a backend's kernels can do on this machine, found by trying. */

import { conv } from '../../functional/spatial/conv.js'
import { placeholder } from '../../graph/leaf.js'
import { HebbError } from '../../tensor/errors.js'
import type { Backend } from '../backend.js'
import { lower } from '../onnx/lower.js'

/** Block sizes there are: 16 channels where vectors have 512 bits, 8 where they have 256. */
const blocks = [16, 8] as const
const latin = new TextDecoder('latin1')

/**
 * Channels per block of the backend's blocked convolutions; 0 where it has none. A small convolution of whole numbers is computed with each
 * size of block and without: a size is right if the numbers are the same. The kernels themselves do not say what they take for granted.
 */
export async function probeChannelBlock(backend: Pick<Backend, 'session'>): Promise<number> {
  const [x, w] = [placeholder([4, 32, 16, 17], 'f32'), placeholder([32, 32, 3, 2], 'f32')]
  const numbers = (length: number, step: number): Float32Array => Float32Array.from({ length }, (_, i) => ((i * step) % 7) - 3)
  const inputs = [x, w].map((t, i) => ({ array: numbers(t.size, 5 + 8 * i), shape: t.shape, dtype: t.dtype }))
  const y = conv(x, w, { padding: [1, 0] })
  const ports = [x, w].map((tensor, i) => ({ tensor, name: `i${i}` }))
  const model = (block: number): Uint8Array => lower(ports, [{ tensor: y, name: 'y' }], { native: block > 0, channelBlock: () => block })
  const run = async (model: Uint8Array): Promise<Float32Array> => {
    const session = await backend.session(model, { threads: 1 })
    try {
      const array = new Float32Array(y.size)
      await session.bind(inputs, [{ array, shape: y.shape, dtype: y.dtype }]).run()
      return array
    } finally {
      session.release()
    }
  }
  const plain = await run(model(0))
  for (const block of blocks) {
    const blocked = model(block)
    // comparing a plain convolution with itself would prove nothing
    if (!latin.decode(blocked).includes('com.microsoft.nchwc')) throw new HebbError('probe: the convolution was not written in blocks')
    // a backend without such nodes refuses the model
    const array = await run(blocked).catch(() => undefined)
    if (array && plain.every((v, i) => v === array[i])) return block
  }
  return 0
}
