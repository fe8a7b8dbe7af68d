/** A pool of processes on this machine that make trials (a Node seam). */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { HebbError } from '../../tensor/errors.js'
import type { Processes, ProcessOptions } from './processes.js'
import type { Score, Trial } from './sweep.js'

/** What goes to a worker. */
export interface Asked {
  readonly module: string
  readonly settings: Parameters<Trial>[0]
  readonly context: Omit<Parameters<Trial>[1], 'signal'>
}

/** What comes back. */
export interface Answered {
  readonly score?: Score | undefined
  readonly error?: string | undefined
}

/** `processes` with Node's child processes. */
export function nodeProcesses(module: URL | string, { node = process.execArgv }: ProcessOptions = {}): Processes {
  const own = import.meta.url
  const worker = fileURLToPath(new URL(own.endsWith('.ts') ? './worker.ts' : './worker.js', own))
  const [idle, all] = [new Set<ChildProcess>(), new Set<ChildProcess>()]
  const start = (): ChildProcess => {
    const child = fork(worker, { execArgv: [...node], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    all.add(child)
    child.once('exit', () => {
      all.delete(child)
      idle.delete(child)
    })
    return child
  }
  return {
    async trial(settings, { signal, ...context }) {
      const child = idle.values().next().value ?? start()
      idle.delete(child)
      const { score, error } = await ask(child, { module: String(module), settings, context }, signal)
      if (child.connected) idle.add(child)
      if (score === undefined) throw new HebbError(error ?? 'the worker gave no score')
      return score
    },
    close() {
      for (const child of all) child.kill('SIGKILL')
    },
  }
}

/** One question to a process; its death is an answer too. */
function ask(child: ChildProcess, asked: Asked, signal: AbortSignal): Promise<Answered> {
  return new Promise((resolve) => {
    let said = ''
    const hear = (chunk: Buffer): void => {
      said = (said + chunk.toString()).slice(-2000)
    }
    const stop = (): void => void (child.connected && child.send('stop'))
    const end = (answer: Answered): void => {
      child.off('message', answered)
      child.off('exit', died)
      child.stderr?.off('data', hear)
      signal.removeEventListener('abort', stop)
      resolve(answer)
    }
    const answered = (message: Answered): void => end(message)
    const died = (code: number | null, by: string | null): void =>
      end({ error: `its process ended (${by ?? `code ${code}`}): ${said.trim().split('\n').at(-1) ?? ''}` })
    child.on('message', answered)
    child.on('exit', died)
    child.stderr?.on('data', hear)
    signal.addEventListener('abort', stop)
    child.send(asked)
    if (signal.aborted) stop()
  })
}
