/** The peers that run in Node as plain JavaScript: what runs TypeScript directly would count as their memory, some 70 MB. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { writeWhole } from '../../src/files/node/whole.js'

const here = dirname(fileURLToPath(import.meta.url))
// beside the sources, so that paths from there to other files stay right
const own = join(here, '../plain-peers')

/** Writes every file of this folder, or of the same one in another checkout, as JavaScript; where it lies. */
export async function plainPeers(checkout?: string): Promise<string> {
  const from = checkout === undefined ? here : join(checkout, 'bench/peers')
  const folder = checkout === undefined ? own : `${own}-before`
  for (const file of readdirSync(from).filter((name) => name.endsWith('.ts'))) {
    const { outputText } = ts.transpileModule(readFileSync(join(from, file), 'utf8'), {
      fileName: file,
      compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ES2022, verbatimModuleSyntax: true },
    })
    await writeWhole(join(folder, file.replace(/ts$/, 'js')), outputText, { folders: true })
  }
  return folder
}
