/** Loading a data set inside a recipe, with progress where it must be fetched first. */
import type { LoadOptions } from '../data/index.js'
import { progress } from '../train/progress.js'
import type { RecipeContext } from './recipe.js'

/** @example const { train, test } = await loading(context, 'MNIST', mnist) */
export async function loading<T>(context: RecipeContext<unknown>, name: string, load: (options: LoadOptions) => Promise<T>): Promise<T> {
  const bar = progress(context.stream, { label: name })
  try {
    return await load({
      signal: context.signal,
      onProgress: ({ bytes }) => bar.update({ done: bytes, label: `fetching ${name}, ${(bytes / 1e6).toFixed(1)} MB` }),
    })
  } finally {
    bar.done()
  }
}
