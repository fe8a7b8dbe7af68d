/** Long work in short pieces, between which timers, sockets and signals get their turn. */

/** Work that can be paused at every `yield`: a few milliseconds lie between two of them. */
export type Steps<T> = Generator<void, T, undefined>

/** The work without a pause. */
export function inOneGo<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}

/** The work with a turn of the event loop at every pause. */
export async function inPieces<T>(steps: Steps<T>): Promise<T> {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
    await turn()
  }
}

const soon: (then: () => void) => unknown = globalThis.setImmediate ?? setTimeout

/** One turn of the event loop: whatever waits is done first. */
export const turn = (): Promise<void> => new Promise((resolve) => soon(resolve))
