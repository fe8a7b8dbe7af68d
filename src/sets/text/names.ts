/** Names: 32,033 first names, the small list for models that spell [Karpathy 2022]. */
import type { LoadOptions } from '../../data/fetch/obtain.js'
import { obtain, webSource } from '../../data/fetching.js'

const file = { name: 'names.txt', size: 228_145, checksum: { md5: '401b3c4cac9e28a586ed15e81256680d' } }
const sources = [webSource({ [file.name]: 'https://raw.githubusercontent.com/karpathy/makemore/master/names.txt' })]

/**
 * 32,033 names in lower case a to z, 2 to 15 letters, the commonest first; 29,494 different ones. Fetched once (0.2 MB). Throws what `obtain` throws.
 *
 * @example const [train, validation, test] = divide(await names(), [0.8, 0.1, 0.1], { together: (name) => name })
 */
export async function names(options: LoadOptions = {}): Promise<string[]> {
  const [bytes] = await obtain({ ...options, name: 'names', files: [file], sources })
  return new TextDecoder()
    .decode(bytes)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}
