/** Long work in short pieces, between which timers, sockets and signals get their turn. */
import { theHost } from './host.js'

/** Work that can be paused at every `yield`: at most a few milliseconds lie between two of them. */
export type Steps<T> = Generator<void, T, undefined>

/** The work without a pause. */
export function inOneGo<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}

/** The work with a turn of the event loop every few milliseconds. Throws the signal's reason at a pause, once it is aborted. */
export async function inPieces<T>(steps: Steps<T>, signal?: AbortSignal): Promise<T> {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
    if (!isBreathless(performance.now())) continue
    await breathe()
    signal?.throwIfAborted()
  }
}

/** milliseconds without a turn of the event loop after which it gets one */
const breath = 4
let lastTurn = 0
let turning: Promise<void> | undefined

/** Whether the event loop had no turn for some milliseconds: awaiting what is done already never lets it on, so nothing could stop a loop of short work. */
export const isBreathless = (now: number): boolean => now - lastTurn > breath

/** Gives the event loop its turn: whatever waits is done first. */
export function breathe(): Promise<void> {
  turning ??= theHost()
    .turn()
    .then(() => {
      turning = undefined
      lastTurn = performance.now()
    })
  return turning
}

/** The event loop has just had its turn. */
export const breathed = (now: number): void => {
  lastTurn = now
}
