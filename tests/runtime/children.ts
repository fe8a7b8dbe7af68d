/** Situations that may end the process run in one of its own: its death is a failure with a name. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** Something to try; what is wrong with its outcome is given back, or thrown. */
export interface Situation {
  readonly name: string
  run(): Promise<string | undefined> | string | undefined
}

/** How a situation ended; without a problem it went well. */
export interface Outcome {
  readonly name: string
  readonly problem: string | undefined
}

/** milliseconds after which a situation counts as one that never ends */
const patience = 120_000

/** Runs all situations of a module, which exports them as a function `situations`. A situation that ends the process is noted, and those after it run in another one. */
export async function outcomesOf(module: URL, env: Readonly<Record<string, string>> = {}): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (;;) {
    const open = await runFrom(module, outcomes, env)
    if (open === undefined) return outcomes
    outcomes.push(open)
  }
}

/** Appends outcomes until the process ends; the situation that ended it, if one did. */
async function runFrom(module: URL, outcomes: Outcome[], env: Readonly<Record<string, string>>): Promise<Outcome | undefined> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', fileURLToPath(new URL('./child.ts', import.meta.url)), module.href, `${outcomes.length}`],
    {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let name: string | undefined
  let hung = false
  const wait = (): NodeJS.Timeout =>
    setTimeout(() => {
      hung = true
      child.kill('SIGKILL')
    }, patience)
  let timer = wait()
  let errors = ''
  child.stderr.on('data', (piece) => {
    errors = (errors + piece).slice(-2000)
  })
  const ended = new Promise<string>((resolve) => {
    child.on('close', (code, signal) => resolve(signal ?? `exit code ${code}`))
  })
  for await (const line of createInterface({ input: child.stdout })) {
    clearTimeout(timer)
    timer = wait()
    const said = JSON.parse(line) as { name?: string; problem?: string | null }
    if (said.name !== undefined) name = said.name
    else {
      outcomes.push({ name: name!, problem: said.problem ?? undefined })
      name = undefined
    }
  }
  const how = await ended
  clearTimeout(timer)
  if (name !== undefined) return { name, problem: hung ? 'never ends' : `ended the process: ${how} ${errors}`.trim() }
  if (how !== 'exit code 0') throw new Error(`${module.pathname} ended with ${how}: ${errors}`)
  return undefined
}
