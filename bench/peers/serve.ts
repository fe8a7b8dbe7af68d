/** The child's side of the protocol, for libraries that run in Node. */
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Work } from '../works/work.js'
import type { Answers, Refusal, Request } from './protocol.js'

/** One call of a work, its result read; gives the loss, or a number of the result. */
export type Step = () => number | Promise<number>

/** A library: its version, and how it does a work. `begin` throws for a work it has no means for. */
export interface Library {
  readonly version: string
  begin(work: Work, threads: number): Step | Promise<Step>
}

/** The most memory this process ever had. On Linux the usual count begins with that of the process which started this one, the bench itself. */
function peakMb(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS / 1024
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]) / 1024
}

/** Answers requests from standard input until it ends. Whatever the library prints goes to the error output. */
export async function serve(open: () => Promise<Library>): Promise<void> {
  console.log = console.error
  console.info = console.error
  let step: Step | undefined
  const answer = async (request: Request): Promise<Answers[Request['do']]> => {
    if (request.do === 'memory') return { peakMb: peakMb() }
    if (request.do === 'setup') {
      const library = await open()
      const start = performance.now()
      step = await library.begin(request.work, request.threads)
      const value = await step()
      return { version: library.version, firstCallMs: performance.now() - start, value }
    }
    if (!step) throw new Error('step before setup')
    const ms: number[] = []
    let value = Number.NaN
    for (let i = 0; i < request.n; i++) {
      const start = performance.now()
      value = await step()
      ms.push(performance.now() - start)
    }
    return { ms, value }
  }
  for await (const line of createInterface({ input: process.stdin })) {
    const said = await answer(JSON.parse(line) as Request).catch(
      (error: unknown): Refusal => ({ error: error instanceof Error ? error.message : String(error) }),
    )
    process.stdout.write(`${JSON.stringify(said)}\n`)
  }
}

/** Numbers in [0, 1), the same on every run: what the batches of Node's peers are made of. */
export function randomNumbers(count: number, seed = 1): Float32Array<ArrayBuffer> {
  const numbers = new Float32Array(count)
  let state = seed >>> 0
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    numbers[i] = (state >>> 8) / 2 ** 24
  }
  return numbers
}

/** Whole numbers in [0, below), the same on every run. */
export const randomIds = (count: number, below: number, seed = 1): Int32Array<ArrayBuffer> =>
  Int32Array.from(randomNumbers(count, seed), (x) => Math.floor(x * below))

/**
 * What a call of a language model gives: first −log p of the likeliest token, which is to be equal for all libraries; later, where it would only take time,
 * the score of one token.
 */
export function surprise(): (scores: Float32Array) => number {
  let isFirst = true
  return (scores) => {
    if (!isFirst) return scores[0]!
    isFirst = false
    const most = scores.reduce((a, b) => Math.max(a, b))
    return Math.log(scores.reduce((sum, score) => sum + Math.exp(score - most), 0))
  }
}

/** Batches that take turns, so that no library can learn one by heart in its caches. */
export const POOL = 4

/** Goes round a list. */
export function turns<T>(items: readonly T[]): () => T {
  let next = 0
  return () => items[next++ % items.length]!
}
