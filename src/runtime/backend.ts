/**
 * What a machine must offer to run a model: load it once, bind it to memory once, run it many times.
 *
 * The seam between the graph above and whatever executes ONNX below (ONNX Runtime's C API in Node, its WebAssembly build
 * in a browser). Nothing here imports from Node.
 *
 * @example
 * const session = backend.session(modelBytes, { threads: 2 })
 * const binding = session.bind([{ array: x, dtype: 'f32', shape: [2, 3] }], [{ array: y, dtype: 'f32', shape: [2, 4] }])
 * binding.run()                                  // y now holds the result: nothing was copied
 */
import type { Dtype } from '../tensor/dtype.js'

/**
 * Memory a model reads or writes in place.
 * `array` must hold exactly shape × dtype bytes and may view an ArrayBuffer, a SharedArrayBuffer or a WebAssembly memory;
 * a WebAssembly memory must not grow while a binding on it lives. An empty shape is a scalar; a zero in it is an empty tensor.
 */
export interface Slot {
  readonly array: ArrayBufferView
  readonly dtype: Dtype
  readonly shape: readonly number[]
}

export interface SessionOptions {
  /** threads inside one operation; default 1, the fastest for small graphs */
  threads?: number
  /** prefix of a profile file; {@link Session.endProfiling} returns the whole name */
  profile?: string
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
  /** sizes for the model's symbolic dimensions, by their names */
  symbolic?: Record<string, number>
}

/** One session tied to fixed memory. */
export interface Binding {
  /** run once on the calling thread; @throws if this binding is still running or was released */
  run(): void
  /** run once on another thread; the slots must be left alone until the promise settles */
  runAsync(): Promise<void>
  /** let go of the memory; idempotent, and safe during a run: what is running ends first */
  release(): void
}

/** One loaded model. */
export interface Session {
  /** the model's input names, in the order {@link Session.bind} takes their slots */
  readonly inputs: readonly string[]
  /** the model's output names, in the order {@link Session.bind} takes their slots */
  readonly outputs: readonly string[]
  /** @throws if a slot's bytes differ from its shape and dtype, or an output's memory overlaps an input or another output */
  bind(inputs: readonly Slot[], outputs: readonly Slot[]): Binding
  /** stop profiling and return the profile's path; @throws unless the session was opened with `profile` */
  endProfiling(): string
  /** unload the model and release its bindings; idempotent */
  release(): void
}

export interface Backend {
  readonly name: string
  /** load a model from its serialised bytes or from a file; @throws if the model is not valid or not supported */
  session(model: Uint8Array | string, options?: SessionOptions): Session
  /** the same beside the event loop; the bytes must be left alone until the promise settles */
  load(model: Uint8Array, options?: SessionOptions): Promise<Session>
  /** give memory that sessions released back to the system, where that takes more than releasing them */
  tidy(): void
}
