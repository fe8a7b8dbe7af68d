/**
 * What a machine must offer to run a model: load it once, bind it to memory once, run it many times.
 *
 * The seam between the graph above and whatever executes ONNX below (ONNX Runtime's C API in Node, its WebAssembly build
 * in a browser). Loading and running give promises, as some backends can do neither at once; those that can say so with
 * `sessionNow` and `runNow`, which spare programs of some microseconds the way around the event loop.
 *
 * @example
 * const session = await backend.session(modelBytes, { threads: 2 })
 * const binding = session.bind([{ array: x, dtype: 'f32', shape: [2, 3] }], [{ array: y, dtype: 'f32', shape: [2, 4] }])
 * await binding.run()                            // y now holds the result
 */
import type { Memory } from '../kernels/webassembly.js'
import type { Dtype } from '../tensor/dtype.js'
import { HebbError } from '../tensor/errors.js'

/** ONNX Runtime refused a model or failed to run it. The message is its own and names the node where there is one. */
export class OrtError extends HebbError {
  override name = 'OrtError'
  constructor(
    /** ONNX Runtime's name for the kind of failure, such as `INVALID_GRAPH` or `FAIL` */
    readonly code: string,
    message: string,
  ) {
    super(message)
  }
}

/**
 * Memory a model reads or writes in place.
 * `array` must hold exactly shape × dtype bytes and may view an ArrayBuffer, a SharedArrayBuffer or a WebAssembly memory;
 * a WebAssembly memory must not grow while a binding on it lives. An empty shape is a scalar; a zero in it is an empty tensor.
 */
export interface Slot {
  readonly array: ArrayBufferView
  readonly dtype: Dtype
  readonly shape: readonly number[]
  /** of an output: whether it may be the whole memory of an input, which its kernel changes in place; default false */
  readonly inPlace?: boolean
}

export interface SessionOptions {
  /** threads inside one operation; default 1, the fastest for small graphs */
  threads?: number
  /** whether the time of every node is recorded, for {@link Session.profile}; default false */
  profile?: boolean
  /** how much of the graph is rewritten before the first run; default 'all' */
  optimize?: 'none' | 'basic' | 'extended' | 'all'
  /**
   * how idle threads wait: awake for a number of microseconds and then asleep (default 50), `false` asleep at once,
   * `true` awake as long as the backend likes: no faster alone, and about half as fast where other work wants the same cores
   */
  spinning?: boolean | number
  /**
   * whether the second run lays out the memory of all intermediate results at once; default true. A run of a small graph asks for memory fewer
   * times so, but the block comes on top of what the first run took: large graphs do without
   */
  planned?: boolean
  /** numbers of constants that the model only names, where the backend {@link Backend.takesNumbers}: read in place, as long as the session lives */
  numbers?: readonly (Slot & { readonly name: string })[]
  /** whether those are laid out once more for the processor, for all sessions together; default false */
  packed?: boolean
  /** sizes for the model's symbolic dimensions, by their names */
  symbolic?: Record<string, number>
}

/** One session tied to fixed memory. */
export interface Binding {
  /** run once; the slots must be left alone until the promise settles. Rejects if this binding is still running or was released */
  run(): Promise<void>
  /** run once on the calling thread, where the backend can */
  runNow?(): void
  /** let go of the memory; idempotent, and safe during a run: what is running ends first */
  release(): void
}

/** One run of one ONNX node. */
export interface ProfileEvent {
  /** name of the node, after the backend's own changes to the graph */
  readonly node: string
  /** ONNX type, such as Gemm */
  readonly type: string
  readonly microseconds: number
}

/** One loaded model. */
export interface Session {
  /** the model's input names, in the order {@link Session.bind} takes their slots */
  readonly inputs: readonly string[]
  /** the model's output names, in the order {@link Session.bind} takes their slots */
  readonly outputs: readonly string[]
  /** @throws if a slot's bytes differ from its shape and dtype, or an output's memory overlaps an input, unless it is the input's and `inPlace`, or another output */
  bind(inputs: readonly Slot[], outputs: readonly Slot[]): Binding
  /** stop recording and give what was recorded, in order; rejects unless the session was opened with `profile` */
  profile(): Promise<ProfileEvent[]>
  /** unload the model and release its bindings; idempotent */
  release(): void
}

/** A range of a WebAssembly memory. */
export interface Region {
  readonly memory: Memory
  /** its first byte, a multiple of 64 */
  readonly at: number
}

export interface Backend {
  readonly name: string
  /** load a model from its serialised bytes, which must be left alone until the promise settles; rejects if the model is not valid or not supported */
  session(model: Uint8Array, options?: SessionOptions): Promise<Session>
  /** the same on the calling thread, where the backend can */
  sessionNow?(model: Uint8Array, options?: SessionOptions): Session
  /** whether a model may name constants whose numbers are given with the session */
  readonly takesNumbers?: boolean
  /** memory of zeros that kernels compute in and sessions read and write without a copy: weights, gradients, states. It never moves */
  memory(bytes: number): Region
  /** memory for results, to be written whole before it is read */
  room(bytes: number): ArrayBuffer
  /** channels in a block of the convolution kernels, found by trying; 0 where there are no such kernels */
  channelBlock(): Promise<number>
  /** give memory that sessions released back to the system, where that takes more than releasing them */
  tidy(): void
}
