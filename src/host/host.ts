/** What the process around the library offers: cores, settings from outside, how the event loop gets its turn, what happens at the end. */

/** A place to run in: Node, a browser, a worker. Every entry of the package names its own. */
export interface Host {
  readonly cores: number
  /** resolves when timers, signals and messages that wait have had their turn */
  turn(): Promise<void>
  /** a setting from outside, as environment variables are; undefined where it is not set */
  setting(name: string): string | undefined
  /**
   * calls `act` when the process ends: by itself with its exit code, or by a signal without one, which then ends it as it would have; gives what takes
   * that back
   */
  atEnd(act: (code?: number) => void): () => void
}

/** What standard JavaScript has everywhere, until an entry says more. */
const plain: Host = {
  cores: 1,
  turn: () => new Promise((go) => setTimeout(go)),
  setting: () => undefined,
  atEnd: () => () => {},
}

let host = plain

/** Names where the library runs. */
export function useHost(h: Host): void {
  host = h
}

/** Where the library runs. */
export const theHost = (): Host => host
