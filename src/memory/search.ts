/** Exact search among many keys in bounded memory: products chunk by chunk, while the scores of the chunk before are looked through. */
import { placeholder } from '../graph/leaf.js'
import { type Kernels, kernels } from '../kernels/kernels.js'
import { newMemory } from '../kernels/webassembly.js'
import { linear } from '../ops/products/matmul.js'
import { BoundProgram } from '../runtime/bound.js'
import type { Tensor } from '../tensor/tensor.js'
import type { MemoryDistance } from './nearest.js'
import { BestOfRows, type Neighbours } from './neighbours.js'

/** Keys to search in. */
export interface SearchedKeys {
  /** (S, D) or longer */
  readonly keys: Float32Array
  /** what is added to q·k so that the highest is the nearest: −|k|²/2, or 0; (S) or longer */
  readonly offsets: Float32Array
  readonly width: number
  readonly distance: MemoryDistance
  /** first slot, and the one after the last */
  readonly from: number
  readonly to: number
}

/** How a search goes. */
export interface SearchOptions {
  /** ends the search with the signal's reason */
  readonly signal?: AbortSignal | undefined
  /** after each block of queries: how many are done */
  readonly onProgress?: ((done: number) => void) | undefined
}

/** Queries and keys that are compared at once: 2 × 16 MB of scores. */
const blockRows = 512
const chunkSlots = 8192

/** One run: the scores of a block of queries against one chunk of keys. */
interface Chunk {
  readonly first: number
  readonly slots: number
  /** (rows, slots), in the kernels' memory */
  readonly scores: Float32Array
  run(): Promise<void>
}

/** Programs that score a block of queries against every chunk of keys, into two places in turn: one is read while the other is written. */
class Scorer {
  readonly query: Float32Array
  readonly kernels: Kernels
  readonly chunks: readonly Chunk[]
  readonly #programs: BoundProgram[] = []

  constructor(
    { keys, offsets, width, from, to }: SearchedKeys,
    readonly rows: number,
  ) {
    const widest = Math.min(chunkSlots, to - from)
    const memory = newMemory(2 * 4 * rows * widest)
    this.kernels = kernels(memory)
    this.query = new Float32Array(rows * width)
    this.chunks = Array.from({ length: Math.ceil((to - from) / chunkSlots) }, (_, i) => {
      const first = from + i * chunkSlots
      const slots = Math.min(chunkSlots, to - first)
      const scores = new Float32Array(memory.buffer, (i % 2) * 4 * rows * widest, rows * slots)
      const shapes = [[rows, width], [slots, width], [slots]]
      const [query, key, offset] = shapes.map((shape) => placeholder(shape, 'f32')) as [Tensor, Tensor, Tensor]
      const lent = [this.query, keys.subarray(first * width, (first + slots) * width), offsets.subarray(first, first + slots)]
      const program = new BoundProgram([query, key, offset], [linear(query, key, offset)])
      program.slots.splice(0, lent.length, ...lent)
      program.results[0] = scores
      this.#programs.push(program)
      return { first, slots, scores, run: () => program.run() }
    })
  }

  release(): void {
    for (const program of this.#programs) program.release()
  }
}

/** The k nearest of the slots for each of `count` queries (count, D). Distances are computed once more from the vectors themselves. */
export async function searchKeys(
  searched: SearchedKeys,
  queries: Float32Array,
  k: number,
  { signal, onProgress }: SearchOptions = {},
): Promise<Neighbours> {
  const { width } = searched
  const count = queries.length / width
  const rows = Math.min(blockRows, count)
  const found: Neighbours = { queries: count, k, distances: new Float32Array(count * k), indices: new Int32Array(count * k) }
  if (count === 0) return found
  const scorer = new Scorer(searched, rows)
  const best = new BestOfRows(rows, k)
  try {
    for (let start = 0; start < count; start += rows) {
      signal?.throwIfAborted()
      const here = Math.min(rows, count - start)
      scorer.query.set(queries.subarray(start * width, (start + here) * width))
      await scoreBlock(scorer, best, here)
      for (let row = 0; row < here; row++) settle(searched, queries, start + row, best.ids.subarray(row * k, (row + 1) * k), found)
      onProgress?.(start + here)
    }
  } finally {
    scorer.release()
  }
  return found
}

/** Fills `best` for the queries that stand in the scorer; rows from `here` on are left over from earlier and not looked at. */
async function scoreBlock({ chunks, kernels: { firstAbove } }: Scorer, best: BestOfRows, here: number): Promise<void> {
  best.clear()
  let running = chunks[0]!.run()
  for (const [i, { first, slots, scores }] of chunks.entries()) {
    await running
    running = chunks[i + 1]?.run() ?? Promise.resolve()
    for (let row = 0; row < here; row++) {
      const at = scores.byteOffset + 4 * row * slots
      for (let s = firstAbove(at, slots, 0, best.least[row]!); s < slots; s = firstAbove(at, slots, s + 1, best.least[row]!))
        best.push(row, scores[row * slots + s]!, first + s)
    }
  }
}

/** Puts the chosen slots of one query in order, by distances computed from the vectors: products lose the digits of small ones. */
function settle(
  { keys, width, distance }: SearchedKeys,
  queries: Float32Array,
  q: number,
  ids: Int32Array,
  { k, ...found }: Neighbours,
): void {
  const query = queries.subarray(q * width, (q + 1) * width)
  const measured = new Float32Array(k)
  for (let n = 0; n < k; n++) {
    const base = ids[n]! * width
    let sum = 0
    if (distance === 'dot') for (let d = 0; d < width; d++) sum -= query[d]! * keys[base + d]!
    else
      for (let d = 0; d < width; d++) {
        const difference = query[d]! - keys[base + d]!
        sum += difference * difference
      }
    measured[n] = sum
  }
  const order = Uint32Array.from(ids.keys()).sort((a, b) => measured[a]! - measured[b]! || ids[a]! - ids[b]!)
  order.forEach((from, to) => {
    found.distances[q * k + to] = measured[from]!
    found.indices[q * k + to] = ids[from]!
  })
}
