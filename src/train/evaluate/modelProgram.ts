/** Programs of a model in evaluation mode: compiled once per shape, kept in the store, and traced anew where the model is no longer what it was. */
import { initializeAsync } from '../../nn/initialize.js'
import { walkOf } from '../../nn/module/walk.js'
import type { Model } from '../../nn/module.js'
import type { BoundProgram } from '../../runtime/bound.js'
import { type Keepable, programs, trimPrograms } from '../../runtime/store.js'

/** Something traced, and what it was traced from. */
class Kept<T extends { readonly bound: BoundProgram }> implements Keepable {
  #made: T | undefined
  #from: readonly unknown[] = []

  get bytes(): number {
    return this.#made?.bound.bytes ?? 0
  }
  release(): void {
    this.#made?.bound.release()
    this.#made = undefined
  }
  /** What `make` gave when all of `from` was as it is now, or gives. */
  of(from: readonly unknown[], make: () => T): T {
    const same = from.length === this.#from.length && from.every((value, i) => Object.is(value, this.#from[i]))
    if (this.#made && same) return this.#made
    this.release()
    this.#made = make()
    this.#from = from
    trimPrograms()
    return this.#made
  }
}

/**
 * What `run` gives for the program that `make` traces of a model, under a key that says what for and for which shapes. It is traced again where
 * the model's layers, their fields, or one of `also` are others than before. Calls of one program run one after the other.
 */
export function withProgram<T extends { readonly bound: BoundProgram }, R>(
  model: Model,
  key: string,
  also: readonly unknown[],
  make: () => T,
  run: (program: T) => Promise<R>,
): Promise<R> {
  return programs.use(
    model,
    key,
    () => new Kept<T>(),
    async (kept) => {
      const walk = walkOf(model)
      if (!walk.complete) await initializeAsync(model)
      return run(kept.of([...also, walk], make))
    },
  )
}
