/** The whole state of a run in one safetensors file: of every part its arrays, as `part/name`, and its plain data in the header. */
import { FileError } from '../../files/fileError.js'
import { formatPlain, parsePlain } from '../../files/plain.js'
import { readSafetensors, writeSealed } from '../../files/safetensors/file.js'
import type { StoredTensor } from '../../files/safetensors/stored.js'
import { plainFields } from '../../files/saved.js'
import type { Plain, Saved, Stateful } from '../../files/stateful.js'
import { HebbError } from '../../tensor/errors.js'
import { fromFormat1 } from './format1.js'
import type { Checkpoint, RunPosition, RunSettings } from './savedRun.js'

const format = 'hebb run 2'

/** The parts of a run by name. */
export type Parts = Readonly<Record<string, Stateful>>

/** Writes a run whole or not at all, with a checksum. Parts may share memory with what is written: wait before they move on. */
export async function writeCheckpoint(path: string, position: RunPosition, parts: Parts): Promise<void> {
  const tensors = new Map<string, StoredTensor>()
  const plain: Record<string, Plain> = {}
  for (const [part, { plain: data, arrays }] of Object.entries(parts).map(([name, p]) => [name, p.state()] as const)) {
    plain[part] = data
    for (const [name, tensor] of arrays ?? []) tensors.set(`${part}/${name}`, tensor)
  }
  await writeSealed(path, tensors, { format, state: formatPlain('the state', { ...position, parts: plain }) })
}

/** Reads a checkpoint. Throws FileError when the file is damaged, HebbError when it is no checkpoint. */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  const { tensors, metadata } = await readSafetensors(path)
  const text = metadata.state
  if (text === undefined || (metadata.format !== format && metadata.format !== 'hebb run 1'))
    throw new HebbError(`resume: ${path} is no checkpoint of a run (format '${metadata.format ?? 'none'}')`)
  try {
    const plain = parsePlain('its state', text)
    return metadata.format === format ? checkpointOf(plain, tensors) : fromFormat1(plain, tensors)
  } catch (error) {
    throw new FileError(`resume: ${path} is damaged: ${problemOf(error)}. ${cure}`, path, undefined, { cause: error })
  }
}

const problemOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
const cure = 'Go on from another checkpoint, or start a new run.'

function checkpointOf(plain: Plain, tensors: ReadonlyMap<string, StoredTensor>): Checkpoint {
  const { step, seconds, lines, settings, parts } = plainFields(
    plain,
    { step: 'count', seconds: 'amount', lines: 'count', settings: 'object', parts: 'object' },
    'its state',
  )
  const arrays = new Map<string, Map<string, StoredTensor>>()
  for (const [name, tensor] of tensors) {
    const part = name.split('/', 1)[0]!
    arrays.set(part, (arrays.get(part) ?? new Map()).set(name.slice(part.length + 1), tensor))
  }
  const saved = [...new Set([...Object.keys(parts), ...arrays.keys()])].map((name): [string, Saved] => [
    name,
    { plain: parts[name] ?? null, arrays: arrays.get(name) ?? new Map() },
  ])
  return { step, seconds, lines, settings: settings as RunSettings, parts: new Map(saved) }
}

/**
 * Brings parts back to a checkpoint: all of them or none. Throws HebbError naming what differs, when the checkpoint is of a run with other
 * settings or other parts, or when a part refuses its state.
 */
export function restoreParts(path: string, checkpoint: Checkpoint, parts: Parts, settings: RunSettings): void {
  const names = new Set([...Object.keys(settings), ...Object.keys(checkpoint.settings)])
  const differing = [...names].filter((name) => settings[name] !== checkpoint.settings[name])
  if (differing.length > 0)
    throw new HebbError(
      `resume: ${path} is from another run: ${differing.map((name) => `${name} was ${checkpoint.settings[name]}, is ${settings[name]}`).join('; ')}. Resume with the settings of that run.`,
    )
  const [has, needs] = [[...checkpoint.parts.keys()].sort().join(', '), Object.keys(parts).sort().join(', ')]
  if (has !== needs)
    throw new HebbError(
      `resume: ${path} has the parts ${has || 'of no run'}, this run has ${needs || 'none'}: resume with the run that it was written by`,
    )
  for (const [name, part] of Object.entries(parts))
    try {
      part.check(checkpoint.parts.get(name)!)
    } catch (error) {
      throw new HebbError(`resume: ${path} does not fit this run: ${name}: ${problemOf(error)}. ${cure}`, { cause: error })
    }
  for (const [name, part] of Object.entries(parts)) part.restore(checkpoint.parts.get(name)!)
}
