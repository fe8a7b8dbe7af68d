/** Folders of adapters on this machine's disks. */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { HebbError } from '../../tensor/errors.js'
import type { Outer } from '../listening.js'

const files = ['adapter_config.json', 'adapter_model.safetensors'] as const

export const adapterFolders: Outer['adapterFolders'] = async (folder) => {
  let names: string[]
  try {
    names = await readdir(folder)
  } catch (error) {
    throw new HebbError(`serve: cannot look into the folder of adapters ${folder}: ${(error as Error).message}`)
  }
  const found = new Map<string, string>()
  for (const name of names.sort()) {
    const stamps = await Promise.all(files.map((file) => stat(join(folder, name, file)).catch(() => undefined)))
    // one that is being written has one of the two
    if (stamps.every((stamp) => stamp !== undefined))
      found.set(join(folder, name), stamps.map((s) => `${s.mtimeMs} ${s.size} ${s.ino}`).join())
  }
  return found
}
