/** All rows of cases, by family. */
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Row } from './row.js'

const folder = fileURLToPath(new URL('./cases', import.meta.url))

/** Names of the families: the files of cases/. */
export const families = readdirSync(folder).flatMap((f) => (f.endsWith('.ts') ? [f.slice(0, -3)] : []))

/** The rows of each family, in the order of `families`. */
export const rowsOf = (family: string): Promise<readonly Row[]> =>
  (import(`./cases/${family}.ts`) as Promise<{ rows: readonly Row[] }>).then((m) => m.rows)
