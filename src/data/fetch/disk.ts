/** Writing into the data folder: what the disk refuses is told with the cure, and nothing is written through links, which others may have put there. */
import { FileError, isRefusal, writeFailure } from '../../files/fileError.js'
import { writeWhole } from '../../files/node/whole.js'

const cure = 'Make room, or set HEBB_DATA to another folder.'

/** Runs file work on `path`; refusals of the disk come out as FileError. Another source of the same file would not help then. `told` is the cure. */
export async function onDisk<T>(path: string, work: () => Promise<T>, told = cure): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw isRefusal(error) && !(error instanceof FileError) ? writeFailure(path, error, { cure: told }) : error
  }
}

/** Writes a whole file in the place of whatever is there, a link too. Makes the folders. */
export const writeOwn = (path: string, content: string | Uint8Array): Promise<void> =>
  writeWhole(path, content, { follow: false, folders: true, cure })
