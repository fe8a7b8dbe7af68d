/** Trials in processes of their own, where there are such things. */
import { HebbError } from '../../tensor/errors.js'
import type { Trial } from './sweep.js'

/** Settings of `processes`. */
export interface ProcessOptions {
  /** flags for node in each of them, such as `['--import', 'tsx']` for TypeScript; default those of this process */
  readonly node?: readonly string[] | undefined
}

/** A trial made elsewhere, and how to end the processes behind it. */
export interface Processes {
  readonly trial: Trial
  /** ends all processes; trials under way fail */
  close(): void
}

let make: typeof processes | undefined

/** Names what makes processes. */
export function useProcesses(m: typeof processes): void {
  make = m
}

/**
 * The trial that a module exports by the name `trial`, made in processes of its own: one for every trial at a time, kept for the next.
 * Each has its own ONNX Runtime and memory. When this process ends, however it ends, they end too; one that dies fails its trial only.
 *
 * @example
 * const { trial, close } = processes(new URL('./trial.js', import.meta.url))
 * for await (const t of sweep(trial, { lr: [1e-3, 1e-2] }, { workers: 2, journal: 'sweep.jsonl' })) console.log(t.score)
 * close()
 */
export function processes(module: URL | string, options: ProcessOptions = {}): Processes {
  if (!make) throw new HebbError('processes: there are none here: import from \'hebb\', under the condition of where it runs ("node")')
  return make(module, options)
}
