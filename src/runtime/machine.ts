/** What the programs run on: the backend, its cores, and how the event loop gets its turn. */
import { allocate, type TypedArray, viewOf } from '../tensor/dtype.js'
import { HebbError } from '../tensor/errors.js'
import { sizeOf } from '../tensor/shape.js'
import { type Spec, totalBytes } from '../tensor/tensor.js'
import type { Backend } from './backend.js'

/** What a host knows about itself. */
export interface Machine {
  readonly cores: number
  /** finds the channel block of the backend's convolution kernels (0: none); asked once, if ever */
  channelBlock(): number
  /** memory that holds anything */
  memory(bytes: number): ArrayBuffer
  /** resolves when timers, signals and messages that wait have had their turn */
  turn(): Promise<void>
}

let backend: Backend | undefined
let machine: Machine | undefined
let cores = 1
let block: number | undefined

/** Names what runs the graphs, and where. */
export function useBackend(b: Backend, m: Machine): void {
  backend = b
  machine = m
  cores = m.cores
  block = undefined
}

/** What runs the graphs. Throws HebbError while nothing does. */
export function theBackend(): Backend {
  if (!backend) throw new HebbError("no runtime is loaded: import from 'hebb', or its 'hebb/runtime'")
  return backend
}

/** Channels in a block of the convolution kernels, 0 where there are no such kernels. */
export function channelBlock(): number {
  block ??= machine?.channelBlock() ?? 0
  return block
}

/** From so many bytes on writing zeros first takes time worth saving. */
const manyBytes = 1 << 16

/** Memory for a result, to be written whole before it is read. */
export function roomFor({ shape, dtype }: Spec): TypedArray {
  const [length, bytes] = [sizeOf(shape), totalBytes([{ shape, dtype }])]
  return machine && bytes >= manyBytes ? viewOf(dtype, machine.memory(bytes), 0, length) : allocate(dtype, length)
}

/** Sets the number of threads of programs compiled from now on. */
export function setThreads(threads: number): void {
  if (!Number.isInteger(threads) || threads < 1) throw new HebbError(`setThreads: ${threads} is no number of threads: give 1 or more`)
  cores = threads
}
/** Threads a large program uses. */
export const getThreads = (): number => cores

/** milliseconds without a turn of the event loop after which it gets one */
const breath = 4
let lastTurn = 0
let turning: Promise<void> | undefined

/** Whether the event loop had no turn for some milliseconds: awaiting what is done already never lets it on, so nothing could stop a loop of short programs. */
export const breathless = (now: number): boolean => now - lastTurn > breath

/** Gives the event loop its turn. */
export function breathe(): Promise<void> {
  turning ??= (machine?.turn() ?? Promise.resolve()).then(() => {
    turning = undefined
    lastTurn = performance.now()
  })
  return turning
}

/** The event loop has just had its turn. */
export const breathed = (now: number): void => {
  lastTurn = now
}
