/**
 * One store of compiled programs for everything that compiles: bounded in bytes, the least recently used dropped first, what runs kept.
 *
 * A program belongs to an owner (a model, a compiled function) and goes with it; its session, the loaded model, is shared by all programs of the same
 * structure, whoever owns them.
 */
import { HebbError } from '../tensor/errors.js'
import { theBackend } from './machine.js'

/** What takes memory and can be made again. */
export interface Keepable {
  /** memory that `release` gives back, roughly */
  readonly bytes: number
  release(): void
}

/** counts uses, so that it can be told what was used later */
let clock = 0

const finished = Promise.resolve()

/** A place for one program of an owner: made when it is first used, and again after it was dropped. */
class Place<T extends Keepable> {
  used = 0
  /** calls that run or wait */
  users = 0
  value: T | undefined
  /** whether it goes as soon as nobody uses it */
  doomed = false
  private last: Promise<unknown> = finished

  constructor(private readonly forget: () => void) {}

  /** What `run` gives; calls of one place run one after the other. */
  use<R>(make: () => T, run: (value: T) => Promise<R>): Promise<R> {
    this.used = ++clock
    const call = (): Promise<R> => this.call(make, run)
    const result = this.users++ === 0 ? call() : this.last.then(call, call)
    this.last = result
    return result
  }

  private async call<R>(make: () => T, run: (value: T) => Promise<R>): Promise<R> {
    try {
      return await run(this.made(make))
    } finally {
      this.leave()
    }
  }

  /** The program for who uses it alone, until `leave`: without the promises of `use`, for steps of some microseconds. */
  enter(make: () => T): T {
    this.used = ++clock
    this.users++
    try {
      return this.made(make)
    } catch (error) {
      this.leave()
      throw error
    }
  }
  leave(): void {
    if (--this.users > 0) return
    // the last answer is its caller's alone
    this.last = finished
    if (this.doomed || !this.value) this.drop()
  }

  private made(make: () => T): T {
    if (!this.value) {
      this.value = make()
      trimPrograms()
    }
    return this.value
  }

  /** Lets go of the program, at once or when those who use it are done. */
  drop(): void {
    this.forget()
    this.doomed = this.users > 0
    if (this.doomed) return
    this.value?.release()
    this.value = undefined
  }
}

/** The owner holds its places, the store does not hold the owner. */
const places = new WeakMap<object, Map<string, Place<Keepable>>>()
const known = new Set<WeakRef<Place<Keepable>>>()
/** sessions by structure */
const shared = new Map<string, Shared>()

/** bytes of everything above which the least recently used goes */
let most = 256e6
/** however large, the programs used last stay: what a loop takes turns with is not compiled again in every turn */
const alwaysKept = 4

function placeOf<T extends Keepable>(owner: object, key: string): Place<T> {
  let all = places.get(owner)
  if (!all) {
    all = new Map()
    places.set(owner, all)
  }
  const found = all.get(key)
  if (found) return found as Place<Keepable> as Place<T>
  const place: Place<T> = new Place<T>(() => {
    if (all.get(key) === (place as Place<Keepable>)) all.delete(key)
    known.delete(ref)
  })
  const ref = new WeakRef<Place<Keepable>>(place)
  all.set(key, place)
  known.add(ref)
  return place
}

/** Programs by owner and key. */
export const programs = {
  /**
   * What `run` gives for the program `key` of `owner`, which `make` makes where it is not there. Calls with the same owner and key run one after
   * the other; a program is never dropped while one of them runs, and may be dropped afterwards: keep no hold on it.
   *
   * @example
   * programs.use(model, `predict ${shape}`, () => new BoundProgram([x], [y]), async (bound) => {
   *   bound.set(0, values)
   *   await bound.run()
   *   return bound.take(0)
   * })
   */
  use<T extends Keepable, R>(owner: object, key: string, make: () => T, run: (program: T) => Promise<R>): Promise<R> {
    return placeOf<T>(owner, key).use(make, run)
  },

  /** The place of the program `key` of `owner`: for one who makes no two calls at once, between its `enter` and its `leave`. */
  place<T extends Keepable>(owner: object, key: string): Pick<Place<T>, 'enter' | 'leave'> {
    return placeOf<T>(owner, key)
  },
}

/** A session that programs of one structure share. */
export interface Shared extends Keepable {
  /** programs that may run it at any time */
  readonly users: number
  /** when it was used last */
  used: number
}

/** The session for graphs of one structure, which `make` makes where there is none. */
export function sharedBy<S extends Shared>(structure: string, make: () => S): S {
  let session = shared.get(structure)
  if (!session) {
    session = make()
    shared.set(structure, session)
  }
  session.used = ++clock
  return session as S
}

/** Something in the store that may have to go. */
interface Item {
  readonly used: number
  readonly idle: boolean
  readonly bytes: number
  drop(): void
}

function* items(): Generator<Item> {
  for (const ref of known) {
    const place = ref.deref()
    if (!place) known.delete(ref)
    else yield { used: place.used, idle: place.users === 0, bytes: place.value?.bytes ?? 0, drop: () => place.drop() }
  }
  for (const [structure, session] of shared) {
    const drop = (): void => {
      shared.delete(structure)
      session.release()
    }
    yield { used: session.used, idle: session.users === 0, bytes: session.bytes, drop }
  }
}

/** Bytes of all programs kept: loaded models, and memory for their inputs and results. Rough where ONNX Runtime does not tell. */
export const programBytes = (): number => [...items()].reduce((sum, { bytes }) => sum + bytes, 0)

/** Drops what was used least recently until all is within bounds; called when something grew. */
export function trimPrograms(): void {
  for (;;) {
    const all = [...items()]
    if (all.reduce((sum, { bytes }) => sum + bytes, 0) <= most) return
    all.sort((a, b) => b.used - a.used)
    const oldest = all.slice(alwaysKept).findLast(({ idle }) => idle)
    if (!oldest) return
    oldest.drop()
  }
}

/** Sets how many bytes of compiled programs are kept, 256 MB at first. Those used last stay even if they take more, and what runs stays anyway. */
export function limitPrograms(bytes: number): void {
  if (!(bytes >= 0)) throw new HebbError(`limitPrograms: ${bytes} is no number of bytes: give 0 or more`)
  most = bytes
  trimPrograms()
}

/** Forgets every compiled program and frees its memory; programs that run are forgotten now and freed when they are done. */
export function clearPrograms(): void {
  // sessions that someone uses still are freed too: they are loaded again if that one runs again
  for (const { drop } of [...items()]) drop()
  theBackend().tidy()
}
