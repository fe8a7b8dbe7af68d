/** R data: serialised objects (XDR) as plain values: vectors, lists, factors and tables. */
import { HebbError } from '../../tensor/errors.js'

/** What an R object becomes; attributes such as names, levels and class stand beside its values. */
export interface RObject {
  readonly kind: 'list' | 'strings' | 'numbers' | 'integers' | 'logicals' | 'pairs' | 'null' | 'symbol' | 'other'
  /** elements of a list or pairlist; strings; numbers (NaN for missing); the name of a symbol */
  readonly values: readonly (RObject | string | number | undefined)[]
  /** tags of a pairlist, element by element */
  readonly tags?: readonly (string | undefined)[] | undefined
  readonly attributes: ReadonlyMap<string, RObject>
}

const none: ReadonlyMap<string, RObject> = new Map()
const missingInteger = -(2 ** 31)
/** Objects within objects beyond this depth are refused. */
const deepest = 200
/** Numbers that sequences (1:n, of which a file holds the ends alone) may have together. */
const mostInSequences = 1 << 24

/**
 * Reads one object as `saveRDS` or `save` write it, once unpacked: `X`, then big-endian items; a leading `RDX2` or `RDX3` line is skipped.
 * Throws HebbError for another format, an item of a kind that tables do not have (code, environments), or bytes that end too early.
 */
export function parseR(bytes: Uint8Array): RObject {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const decoder = new TextDecoder()
  const references: RObject[] = []
  let at = /^RDX[23]\n/.test(decoder.decode(bytes.subarray(0, 5))) ? 5 : 0
  if (bytes[at] !== 0x58 || bytes[at + 1] !== 0x0a)
    throw new HebbError('r: no serialised R object: it does not begin with X and a line end')
  at += 2
  const room = (size: number): number => {
    if (size < 0 || at + size > bytes.length) throw new HebbError(`r: ends after ${bytes.length} bytes, within an object`)
    at += size
    return at - size
  }
  const int = (): number => view.getInt32(room(4))
  const count = (): number => {
    const n = int()
    if (n < 0) throw new HebbError('r: vectors of more than 2³¹ elements are not read')
    return n
  }
  const several = <T>(n: number, size: number, read: (at: number) => T): T[] => {
    const start = room(n * size)
    return Array.from({ length: n }, (_, i) => read(start + i * size))
  }
  /** one after the other: a list is never made longer than the bytes that have come */
  const oneByOne = <T>(n: number, read: () => T): T[] => {
    if (n * 4 > bytes.length - at) throw new HebbError(`r: ends after ${bytes.length} bytes, within an object`)
    const found: T[] = []
    while (found.length < n) found.push(read())
    return found
  }
  const text = (): string | undefined => {
    const flags = int()
    if ((flags & 255) !== 9) throw new HebbError(`r: an item of type ${flags & 255} where a string should be`)
    const length = int()
    return length < 0 ? undefined : decoder.decode(bytes.subarray(room(length), at))
  }
  const vector = (kind: RObject['kind'], values: RObject['values'], flagged: boolean, depth: number): RObject => ({
    kind,
    values,
    attributes: flagged ? byTag(item(depth + 1)) : none,
  })
  const item = (depth: number): RObject => {
    if (depth > deepest) throw new HebbError(`r: objects are nested more than ${deepest} deep`)
    const flags = int()
    const type = flags & 255
    const flagged = (flags & 0x200) !== 0
    if (type === 254 || type === 251 || type === 242 || type === 253) return { kind: 'null', values: [], attributes: none }
    if (type === 1) {
      const symbol: RObject = { kind: 'symbol', values: [text()], attributes: none }
      references.push(symbol)
      return symbol
    }
    if (type === 255) {
      const known = references[(flags >> 8 || int()) - 1]
      if (!known) throw new HebbError('r: refers to an object that has not come yet')
      return known
    }
    if (type === 2) return pairlist(flags, depth)
    if (type === 10)
      return vector(
        'logicals',
        several(count(), 4, (p) => integerAt(view, p)),
        flagged,
        depth,
      )
    if (type === 13)
      return vector(
        'integers',
        several(count(), 4, (p) => integerAt(view, p)),
        flagged,
        depth,
      )
    if (type === 14)
      return vector(
        'numbers',
        several(count(), 8, (p) => view.getFloat64(p)),
        flagged,
        depth,
      )
    if (type === 16) return vector('strings', oneByOne(count(), text), flagged, depth)
    if (type === 19)
      return vector(
        'list',
        oneByOne(count(), () => item(depth + 1)),
        flagged,
        depth,
      )
    if (type === 238) {
      // a vector kept in a compact form: which one, how, its attributes
      const [info, state, attributes] = [item(depth + 1), item(depth + 1), item(depth + 1)]
      return compact(info, state, byTag(attributes), sequenceRoom)
    }
    throw new HebbError(`r: an item of type ${type}: only vectors, lists and tables are read`)
  }
  // numbers of sequences, which have no bytes of their own: one file cannot ask for more memory than a table would take
  let sequences = 0
  const sequenceRoom = (n: number): void => {
    sequences += n
    if (sequences > mostInSequences)
      throw new HebbError(
        `r: sequences of ${sequences} numbers, which have no bytes in the file: more than ${mostInSequences} are not read`,
      )
  }
  const pairlist = (first: number, depth: number): RObject => {
    const values: RObject[] = []
    const tags: (string | undefined)[] = []
    let attributes = none
    for (let flags = first; ; flags = int()) {
      if ((flags & 255) !== 2) break
      if (flags & 0x200) attributes = byTag(item(depth + 1))
      const tag = flags & 0x400 ? item(depth + 1) : undefined
      tags.push(tag?.kind === 'symbol' ? (tag.values[0] as string) : undefined)
      values.push(item(depth + 1))
    }
    return { kind: 'pairs', values, tags, attributes }
  }
  const version = int()
  room(8)
  if (version !== 2 && version !== 3) throw new HebbError(`r: format version ${version}: 2 and 3 are known`)
  if (version === 3) room(count())
  return item(0)
}

