/** Examples in a parquet file, read by hyparquet, which is loaded when there is such a file. */
import { openSource } from '../../files/files.js'
import { HebbError } from '../../tensor/errors.js'
import type { Found } from './row.js'

/** The rows, named by file and row from 1, a row group of them in memory at a time. */
export async function* parquetRows(path: string): AsyncGenerator<Found, void, undefined> {
  const { parquetMetadataAsync, parquetReadObjects, compressors } = await reading(path)
  const source = await openSource(path)
  const file = {
    byteLength: source.size,
    async slice(from: number, to: number = source.size): Promise<ArrayBuffer> {
      const bytes = await source.read(from, to - from)
      return bytes.slice().buffer
    },
  }
  const told = async <T>(what: Promise<T>): Promise<T> => {
    try {
      return await what
    } catch (error) {
      throw new HebbError(`${path} is no parquet file that can be read: ${(error as Error).message}`, { cause: error })
    }
  }
  try {
    const metadata = await told(parquetMetadataAsync(file))
    let row = 0
    for (const group of metadata.row_groups) {
      const rowEnd = row + Number(group.num_rows)
      for (const example of await told(parquetReadObjects({ file, metadata, compressors, rowStart: row, rowEnd })))
        yield { where: `${path}, row ${++row}`, example: plain(example) }
    }
  } finally {
    await source.close()
  }
}

async function reading(path: string) {
  try {
    const [{ parquetMetadataAsync, parquetReadObjects }, { compressors }] = await Promise.all([
      import('hyparquet'),
      import('hyparquet-compressors'),
    ])
    return { parquetMetadataAsync, parquetReadObjects, compressors }
  } catch (error) {
    throw new HebbError(`${path} is a parquet file, for which hyparquet is needed: npm install hyparquet hyparquet-compressors`, {
      cause: error,
    })
  }
}

/** Whole numbers of 64 bits as numbers. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null || value instanceof Date || ArrayBuffer.isView(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plain(field)]))
}
