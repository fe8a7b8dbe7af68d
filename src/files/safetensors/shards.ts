/** Several safetensors files as one. */
import { FileError } from '../fileError.js'
import { lacks, type WeightFile } from '../weightFile.js'
import type { Contents } from './folder.js'
import type { StoredInfo, StoredTensor } from './stored.js'

/** An open safetensors file, or several as one. */
export interface SafetensorsFile extends WeightFile {
  /** what each tensor is, and where in its file */
  readonly tensors: ReadonlyMap<string, StoredInfo>
  /** reads all of them, and compares the file with its checksum where it has one; @throws FileError where it is damaged */
  all(): Promise<Map<string, StoredTensor>>
}

/**
 * Opens parts as one file. With an index each tensor is looked for where that says, and others in the parts are not offered.
 * Throws FileError for a tensor that is not where the index says, or, without one, in two parts.
 */
export async function openShards(
  { name: path, parts: paths, places: listed }: Contents,
  open: (path: string) => Promise<SafetensorsFile>,
): Promise<SafetensorsFile> {
  const parts = new Map<string, SafetensorsFile>()
  const close = async (): Promise<void> => {
    await Promise.all([...parts.values()].map((part) => part.close()))
  }
  try {
    for (const part of paths) parts.set(part, await open(part))
    const places = listed ?? placesOf(path, parts)
    const tensors = new Map<string, StoredInfo>()
    for (const [name, part] of places) {
      const info = parts.get(part)!.tensors.get(name)
      if (!info)
        throw new FileError(`${path} places tensor ${JSON.stringify(name)} in ${part}, which does not have it. Fetch both again.`, path)
      tensors.set(name, info)
    }
    const partOf = (name: string): SafetensorsFile => parts.get(places.get(name) ?? lacks(path, name, tensors))!
    return {
      name: path,
      tensors,
      metadata: Object.assign({}, ...[...parts.values()].map((part) => part.metadata)),
      read: async (name) => partOf(name).read(name),
      async all() {
        const found = new Map<string, StoredTensor>()
        for (const [part, file] of parts)
          for (const [name, tensor] of await file.all()) if (places.get(name) === part) found.set(name, tensor)
        return found
      },
      async pour(to) {
        for (const [part, file] of parts) await file.pour((name, info) => (places.get(name) === part ? to(name, info) : undefined))
      },
      map: (name) => partOf(name).map(name),
      sealed: [...parts.values()].some(({ sealed }) => sealed),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

function placesOf(path: string, parts: ReadonlyMap<string, SafetensorsFile>): Map<string, string> {
  const places = new Map<string, string>()
  for (const [part, { tensors }] of parts)
    for (const name of tensors.keys()) {
      const other = places.get(name)
      if (other !== undefined)
        throw new FileError(
          `cannot read ${path}: tensor ${JSON.stringify(name)} is both in ${other} and in ${part}. Name the file that is meant, or remove the other.`,
          path,
        )
      places.set(name, part)
    }
  return places
}
