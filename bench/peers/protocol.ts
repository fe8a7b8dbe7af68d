/** What the bench and a library's process say to each other: one JSON line asks, one answers. */
import type { Work } from '../works/work.js'

/** What the bench asks; `setup` comes first. */
export type Request =
  | { readonly do: 'setup'; readonly work: Work; readonly threads: number }
  /** `n` calls, each with its result read */
  | { readonly do: 'step'; readonly n: number }
  | { readonly do: 'memory' }

/** The network is built and has made its first step: what that took, compiling included, and the loss (or a number of the result). */
export interface Ready {
  readonly version: string
  readonly firstCallMs: number
  readonly value: number
}

/** Milliseconds of each call, and the last loss. */
export interface Steps {
  readonly ms: readonly number[]
  readonly value: number
}

/** Highest resident memory of the process so far, in MiB. */
export interface Memory {
  readonly peakMb: number
}

/** The library cannot do this work, or failed at it. */
export interface Refusal {
  readonly error: string
}

/** What answers each request. */
export interface Answers {
  readonly setup: Ready
  readonly step: Steps
  readonly memory: Memory
}
