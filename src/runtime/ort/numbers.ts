/** Numbers given with a session: constants that the model names, in memory that all sessions share. */
import type { SessionOptions, Slot } from '../backend.js'
import { check, created, type Handle, ortApi } from './ort-api.js'
import { type Prepared, sessionSettings } from './settings.js'
import { valueOver } from './value.js'

/** Weights laid out for the processor, for all sessions that read the same memory: by the largest of them, which these sessions keep alive. */
const packs = new WeakMap<ArrayBufferView, Pack>()
class Pack {
  readonly handle = created((out) => ortApi().CreatePrepackedWeightsContainer(out))
}
const abandoned = new FinalizationRegistry<Handle>((handle) => ortApi().ReleasePrepackedWeightsContainer(handle))

function packOf(numbers: readonly Slot[]): Pack {
  const largest = numbers.reduce((a, b) => (b.array.byteLength > a.array.byteLength ? b : a)).array
  let pack = packs.get(largest)
  if (!pack) {
    pack = new Pack()
    packs.set(largest, pack)
    abandoned.register(pack, pack.handle)
  }
  return pack
}

/** The settings of a session, with its numbers. */
export interface Ready extends Prepared {
  /** container of what is laid out anew; 0 for none */
  readonly pack: Handle
  /** what must stay alive as long as the session */
  readonly kept: unknown
  /** to be called when there is no session, or none any more */
  ended(): void
}

/** Makes the settings of a session, and names its numbers in them. */
export function prepare(options: SessionOptions): Ready {
  const api = ortApi()
  const prepared = sessionSettings(options)
  const { settings } = prepared
  const { numbers = [], packed = false } = options
  const values: Handle[] = []
  const ended = (): void => {
    prepared.giveThreads()
    for (const value of values.splice(0)) api.ReleaseValue(value)
  }
  try {
    for (const { name, ...slot } of numbers) {
      const value = valueOver(slot)
      values.push(value)
      check(api.AddInitializer(settings, name, value))
    }
    if (numbers.length > 0 && !packed) check(api.AddSessionConfigEntry(settings, 'session.disable_prepacking', '1'))
    const pack = numbers.length > 0 && packed ? packOf(numbers) : undefined
    return { ...prepared, ended, pack: pack?.handle ?? 0, kept: [pack, numbers.map(({ array }) => array)] }
  } catch (error) {
    prepared.release()
    ended()
    throw error
  }
}
