/** Hebb as a user writes it: layers, trainStep, the loss of every step read. Runs what `npm run build` made. */
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import type { Tensor } from '../../src/index.js'
import type { AdamWork, ConvWork, DecodeWork, InferenceWork, MatmulWork, NetworkWork, Work } from '../works/work.js'
import { llm } from './hebbLlm.js'
import { type Hebb, network } from './hebbModels.js'
import { type Library, POOL, randomIds, randomNumbers, type Step, serve, turns } from './serve.js'

type Kernels = typeof import('../../src/kernels/index.js')

/** another checkout, where one was named: its build runs as its users would run it */
const home = process.argv[2] === undefined ? new URL('../../', import.meta.url) : pathToFileURL(`${process.argv[2]}/`)
const path = (file: string): URL => new URL(file, home)

interface Manifest {
  readonly version: string
  readonly exports: { readonly '.': { readonly node?: string | undefined; readonly default: string } }
}

const open = async (): Promise<Library> => {
  const { version, exports } = JSON.parse(readFileSync(path('package.json'), 'utf8')) as Manifest
  const { node, default: plain } = exports['.']
  const hebb = (await import(path(node ?? plain).href)) as Hebb
  return {
    version,
    async begin(work: Work, threads: number): Promise<Step> {
      hebb.setThreads(threads)
      if (work.kind === 'matmul') return product(hebb, work)
      if (work.kind === 'conv') return convolution(hebb, work)
      if (work.kind === 'inference') return inference(hebb, work)
      if (work.kind === 'decode') return decode(hebb, work)
      if (work.kind === 'llm') return llm(hebb, work)
      if (work.kind === 'adam') return adam(hebb, (await import(path('dist/kernels/index.js').href)) as Kernels, work)
      return training(hebb, work)
    },
  }
}

const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)
const floats = ({ tensor }: Hebb, shape: readonly number[], seed: number): Tensor => tensor(randomNumbers(count(shape), seed), { shape })
const ids = ({ tensor }: Hebb, shape: readonly number[], below: number, seed: number): Tensor =>
  tensor(randomIds(count(shape), below, seed), { shape })

/** A batch: inputs, and the class of each row or position. */
interface Batch {
  readonly [field: string]: Tensor
  readonly x: Tensor
  readonly y: Tensor
}

/** Random batches that take turns. */
function pool(hebb: Hebb, work: NetworkWork): Batch[] {
  const { batch } = work
  const make = (seed: number): Batch => {
    const labels = (shape: readonly number[], classes: number): Tensor => ids(hebb, shape, classes, seed + 8)
    if (work.kind === 'gpt') {
      const shape = [batch, work.time]
      return { x: ids(hebb, shape, work.vocabulary, seed), y: labels(shape, work.vocabulary) }
    }
    if (work.kind === 'mlp') return { x: floats(hebb, [batch, work.sizes[0]!], seed), y: labels([batch], work.sizes.at(-1)!) }
    if (work.kind === 'recurrent') return { x: floats(hebb, [batch, work.time, work.inputs], seed), y: labels([batch], work.classes) }
    const [channels, classes] = work.kind === 'cnn' ? [work.channels[0]!, work.sizes.at(-1)!] : [3, work.classes]
    return { x: floats(hebb, [batch, channels, work.side, work.side], seed), y: labels([batch], classes) }
  }
  return Array.from({ length: POOL }, (_, i) => make(i + 1))
}

function training(hebb: Hebb, work: NetworkWork): Step {
  const model = network(hebb, work)
  const optimizer = work.kind === 'gpt' || work.kind === 'vit' ? hebb.adamW() : hebb.adam()
  const classes = (scores: Tensor): Tensor => scores.reshape([-1, scores.shape.at(-1)!])
  const step = hebb.trainStep(model, optimizer, ({ x, y }: Batch) => hebb.crossEntropy(classes(model.forward(x)), y.reshape([-1])))
  const next = turns(pool(hebb, work))
  return async () => (await step(next())).loss
}

function inference(hebb: Hebb, { of }: InferenceWork): Step {
  const model = network(hebb, of)
  hebb.initialize(model, { seed: 0 })
  hebb.frozen(model)
  const run = hebb.compile((x: Tensor) => model.forward(x))
  const next = turns(pool(hebb, of))
  return async () => Number((await (await run(next().x)).data())[0])
}

/** The library's own GPT and decoder: its text is cut back to the same length before each token. */
async function decode(hebb: Hebb, { of, length }: DecodeWork): Promise<Step> {
  const { layers, heads, width, vocabulary, time } = of
  const reader = new hebb.TextReader(new hebb.Gpt({ layers, heads, width, vocabulary, context: time, tied: false }))
  if (length > 1) await reader.read(randomIds(length - 1, vocabulary))
  let token = 0
  return async () => {
    reader.rewind(length - 1)
    const scores = await reader.read([token])
    token = hebb.sampleToken(scores, 0, { temperature: 0 })
    return scores[0]!
  }
}

/** The update as trainStep makes it: one kernel over flat memory. */
function adam(hebb: Hebb, { kernels, newMemory }: Kernels, { size }: AdamWork): Step {
  const bytes = 4 * size
  const memory = newMemory(4 * bytes)
  const weights = new Float32Array(memory.buffer, 0, size)
  weights.set(randomNumbers(size, 1))
  new Float32Array(memory.buffer, bytes, size).set(randomNumbers(size, 2))
  const [k, optimizer] = [kernels(memory), hebb.adam()]
  const hyper = optimizer.hyper as Readonly<Record<string, number>>
  const [m, v] = Object.keys(optimizer.state)
  let done = 0
  return () => {
    const at = { weight: 0, grad: bytes, state: { [m!]: 2 * bytes, [v!]: 3 * bytes }, length: size }
    optimizer.kernel!(k, at, optimizer.scalars(++done, hyper, {}))
    return weights[0]!
  }
}

function convolution(hebb: Hebb, { pass, batch, channels, side }: ConvWork): Step {
  const x = floats(hebb, [batch, channels, side, side], 1)
  const weight = floats(hebb, [channels, channels, 3, 3], 2)
  const g = floats(hebb, [batch, channels, side, side], 3)
  const forward = (a: Tensor, w: Tensor): Tensor => hebb.conv(a, w, { padding: 1 })
  const run = {
    forward: () => forward(x, weight),
    dX: () => hebb.vjp((a: Tensor) => forward(a, weight), x)[1](g),
    dW: () => hebb.vjp((w: Tensor) => forward(x, w), weight)[1](g),
  }[pass]
  return async () => Number((await run().data())[0])
}

function product(hebb: Hebb, { size }: MatmulWork): Step {
  const [a, b] = [floats(hebb, [size, size], 1), floats(hebb, [size, size], 2)]
  return async () => Number((await a.matmul(b).data())[0])
}

await serve(open)
