/** The profile a session leaves behind: where it goes, reading it, removing it. */
import { randomBytes } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ProfileEvent } from '../backend.js'

/** A prefix for a profile's file that nobody else uses. */
export const profilePrefix = (): string => join(tmpdir(), `hebb-profile-${process.pid}-${randomBytes(6).toString('hex')}`)

/** The nodes run in a profile, in order; the file is removed. */
export async function takeProfile(path: string): Promise<ProfileEvent[]> {
  const ending = '_kernel_time'
  try {
    const events = JSON.parse(await readFile(path, 'utf8')) as { cat?: string; name?: string; dur?: number; args?: { op_name?: string } }[]
    return events.flatMap(({ cat, name = '', dur = 0, args }) =>
      cat === 'Node' && name.endsWith(ending)
        ? [{ node: name.slice(0, -ending.length), type: args?.op_name ?? '', microseconds: dur }]
        : [],
    )
  } finally {
    await rm(path, { force: true })
  }
}
