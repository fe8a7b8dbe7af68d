/** What a checkpoint says of a run besides its parts. */
import type { Saved } from '../../files/stateful.js'

/** What two runs must agree on, so that one can go on from the other's checkpoint. */
export type RunSettings = Readonly<Record<string, string | number | boolean>>

/** What a run saves of its own. */
export interface RunPosition {
  readonly step: number
  /** seconds of training so far */
  readonly seconds: number
  /** lines of its journal */
  readonly lines: number
  readonly settings: RunSettings
}

/** A checkpoint as it is read: nothing of the parts is checked yet. */
export interface Checkpoint extends RunPosition {
  readonly parts: ReadonlyMap<string, Saved>
}
