/** The profile a session leaves behind: where it goes, reading it, removing it (the Node seam of explain). */
import { randomBytes } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** One run of one ONNX node. */
export interface ProfileEvent {
  /** name of the node, after ONNX Runtime's own changes to the graph */
  readonly node: string
  /** ONNX type, such as Gemm */
  readonly type: string
  readonly microseconds: number
}

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
