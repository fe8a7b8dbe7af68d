/** A backend that can do nothing at once, as one in a browser: sessions and runs take a while, and run on copies in memory of their own. */
import { newMemory } from '../../src/kernels/webassembly.js'
import type { Backend, Binding, Session, Slot } from '../../src/runtime/backend.js'
import { ort } from '../../src/runtime/ort/ort.js'

const later = (): Promise<void> => new Promise((go) => setTimeout(go, 1))
const bytesOf = ({ array }: Slot): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
/** The same in memory of its own. */
const copyOf = (slot: Slot): Slot => {
  const { array } = slot
  const { BYTES_PER_ELEMENT } = array as Float32Array
  const Kind = array.constructor as new (length: number) => ArrayBufferView
  return { ...slot, array: new Kind(array.byteLength / BYTES_PER_ELEMENT) }
}
function copy(from: readonly Slot[], to: readonly Slot[]): void {
  for (const [i, slot] of from.entries()) bytesOf(to[i]!).set(bytesOf(slot))
}

/** A new one; `sessions` and `runs` are how many there have been. */
export function promised(): Backend & { sessions: number; runs: number } {
  const backend = {
    name: 'promised',
    sessions: 0,
    runs: 0,
    async session(model: Uint8Array, options = {}): Promise<Session> {
      await later()
      const inner = await ort.session(model, options)
      backend.sessions++
      return {
        inputs: inner.inputs,
        outputs: inner.outputs,
        bind(inputs, outputs): Binding {
          const [read, written] = [inputs.map(copyOf), outputs.map(copyOf)]
          const binding = inner.bind(read, written)
          return {
            async run() {
              copy(inputs, read)
              await later()
              await binding.run()
              backend.runs++
              copy(written, outputs)
            },
            release: () => binding.release(),
          }
        },
        profile: () => inner.profile(),
        release: () => inner.release(),
      }
    },
    // as a part of a larger memory
    memory: (bytes: number) => ({ memory: newMemory(bytes + 4096), at: 4096 }),
    room: ort.room,
    channelBlock: async () => 0,
    tidy: () => {},
  }
  return backend
}
