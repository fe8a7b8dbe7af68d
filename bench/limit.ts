/** What the machine can do at most: the rate of a large matrix product, and of memory. */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { type Peer, type RunOptions, runWork } from './run.js'
import { bytesOf, flopsOf } from './works/cost.js'
import { matmul } from './works/matmul.js'
import type { Work } from './works/work.js'

/** The machine's rates, per millisecond. */
export interface Limit {
  /** operations of the fastest library's product of 1024 × 1024 matrices */
  readonly flops: number
  /** bytes read and written while every thread copies arrays far larger than the caches */
  readonly bytes: number
  /** the library with the fastest product */
  readonly by: string
}

/** Measures both rates. Throws when no library gave a product. */
export async function measureLimit(peers: readonly Peer[], options: RunOptions): Promise<Limit> {
  const { results } = await runWork(matmul, peers, options)
  if (!results.length) throw new Error('--limit: no library here could multiply two matrices')
  const fastest = results.reduce((a, b) => (b.step.median < a.step.median ? b : a))
  return { flops: flopsOf(matmul)! / fastest.step.median, bytes: await copyRate(options.threads, 500), by: fastest.peer }
}

/** Measures again with the library that was the fastest, and keeps the higher of each rate: a slow minute is not what the machine can do. */
export async function raiseLimit(limit: Limit, peers: readonly Peer[], options: RunOptions): Promise<Limit> {
  const again = await measureLimit(
    peers.filter(({ name }) => name === limit.by),
    options,
  )
  return { ...limit, flops: Math.max(limit.flops, again.flops), bytes: Math.max(limit.bytes, again.bytes) }
}

/** Share of the limit a call of `ms` milliseconds reaches; undefined for works that are neither products nor memory. Above 1 where weights stay in the caches. */
export function shareOf({ flops, bytes }: Limit, work: Work, ms: number): number | undefined {
  const [operations, moved] = [flopsOf(work), bytesOf(work)]
  if (operations !== undefined) return operations / ms / flops
  return moved === undefined ? undefined : moved / ms / bytes
}

const copier = `
const { parentPort, workerData } = require('node:worker_threads')
const [from, to] = [new Float32Array(1 << 24).fill(1), new Float32Array(1 << 24)]
to.set(from)
let copies = 0
const start = performance.now()
while (performance.now() - start < workerData) { to.set(from); copies++ }
parentPort.postMessage((copies * 2 * from.byteLength) / (performance.now() - start))
`

/** Bytes per millisecond of all threads together. */
async function copyRate(threads: number, ms: number): Promise<number> {
  const workers = Array.from({ length: threads }, () => new Worker(copier, { eval: true, workerData: ms }))
  const rates = await Promise.all(workers.map(async (worker) => ((await once(worker, 'message')) as [number])[0]))
  return rates.reduce((a, b) => a + b, 0)
}
