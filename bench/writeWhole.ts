/** Files that are never seen half written, whoever else writes them at the same time. */
import { renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Writes a file beside its place and moves it there. */
export function writeWhole(path: string, text: string): void {
  const temporary = join(dirname(path), `.${process.pid}.tmp`)
  writeFileSync(temporary, text)
  renameSync(temporary, path)
}
