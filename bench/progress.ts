/** A run that is not finished yet: what it was asked and has measured lies beside the place of its numbers, so that a later command can go on with it. */
import { existsSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { writeWhole } from '../src/files/node/whole.js'
import { UsageError } from './options.js'
import type { Report } from './table.js'

/** The words of the command line, and the report so far. */
export interface Progress {
  readonly words: readonly string[]
  readonly report: Report
}

const place = (json: string): string => json.replace(/(\.json)?$/, '.unfinished.json')

/** Keeps what is there after each work. */
export const keepProgress = (json: string, progress: Progress): Promise<void> =>
  writeWhole(place(json), JSON.stringify(progress), { folders: true })

/** What the run for `json` has done so far. Throws UsageError where none was begun. */
export function progressOf(json: string): Progress {
  if (!existsSync(place(json))) throw new UsageError(`--resume: there is no ${place(json)}: no run for ${json} was stopped`)
  return JSON.parse(readFileSync(place(json), 'utf8')) as Progress
}

/** Puts the whole report in its place. */
export async function finishProgress(json: string, report: Report): Promise<void> {
  await writeWhole(json, `${JSON.stringify(report, null, 1)}\n`, { folders: true })
  await rm(place(json), { force: true })
}