const integerAt = (view: DataView, at: number): number => {
  const value = view.getInt32(at)
  return value === missingInteger ? Number.NaN : value
}

const byTag = ({ values, tags = [] }: RObject): ReadonlyMap<string, RObject> =>
  new Map(values.flatMap((value, i): [string, RObject][] => (tags[i] !== undefined && typeof value === 'object' ? [[tags[i], value]] : [])))

function compact(info: RObject, state: RObject, attributes: ReadonlyMap<string, RObject>, room: (n: number) => void): RObject {
  const first = info.values[0]
  const name = typeof first === 'object' ? first.values[0] : undefined
  const [n, start, step] = state.values
  if (name !== 'compact_intseq' && name !== 'compact_realseq') throw new HebbError(`r: a vector in the form ${String(name)}: not read`)
  if (typeof n !== 'number' || typeof start !== 'number' || typeof step !== 'number' || !Number.isInteger(n) || n < 0)
    throw new HebbError(`r: a sequence of ${String(n)} numbers from ${String(start)} by ${String(step)}: damaged`)
  room(n)
  return { kind: 'numbers', values: Array.from({ length: n }, (_, i) => start + i * step), attributes }
}

/** A table's columns by name: numbers, or strings (the labels of a factor). Throws HebbError for what is no table. */
export function tableOfR(object: RObject): Map<string, readonly (string | number | undefined)[]> {
  const names = object.attributes.get('names')?.values
  if (object.kind !== 'list' || !names) throw new HebbError('r: no table: an object with named columns was expected')
  return new Map(
    object.values.map((column, i) => {
      if (typeof column !== 'object') throw new HebbError('r: no table: a column is no vector')
      const levels = column.attributes.get('levels')?.values as readonly string[] | undefined
      const values = column.values as readonly (string | number | undefined)[]
      return [String(names[i]), levels ? values.map((code) => levels[(code as number) - 1]) : values]
    }),
  )
}
