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

let change: Promise<void> | undefined
let readers = 0
let drained: (() => void) | undefined

/** Whether programs are running beside the event loop, which may be reading weights. */
export const isRead = (): boolean => readers > 0

/** Something that reads weights for longer than a turn of the event loop: none move until it ends. */
export async function reading<T>(run: () => Promise<T>): Promise<T> {
  readers++
  try {
    return await run()
  } finally {
    if (--readers === 0) drained?.()
  }
}

/** Runs what changes weights: when the programs that run have ended, and before those that begin meanwhile, so that none sees weights of two steps. */
export async function moving(work: () => Promise<void>): Promise<void> {
  while (change) await change
  const running = (async () => {
    if (readers > 0)
      await new Promise<void>((go) => {
        drained = go
      })
    drained = undefined
    await work()
  })()
  change = running.then(ended, ended)
  await running
}
function ended(): void {
  change = undefined
}

/** The end of a change of weights that is under way; undefined where there is none. */
export const settled = (): Promise<void> | undefined => change

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
