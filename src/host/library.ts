/** C libraries in Node: koffi is set up once, before the first of them is loaded, whichever that is. */
import koffi from 'koffi'
import { HebbError } from '../tensor/errors.js'

/** Koffi calls C on stacks of its own; 128 kB, its default off the main thread, is less than ONNX Runtime's kernels may take. */
const stacks = { sync_stack_size: 8 << 20, async_stack_size: 2 << 20 }
let set = false

/**
 * Loads a C library; hold it, as koffi unloads one that nobody holds. Throws HebbError where other code has set koffi up with too small stacks, and koffi's
 * error where there is no such library.
 */
export function openLibrary(file: string): ReturnType<typeof koffi.load> {
  try {
    if (!set) koffi.config(stacks)
    set = true
  } catch (cause) {
    // Refused once any library was loaded in this thread: fine if whoever did it left enough room.
    if ((koffi.config().async_stack_size ?? 0) < 1 << 20)
      throw new HebbError(
        'koffi was set up by other code with too small stacks for ONNX Runtime: load hebb first, or call koffi.config({ async_stack_size: 2 ** 21 }) before the first koffi.load',
        { cause },
      )
  }
  return koffi.load(file)
}

type Library = ReturnType<typeof koffi.load>
/** Held, as koffi unloads a library that nobody holds. */
let system: Library | undefined

/** A function of the system's C library, by its declaration in C; undefined where there is no such library, as on Windows or with musl, or no such function. */
export function systemFunction(declaration: string): ReturnType<Library['func']> | undefined {
  const file = { linux: 'libc.so.6', darwin: 'libSystem.B.dylib' }[process.platform as string]
  if (file === undefined) return undefined
  try {
    system ??= openLibrary(file)
    return system.func(declaration)
  } catch {
    return undefined
  }
}
