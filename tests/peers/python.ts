/** A Python with the libraries Hebb exchanges files with: named by HEBB_PEERS_PYTHON, and skipped with a word where there is none. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'vitest'

const python = process.env.HEBB_PEERS_PYTHON

/** How many are drawn of each kind, and from which seed. */
export const [drawn, seed] = [process.env.HEBB_PEERS_COUNT ?? '25', process.env.HEBB_PEERS_SEED ?? '0']

/** Runs a script of this folder. Throws what it says last where it fails. */
function script(name: string, ...args: string[]): void {
  const run = spawnSync(python!, [fileURLToPath(new URL(name, import.meta.url)), ...args], { encoding: 'utf8', maxBuffer: 1 << 28 })
  if (run.status !== 0) throw new Error(`${name}: ${run.error?.message ?? run.stderr.slice(-2000)}`)
}

/** A test beside Python: `make` is given a folder, and what runs a script in it. */
export function beside(name: string, run: (folder: string, script: (name: string, ...args: string[]) => void) => Promise<void>): void {
  if (python === undefined)
    test(name, ({ skip }) => skip('HEBB_PEERS_PYTHON names no Python with transformers 5.18, PEFT 0.21 and tokenizers 0.23'))
  else test(name, { timeout: 3_600_000 }, () => run(mkdtempSync(join(tmpdir(), 'hebb-peers-')), script))
}

/** The cases in a folder: N.json or N.ending.json. */
export const casesIn = <T>(folder: string, ending = 'json'): [string, T][] =>
  readdirSync(folder)
    .filter((file) => new RegExp(`^\\d+\\.${ending.replace('.', '\\.')}$`).test(file))
    .map((file) => [file.split('.')[0]!, JSON.parse(readFileSync(join(folder, file), 'utf8')) as T])

/** The largest difference as a share of the largest number, or of 1. */
export function apart(got: ArrayLike<number>, want: ArrayLike<number>): number {
  if (got.length !== want.length) return Number.POSITIVE_INFINITY
  let [worst, most] = [0, 1]
  for (let i = 0; i < got.length; i++) {
    worst = Math.max(worst, Math.abs(got[i]! - want[i]!))
    most = Math.max(most, Math.abs(want[i]!))
  }
  return worst / most
}
