/** Files as memory: pages that the system reads when they are touched, shares between processes, and gives up when memory is short (Node). */
import koffi from 'koffi'
import { systemFunction } from '../../host/library.js'

type Pointer = number | bigint
interface System {
  map(length: number, file: number): Pointer | undefined
  unmap(at: Pointer, length: number): void
}

/** mmap and munmap of the C library; undefined where there are none. */
function system(): System | undefined {
  const mmap = systemFunction('int64_t mmap(int64_t, size_t, int, int, int, int64_t)')
  const munmap = systemFunction('int munmap(int64_t, size_t)')
  if (!mmap || !munmap) return undefined
  const [readable, own] = [1, 2]
  return {
    map(length, file) {
      const at: Pointer = mmap(0, length, readable, own, file, 0)
      return Number(at) === -1 ? undefined : at
    },
    unmap: (at, length) => void munmap(at, length),
  }
}

let known: { readonly system: System | undefined } | undefined

/** A mapped file, let go of when nobody holds a range of it. */
class Mapped {
  constructor(
    readonly at: Pointer,
    readonly length: number,
  ) {}
}
const abandoned = new FinalizationRegistry<() => void>((unmap) => unmap())
/** what keeps a file mapped as long as a range of it is held */
const held = new WeakMap<ArrayBufferLike, Mapped>()

/**
 * Ranges of an open file as memory; the file is mapped when the first is asked for, and may be closed. Its bytes must stay: who replaces a file by another
 * of its name changes nothing here, who cuts it short ends the process that touches what is gone.
 */
export function mapping(file: number, size: number): (at: number, length: number) => Uint8Array | undefined {
  let mapped: Mapped | undefined
  return (at, length) => {
    known ??= { system: system() }
    const c = known.system
    if (!c || length === 0) return undefined
    if (!mapped) {
      const found = c.map(size, file)
      if (found === undefined) return undefined
      mapped = new Mapped(found, size)
      abandoned.register(mapped, () => c.unmap(found, size))
    }
    const buffer: ArrayBuffer = koffi.view(BigInt(mapped.at) + BigInt(at), length)
    held.set(buffer, mapped)
    return new Uint8Array(buffer)
  }
}
