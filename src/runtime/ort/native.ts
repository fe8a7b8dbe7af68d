/** Calls into ONNX Runtime on other threads, and its objects, which outlive ours by as long as a run takes to end. */
import type { Handle } from './ort-api.js'

/** calls on other threads at once; koffi has room for 256, and there are fewer threads than these */
const mostAtOnce = 64
let atOnce = 0
const waiting: (() => void)[] = []

/** Begins a call on another thread, as soon as not too many are under way. */
export function enter(begin: () => void): void {
  if (atOnce === mostAtOnce) waiting.push(begin)
  else {
    atOnce++
    begin()
  }
}
/** A call on another thread ended: the next may begin. */
export function leave(): void {
  const next = waiting.shift()
  if (next) next()
  else atOnce--
}

/**
 * A session or binding as ONNX Runtime knows it, apart from the object that users hold: this outlives that one by as long as
 * it takes to end a run and to be released.
 */
export class Native {
  readonly bindings = new Set<Native>()
  released = false
  running = 0
  readonly #free: () => void

  constructor(
    readonly handle: Handle,
    /** what must stay alive until all is freed: the memory ONNX Runtime points into */
    public kept: unknown,
    free: () => void,
  ) {
    this.#free = free
  }

  /** free it as soon as nothing runs; later calls do nothing */
  release(): void {
    if (this.released) return
    this.released = true
    for (const binding of this.bindings) binding.release()
    this.#freeIfDone()
  }

  /** a run ended: free it if that was asked for meanwhile */
  settle(): void {
    this.running--
    this.#freeIfDone()
  }

  #freeIfDone(): void {
    if (!this.released || this.running > 0) return
    this.#free()
    this.kept = undefined
  }
}
