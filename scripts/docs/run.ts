/** Checks and runs every example of some pages; what fails is named by page and line. */
import { fork } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type Example, examplesOf } from './blocks.js'
import type { Order, Verdict } from './child.js'
import { instrument } from './instrument.js'
import { typeProblems } from './types.js'

/** One example and what is wrong with it, as lines `page:line: message`; nothing wrong, no lines. */
export interface Outcome {
  readonly example: Example
  readonly problems: readonly string[]
}

/** `timeout` in milliseconds is for all examples of one page together. */
export interface RunOptions {
  readonly root: string
  readonly pages: readonly string[]
  readonly timeout?: number | undefined
}

/** Type-checks all examples at once, then runs each page in a process of its own. */
export async function runPages({ root, pages, timeout = 120_000 }: RunOptions): Promise<Outcome[]> {
  mkdirSync(join(root, 'runs'), { recursive: true })
  const folder = mkdtempSync(join(root, 'runs/.docs-'))
  try {
    const examples = pages.flatMap((page) => examplesOf(root, page))
    const plain = examples.map((example, i) => write(folder, `types-${i}.ts`, `${example.code}\nexport {}\n`))
    const problems = new Map<Example, string[]>(examples.map((example) => [example, []]))
    const say = (example: Example, line: number, message: string): number =>
      problems.get(example)!.push(`${example.page}:${line}: ${message}`)
    for (const { file, line, message } of plain.length ? typeProblems(root, plain) : []) say(examples[plain.indexOf(file)]!, line, message)
    for (const page of pages) {
      const own = examples.filter((example) => example.page === page && !problems.get(example)!.length)
      const home = pathToFileURL(join(root, 'src')).href
      const files = own.map((example, i) => write(folder, `run-${pages.indexOf(page)}-${i}.ts`, instrument(example.code, home)))
      if (!files.length) continue
      const heard = await runFiles({ files, folder: join(folder, `work-${pages.indexOf(page)}`) }, timeout)
      own.forEach((example, i) => {
        const found = heard.verdicts.find(({ index }) => index === i)
        if (found?.error) say(example, found.error.line ?? example.line, found.error.message)
        else if (!found) say(example, example.line, heard.end)
      })
    }
    return examples.map((example) => ({ example, problems: problems.get(example)! }))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function write(folder: string, name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

/** Runs modules in a child; `end` says how the child ended, for those it gave no verdict on. */
function runFiles(order: Order, timeout: number): Promise<{ verdicts: Verdict[]; end: string }> {
  return new Promise((resolve) => {
    const verdicts: Verdict[] = []
    const child = fork(fileURLToPath(new URL('child.ts', import.meta.url)), {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...process.env, NODE_OPTIONS: '' },
    })
    let complaints = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      complaints += chunk.toString()
    })
    let late = false
    const timer = setTimeout(() => {
      late = true
      child.kill('SIGKILL')
    }, timeout)
    child.on('message', (verdict: Verdict) => verdicts.push(verdict))
    child.on('exit', (code, signal) => {
      clearTimeout(timer)
      const how = late ? `not done within ${timeout / 1000} s` : `its process ended with ${signal ?? `code ${code}`}`
      resolve({ verdicts, end: complaints && !late ? `${how}\n${complaints.slice(-2000)}` : how })
    })
    child.send(order)
  })
}
