/** A folder of adapters: those in it are served, and what comes, changes and goes is noticed. */
import { adapterFolders } from '../listening.js'
import type { ServedAdapters } from './adapters.js'

/** milliseconds between two looks */
const pause = 1000

const nameOf = (path: string): string => path.split(/[\\/]/).at(-1)!

/**
 * Loads the adapters of a folder, each by the name of its own folder, and follows what happens there; the function ends that. One that cannot be loaded is told to
 * `log`, and left out until it changes; the others are served. Throws HebbError where the folder itself is not there.
 */
export async function watchFolder(
  adapters: ServedAdapters,
  folder: string,
  base: string,
  log: (error: unknown) => void,
): Promise<() => void> {
  let known: ReadonlyMap<string, string> = new Map()
  const look = async (): Promise<void> => {
    const found = await adapterFolders(folder)
    for (const path of known.keys()) if (!found.has(path) && adapters.get(nameOf(path))?.folder === path) adapters.drop(nameOf(path))
    for (const [path, stamp] of found) {
      if (known.get(path) === stamp) continue
      if (nameOf(path) === base) log(new Error(`serve: the adapter ${path} is called as the model is: rename its folder`))
      else await adapters.load(nameOf(path), path).catch(log)
    }
    known = found
  }
  await look()
  let timer: ReturnType<typeof setTimeout> | undefined
  const later = (): void => {
    timer = setTimeout(
      () =>
        look()
          .catch(log)
          .finally(() => timer && later()),
      pause,
    )
  }
  later()
  return () => {
    clearTimeout(timer)
    timer = undefined
  }
}
