/** Tensors read in the order of their bytes, each to where someone wants it, without a copy of the file in between. */
import type { ByteSource } from '../files.js'
import { feed } from './checksum.js'
import type { StoredInfo } from './stored.js'

/** Where the bytes of a tensor go: into memory of their number, to a function piece by piece, or nowhere. */
export type Reception = Uint8Array | ((piece: Uint8Array, at: number) => void) | undefined

/** Bytes read at once. */
const groupBytes = 1 << 22
/** Tensors smaller than this are read together (bytes). */
const smallBytes = 1 << 16

/** Bytes of a file to be read at once, and what is to be done with them. */
interface Piece {
  readonly begin: number
  readonly bytes: Uint8Array
  done(): void
}

/** What is read for the tensors that someone wants, or for all where `whole`: large ones into place, others through a buffer, small ones together. */
export function* piecesFor(
  tensors: ReadonlyMap<string, StoredInfo>,
  to: (name: string, info: StoredInfo) => Reception,
  whole: boolean,
): Generator<Piece> {
  // while one buffer is looked at the next is read
  const buffers: Uint8Array[] = []
  let turn = 0
  const buffer = (size: number): Uint8Array => {
    turn = 1 - turn
    buffers[turn] ??= new Uint8Array(groupBytes)
    return buffers[turn].subarray(0, size)
  }
  let group: { readonly begin: number; size: number; readonly parts: [info: StoredInfo, wanted: Reception][] } | undefined
  const grouped = function* (): Generator<Piece> {
    if (!group) return
    const { begin, size, parts } = group
    const bytes = buffer(size)
    const done = (): void => {
      for (const [info, wanted] of parts) deliver(wanted, bytes.subarray(info.begin - begin, info.begin - begin + info.size), 0)
    }
    group = undefined
    yield { begin, bytes, done }
  }
  for (const [name, info] of tensors) {
    const wanted = to(name, info)
    if (!wanted && !whole) {
      yield* grouped()
      continue
    }
    if (info.size < smallBytes) {
      if (group && group.size + info.size > groupBytes) yield* grouped()
      group ??= { begin: info.begin, size: 0, parts: [] }
      group.parts.push([info, wanted])
      group.size += info.size
      continue
    }
    yield* grouped()
    for (let at = 0; at < info.size; at += groupBytes) {
      const size = Math.min(groupBytes, info.size - at)
      const place = wanted instanceof Uint8Array ? wanted.subarray(at, at + size) : undefined
      const bytes = place ?? buffer(size)
      yield { begin: info.begin + at, bytes, done: () => void (place ?? deliver(wanted, bytes, at)) }
    }
  }
  yield* grouped()
}

function deliver(wanted: Reception, bytes: Uint8Array, at: number): void {
  if (wanted instanceof Uint8Array) wanted.set(bytes, at)
  else wanted?.(bytes, at)
}

/** Reads pieces, each while the one before is looked at. */
export async function receive(
  source: ByteSource,
  start: number,
  pieces: Iterable<Piece>,
  check: { update(bytes: Uint8Array): void } | undefined,
): Promise<void> {
  const take = async ({ bytes, done }: Piece): Promise<void> => {
    if (check) await feed(check, bytes)
    done()
  }
  let last: Piece | undefined
  for (const piece of pieces) {
    const reading = source.readInto(start + piece.begin, piece.bytes)
    try {
      if (last) await take(last)
    } finally {
      await reading
    }
    last = piece
  }
  if (last) await take(last)
}
