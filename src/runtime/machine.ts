/** What the programs run on: the backend, its cores, its memory. */

import { theHost } from '../host/host.js'
import { newMemory } from '../kernels/webassembly.js'
import { allocate, type TypedArray, viewOf } from '../tensor/dtype.js'
import { HebbError } from '../tensor/errors.js'
import { sizeOf } from '../tensor/shape.js'
import { type Spec, totalBytes } from '../tensor/tensor.js'
import type { Backend, Region } from './backend.js'

let backend: Backend | undefined
let threads: number | undefined
let block: number | undefined

/** Names what runs the graphs. Programs compiled for another backend stay with it: {@link clearPrograms} ends them. */
export function useBackend(b: Backend): void {
  backend = b
  block = undefined
}

/** What runs the graphs. Throws HebbError while nothing does. */
export function theBackend(): Backend {
  if (!backend)
    throw new HebbError(
      'no runtime is loaded: import from \'hebb\' or one of its rooms, under the condition of where it runs ("node"), or name a backend of your own',
    )
  return backend
}

/** Asks the backend for the block of its convolution kernels, so that {@link channelBlock} knows it. */
export async function findChannelBlock(): Promise<void> {
  block ??= await theBackend().channelBlock()
}

/** Channels in a block of the convolution kernels, 0 where there are no such kernels. Throws HebbError before {@link findChannelBlock}. */
export function channelBlock(): number {
  if (block === undefined) throw new HebbError('an op asks for blocked kernels, and its record does not say so: { blocked: true }')
  return block
}

/** Memory of zeros for numbers that kernels and programs share: the backend's own, where there is one. */
export const memoryFor = (bytes: number): Region => backend?.memory(bytes) ?? { memory: newMemory(bytes), at: 0 }

/** From so many bytes on writing zeros first takes time worth saving. */
const manyBytes = 1 << 16

/** Memory for a result, to be written whole before it is read. */
export function roomFor({ shape, dtype }: Spec): TypedArray {
  const [length, bytes] = [sizeOf(shape), totalBytes([{ shape, dtype }])]
  return backend && bytes >= manyBytes ? viewOf(dtype, backend.room(bytes), 0, length) : allocate(dtype, length)
}

/** Sets the number of threads of programs compiled from now on. */
export function setThreads(count: number): void {
  if (!Number.isInteger(count) || count < 1) throw new HebbError(`setThreads: ${count} is no number of threads: give 1 or more`)
  threads = count
}
/** Threads a large program uses: as many as there are cores, unless set. */
export const getThreads = (): number => threads ?? theHost().cores
