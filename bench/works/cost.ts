/** What a work asks of the machine: operations of its products, or bytes where memory is all. */
import { causalBlocks } from '../../src/functional/attention.js'
import type { LlmWork, NetworkWork, Work } from './work.js'

/** Multiplications and additions of one call's products, counted as the mathematics has them; undefined where they are not what takes the time. */
export function flopsOf(work: Work): number | undefined {
  if (work.kind === 'matmul') return 2 * work.size ** 3
  if (work.kind === 'conv') return 2 * 9 * work.channels ** 2 * work.side ** 2 * work.batch
  if (work.kind === 'adam' || work.kind === 'decode') return undefined
  if (work.kind === 'llm') return work.task === 'token' ? undefined : 2 * llmProducts(work)
  // backward takes two products for each one forward, but none for the gradient of the data
  if (work.kind === 'inference') return 2 * products(work.of).all
  const { all, first } = products(work)
  const again = work.kind === 'gpt' && work.checkpoint ? all - work.batch * work.time * work.width * work.vocabulary : 0
  return 2 * (3 * all - first + again)
}

/** Bytes one call has to move at least, for the works that do nothing else: a token reads every weight, and every key and value kept. */
export function bytesOf(work: Work): number | undefined {
  if (work.kind === 'adam') return 7 * 4 * work.size
  if (work.kind === 'llm') return work.task === 'token' ? llmBytes(work) : undefined
  if (work.kind !== 'decode') return undefined
  const { layers, width, vocabulary } = work.of
  return 4 * (layers * (12 * width ** 2 + 2 * work.length * width) + width * vocabulary)
}

/** Tokens that one call reads or writes; undefined where it learns. */
export function tokensOf(work: Work): number | undefined {
  if (work.kind === 'decode') return 1
  return work.kind === 'llm' && (work.task === 'token' || work.task === 'prompt') ? (work.task === 'token' ? 1 : work.time) : undefined
}

/** Numbers of a language model: of one layer's products, of the adapters of rank 8 beside them, of the table of token vectors. */
function llmNumbers({ of: { width, heads, keyHeads, hidden, vocabulary } }: LlmWork) {
  const keys = (width / heads) * keyHeads
  const products = [...[keys, keys, width, width].map((out) => [width, out]), ...[hidden, hidden, hidden].map((out) => [width, out])]
  const sum = (of: (a: number, b: number) => number): number => products.reduce((all, [a, b]) => all + of(a!, b!), 0)
  return { layer: sum((a, b) => a * b), adapters: sum((a, b) => 8 * (a + b)), table: vocabulary * width }
}

/** Multiplications of a prompt or a step. Weights that stay need no gradient of their own: two products in place of three. */
function llmProducts(work: LlmWork): number {
  const { task, time, batch, of } = work
  const { layer, adapters, table } = llmNumbers(work)
  const seen = causalBlocks(time).reduce((all, { from, to }) => all + (to - from) * to, 0) / time
  const attention = 2 * of.width * seen
  if (task === 'prompt') return time * of.layers * (layer + attention) + table
  const times = task === 'full' ? 3 : 2
  const own = task === 'lora' ? 3 * adapters : 0
  return batch * time * (of.layers * (times * layer + 3 * attention + own) + times * table)
}

/** Bytes of all weights, and of the keys and values of the places before. */
function llmBytes(work: LlmWork): number {
  const { of, time, bits } = work
  const { layer, table } = llmNumbers(work)
  const keys = (of.width / of.heads) * of.keyHeads
  return of.layers * ((bits === 4 ? 18 / 32 : 4) * layer + 4 * 2 * time * keys) + 4 * table
}

/** Multiplications of the forward pass (causal attention as Hebb's blocks make them), and how many of them touch the data. */
function products(work: NetworkWork): { all: number; first: number } {
  const chain = (sizes: readonly number[]): number => sizes.slice(1).reduce((sum, size, i) => sum + size * sizes[i]!, 0)
  const block = (width: number, time: number): number => 12 * width ** 2 + 2 * time * width
  if (work.kind === 'mlp') return { all: work.batch * chain(work.sizes), first: work.batch * work.sizes[0]! * work.sizes[1]! }
  if (work.kind === 'cnn') {
    const { batch, channels, side, sizes } = work
    const convs = channels.slice(1).map((after, i) => 9 * channels[i]! * after * (side >> i) ** 2)
    const flat = channels.at(-1)! * (side >> (channels.length - 1)) ** 2
    return { all: batch * (convs.reduce((a, b) => a + b, 0) + chain([flat, ...sizes])), first: batch * convs[0]! }
  }
  if (work.kind === 'resnet') {
    const { batch, side, widths, blocks, classes } = work
    const first = 9 * 3 * widths[0]! * side ** 2
    const stages = widths.map((width, i) => {
      const [before, area] = [widths[i - 1] ?? width, (side >> i) ** 2]
      return area * width * (9 * before + (i ? before : 0) + 9 * width * (2 * blocks - 1))
    })
    return { all: batch * (first + stages.reduce((a, b) => a + b, 0) + widths.at(-1)! * classes), first: batch * first }
  }
  if (work.kind === 'vit') {
    const { batch, side, patch, layers, width, classes } = work
    const time = (side / patch) ** 2
    const first = batch * time * 3 * patch ** 2 * width
    return { all: first + batch * ((time + 1) * layers * block(width, time + 1) + width * classes), first }
  }
  if (work.kind === 'recurrent') {
    const { batch, time, inputs, width, classes, cell } = work
    const gates = cell === 'lstm' ? 4 : 3
    const first = batch * time * gates * inputs * width
    return { all: first + batch * time * gates * width ** 2 + batch * width * classes, first }
  }
  const { batch, time, layers, width, vocabulary } = work
  const seen = causalBlocks(time).reduce((sum, { from, to }) => sum + (to - from) * to, 0) / time
  return { all: batch * time * (layers * block(width, seen) + width * vocabulary), first: 0 }
}
