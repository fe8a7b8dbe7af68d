/** What every method that trains gives back: its events one by one for `for await`, or the whole run for `await`. */
import { theHost } from '../../host/host.js'

/**
 * A run that begins when it is iterated or awaited, and goes on from where it is: `for await (const event of run)` looks at each event,
 * `await run` goes to the end and gives what is left of it, by default the last event. Leaving the loop stops the run.
 * One that is never begun has done nothing, and is warned of when it is forgotten or the process ends.
 *
 * @example
 * for await (const e of fit(model, data, options)) console.log(e.loss)
 * const { loss } = (await fit(model, data, options))!
 */
export interface Run<E, R = E | undefined> extends AsyncGenerator<E, void, undefined>, PromiseLike<R> {}

/** What is told of a run that nobody began. */
interface Unbegun {
  readonly name: string
  /** where it was made */
  readonly frames: string
}

const unbegun = new Set<Unbegun>()
const forgotten = new FinalizationRegistry<Unbegun>((what) => {
  if (drop(what)) warn(what)
})
const warn = ({ name, frames }: Unbegun): void =>
  console.warn(
    `${name} was called, but its run was never begun, so nothing has happened: await it, or loop over it with for await\n${frames}`,
  )

/** takes the watch back, while there is one */
let unwatch: (() => void) | undefined
/** Notes a run: one that is still in memory and not begun when the process ends is told of then. */
function note(what: Unbegun): void {
  unbegun.add(what)
  // a program that failed has its own message
  unwatch ??= theHost().atEnd((code) => {
    if (code === 0) for (const one of unbegun) warn(one)
  })
}
/** Whether the run was noted until now. */
function drop(what: Unbegun): boolean {
  const was = unbegun.delete(what)
  if (unbegun.size === 0) {
    unwatch?.()
    unwatch = undefined
  }
  return was
}

class Begun<E, R> implements Run<E, R> {
  readonly #events: AsyncGenerator<E, void, undefined>
  readonly #result: (last: E | undefined) => R
  readonly #made: Unbegun
  #last: E | undefined
  #end: Promise<R> | undefined

  constructor(made: Unbegun, events: AsyncGenerator<E, void, undefined>, result: (last: E | undefined) => R) {
    this.#made = made
    this.#events = events
    this.#result = result
    note(made)
    forgotten.register(this, made, made)
  }

  async next(): Promise<IteratorResult<E, void>> {
    this.#begin()
    const found = await this.#told(this.#events.next())
    if (!found.done) this.#last = found.value
    return found
  }
  return(): Promise<IteratorResult<E, void>> {
    this.#begin()
    return this.#told(this.#events.return())
  }
  throw(error: unknown): Promise<IteratorResult<E, void>> {
    this.#begin()
    return this.#told(this.#events.throw(error))
  }
  [Symbol.asyncIterator](): this {
    return this
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }
  // biome-ignore lint/suspicious/noThenProperty: awaiting a run is what trains it
  then<A = R, B = never>(
    fulfilled?: ((value: R) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#begin()
    this.#end ??= this.#toEnd()
    return this.#end.then(fulfilled, rejected)
  }

  async #toEnd(): Promise<R> {
    while (!(await this.next()).done);
    return this.#result(this.#last)
  }

  #begin(): void {
    if (drop(this.#made)) forgotten.unregister(this.#made)
  }

  /** Errors are thrown far from the line that called: it is added to their stack. */
  #told<T>(promise: Promise<T>): Promise<T> {
    return promise.catch((error: unknown) => {
      const { name, frames } = this.#made
      const first = frames.split('\n', 1)[0]!.trim()
      if (error instanceof Error && first !== '' && error.stack !== undefined && !error.stack.includes(first))
        error.stack += `\n  of ${name}, called\n${frames}`
      throw error
    })
  }
}

/** A run of events; `called` is the function the user calls, which is named where the run is never begun and when it fails. */
export function runOf<E, R = E | undefined>(
  called: { readonly name: string } & ((...given: never) => unknown),
  events: AsyncGenerator<E, void, undefined>,
  result: (last: E | undefined) => R = (last) => last as R,
): Run<E, R> {
  const here: { stack?: string | undefined } = {}
  Error.captureStackTrace?.(here, called)
  const frames = (here.stack ?? '').split('\n').slice(1).join('\n')
  return new Begun({ name: called.name, frames }, events, result)
}
