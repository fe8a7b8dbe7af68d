/** Which files of a folder are the weights of a model: one, those an index lists, or numbered parts. */
import { FileError } from '../fileError.js'
import { beside, inside, namesIn, readBytes } from '../files.js'
import { fieldsOf, TextError } from './fields.js'

/** Files that are to be read as one. */
export interface Contents {
  /** what messages call them together: the index, or the folder */
  readonly name: string
  /** paths */
  readonly parts: readonly string[]
  /** which of the parts has which tensor; undefined: whichever has it */
  readonly places?: ReadonlyMap<string, string> | undefined
}

const index = 'model.safetensors.index.json'
const numbered = /^(.+)-(\d+)-of-(\d+)\.safetensors$/
/** Weights as Python's pickle writes them. */
const pickled = /\.(bin|pt|pth|ckpt)$/

/** The weights of a folder. Throws FileError where there are none, or parts are missing. */
export async function contentsOf(folder: string): Promise<Contents> {
  const { files } = await namesIn(folder)
  if (files.includes('model.safetensors')) {
    const path = inside(folder, 'model.safetensors')
    return { name: path, parts: [path] }
  }
  if (files.includes(index)) return indexed(inside(folder, index))
  const all = files.filter((name) => name.endsWith('.safetensors'))
  const parts = all.filter((name) => numbered.test(name))
  const chosen = parts.length > 0 ? complete(folder, parts) : all
  if (chosen.length > 0)
    return { name: chosen.length === 1 ? inside(folder, chosen[0]!) : folder, parts: chosen.map((name) => inside(folder, name)) }
  const other = files.find((name) => pickled.test(name))
  if (other !== undefined) throw pickle(inside(folder, other))
  throw new FileError(`cannot read ${folder}: it holds neither model.safetensors nor ${index}. Name the file itself.`, folder, 'ENOENT')
}

/** The one set of numbered parts, whole and in order. */
function complete(folder: string, names: readonly string[]): string[] {
  const sets = new Map<string, string[]>()
  for (const name of names) {
    const [, stem, , count] = numbered.exec(name)!
    const key = `${stem}-…-of-${count}.safetensors`
    sets.set(key, [...(sets.get(key) ?? []), name])
  }
  const [[, found], second] = [...sets] as [[string, string[]], unknown]
  if (second)
    throw new FileError(
      `cannot read ${folder}: it holds several sets of parts: ${[...sets.keys()].join(', ')}. Keep one, or name an index of it.`,
      folder,
    )
  const [, stem, digits, count] = numbered.exec(found[0]!)!
  const wanted = Number(count)
  const at = (i: number): string => `${stem}-${String(i).padStart(digits!.length, '0')}-of-${count}.safetensors`
  const missing: string[] = []
  // a number that lies must not be counted to
  for (let i = 1; i <= wanted && missing.length <= found.length; i++) if (!found.includes(at(i))) missing.push(at(i))
  if (missing.length > 0) throw gone(folder, missing, wanted - found.length)
  if (found.length !== wanted)
    throw new FileError(`cannot read ${folder}: ${found.length} parts say that they are ${wanted}. Fetch them again.`, folder)
  return found
}

/** The error of parts that are not there. */
export const gone = (path: string, missing: readonly string[], count = missing.length): FileError =>
  new FileError(
    `cannot read ${path}: ${count === 1 ? 'a part is' : `${count} parts are`} missing: ${missing.slice(0, 5).join(', ')}${count > Math.min(5, missing.length) ? ', …' : ''}. Fetch what is missing into the same folder.`,
    path,
    'ENOENT',
  )

/** The error of weights in Python's own format. */
export const pickle = (path: string): FileError =>
  new FileError(
    `cannot read ${path}: it is written by Python's pickle, which can hold programs, and is not opened. Take a revision with safetensors, or write them in Python: ` +
      'AutoModelForCausalLM.from_pretrained(folder).save_pretrained(folder), in transformers.',
    path,
  )

/** What an index lists: its tensors, each in a file beside it. */
export async function indexed(path: string): Promise<Contents> {
  const listed = parseIndex(path, await readBytes(path))
  const places = new Map([...listed].map(([name, part]) => [name, beside(path, part)]))
  const { files } = await namesIn(beside(path, '.'))
  const parts = [...new Set(listed.values())]
  const missing = parts.filter((part) => !files.includes(part))
  if (missing.length > 0) throw gone(path, missing)
  return { name: path, parts: parts.map((part) => beside(path, part)), places }
}

/** `weight_map` of an index: tensor name → file beside the index. */
function parseIndex(path: string, bytes: Uint8Array): Map<string, string> {
  const say = (problem: string): never => {
    throw new FileError(`cannot read ${path}: ${problem}. Fetch it again.`, path)
  }
  let map: unknown
  const text = new TextDecoder().decode(bytes)
  if (/^\s*\[/.test(text)) return say('it has no weight_map')
  try {
    for (const [field, value] of fieldsOf(text)) if (field === 'weight_map') map = value
  } catch (error) {
    if (error instanceof TextError) return say(`it ${error.message}`)
    throw error
  }
  if (typeof map !== 'object' || map === null || Array.isArray(map)) return say('it has no weight_map')
  const places = new Map<string, string>()
  for (const [name, part] of Object.entries(map)) {
    // a name only: an index from elsewhere must not lead to other folders
    if (typeof part !== 'string' || !/^[^/\\:\0]+$/.test(part) || /^\.+$/.test(part))
      say(`its weight_map gives tensor ${JSON.stringify(name)} the file ${JSON.stringify(part)}, which is no name of a file beside it`)
    places.set(name, part)
  }
  return places
}
