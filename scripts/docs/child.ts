/** The process in which the examples of one page run, one after the other, each in an empty folder of its own. */
import '../../src/entry/node.js'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { format } from 'node:util'
import { agrees, textOf } from './claim.js'

/** What the parent asks for: modules to run, and a folder to run them in. */
export interface Order {
  readonly files: readonly string[]
  readonly folder: string
}

/** What the parent hears of each example. */
export interface Verdict {
  readonly index: number
  /** undefined when all went well */
  readonly error?: { readonly line?: number | undefined; readonly message: string } | undefined
}

/** A claim of the page that does not hold. */
class ClaimError extends Error {
  constructor(
    readonly line: number,
    said: string,
    value: unknown,
  ) {
    super(`the page says ${said}\n  but it gives ${textOf(value)}`)
  }
}

let lines: string[] | undefined
const print = console.log
console.log = (...values: unknown[]): void => {
  if (lines) lines.push(format(...values))
}

Object.assign(globalThis, {
  claimed: async (line: number, said: string, value: () => unknown): Promise<void> => {
    const got = await value()
    if (!agrees(got, said)) throw new ClaimError(line, said, got)
  },
  printed: {
    begin: (): void => {
      lines = []
    },
    end: (line: number, said: string): void => {
      const got = (lines ?? []).join('\n')
      lines = undefined
      if (!agrees(got, said)) throw new ClaimError(line, said, got)
    },
  },
})

const lineIn = (file: string, error: Error): number | undefined => {
  const found = (error.stack ?? '').split('\n').find((row) => row.includes(file))
  return Number(/:(\d+):\d+\)?$/.exec(found ?? '')?.[1]) || undefined
}

async function run(order: Order): Promise<void> {
  for (const [index, file] of order.files.entries()) {
    const folder = join(order.folder, String(index))
    mkdirSync(folder, { recursive: true })
    process.chdir(folder)
    lines = undefined
    let verdict: Verdict = { index }
    try {
      await import(pathToFileURL(file).href)
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown))
      const line = error instanceof ClaimError ? error.line : lineIn(file, error)
      const message = error instanceof ClaimError ? error.message : `${error.name}: ${error.message}`
      verdict = { index, error: line === undefined ? { message } : { line, message } }
    }
    process.send?.(verdict)
  }
}

process.on('uncaughtException', (error) => {
  print(error)
  process.exit(1)
})
process.once('message', (order: Order) => void run(order).then(() => process.disconnect()))
