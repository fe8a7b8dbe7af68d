/** Ids of tokens in a file, one after the other as 16 or 32 bits: written as they come, read in ranges, never in memory as a whole. */
import { type ByteSource, openSource, writeAtomic } from '../../files/files.js'
import { HebbError } from '../../tensor/errors.js'

/** Tokens that lie somewhere, read in ranges. */
export interface Tokens {
  /** how many */
  readonly length: number
  /** `count` ids from place `at` on */
  read(at: number, count: number): Promise<Int32Array>
}

/** An open file of tokens. */
export interface TokenFile extends Tokens {
  readonly path: string
  close(): Promise<void>
}

/** Bytes of an id: two where all ids of the vocabulary fit. */
const widthFor = (vocabulary: number): 2 | 4 => (vocabulary <= 1 << 16 ? 2 : 4)

/**
 * Writes ids to a file as they come: unsigned, least byte first, 2 bytes each for vocabularies up to 65,536 and 4 beyond, without a header, as nanoGPT's
 * train.bin. The file is whole or not there. Gives how many there were.
 *
 * @throws FileError where the disk refuses; HebbError for an id outside the vocabulary; what `ids` throws
 */
export async function writeTokens(
  path: string,
  ids: AsyncIterable<Int32Array> | Iterable<Int32Array>,
  { vocabulary }: { readonly vocabulary: number },
): Promise<number> {
  let count = 0
  async function* bytes(): AsyncGenerator<Uint8Array> {
    for await (const some of ids) {
      const wrong = some.findIndex((id) => id < 0 || id >= vocabulary)
      if (wrong >= 0) throw new HebbError(`writeTokens: id ${some[wrong]} is not in 0 … ${vocabulary - 1}`)
      const packed = widthFor(vocabulary) === 2 ? Uint16Array.from(some) : Uint32Array.from(some)
      count += some.length
      yield new Uint8Array(packed.buffer)
    }
  }
  await writeAtomic(path, bytes())
  return count
}

/** Opens a file that `writeTokens` wrote for the same vocabulary. Throws FileError where there is none, HebbError where it holds no whole ids. */
export async function openTokens(path: string, { vocabulary }: { readonly vocabulary: number }): Promise<TokenFile> {
  const source = await openSource(path)
  const width = widthFor(vocabulary)
  if (source.size % width !== 0) {
    await source.close()
    throw new HebbError(`${path}: ${source.size} bytes are no whole number of ids of ${width} bytes each: write it anew`)
  }
  return { path, length: source.size / width, read: reader(source, width), close: () => source.close() }
}

const reader =
  (source: ByteSource, width: 2 | 4): Tokens['read'] =>
  async (at, count) => {
    const bytes = await source.read(at * width, count * width)
    return Int32Array.from(width === 2 ? new Uint16Array(bytes.buffer) : new Uint32Array(bytes.buffer))
  }

/** Ids in memory as tokens. */
export const tokensOf = (ids: Int32Array): Tokens => ({
  length: ids.length,
  read: async (at, count) => ids.slice(at, at + count),
})
