/** Hebb as a user writes it: layers, trainStep, the loss of every step read. Runs what `npm run build` made. */
import { readFileSync } from 'node:fs'
import type { Layer, Tensor } from '../../src/index.js'
import type { CnnWork, ConvWork, GptWork, MatmulWork, MlpWork, Work } from '../works/work.js'
import { cnn, gpt, type Hebb, mlp } from './hebbModels.js'
import { type Library, POOL, randomIds, randomNumbers, type Step, serve, turns } from './serve.js'

const path = (file: string): URL => new URL(`../../${file}`, import.meta.url)

const open = async (): Promise<Library> => {
  const hebb = (await import(path('dist/index.js').href)) as Hebb
  const { version } = JSON.parse(readFileSync(path('package.json'), 'utf8')) as { version: string }
  return {
    version,
    begin(work: Work, threads: number): Step {
      hebb.setThreads(threads)
      if (work.kind === 'matmul') return product(hebb, work)
      if (work.kind === 'conv') return convolution(hebb, work)
      if (work.kind === 'mlp') return training(hebb, mlp(hebb, work), rows(hebb, work))
      if (work.kind === 'cnn') return training(hebb, cnn(hebb, work), pictures(hebb, work))
      return training(hebb, gpt(hebb, work), texts(hebb, work), hebb.adamW())
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
const pool = (make: (seed: number) => Batch): Batch[] => Array.from({ length: POOL }, (_, i) => make(i + 1))
const rows = (hebb: Hebb, { batch, sizes }: MlpWork): Batch[] =>
  pool((seed) => ({ x: floats(hebb, [batch, sizes[0]!], seed), y: ids(hebb, [batch], sizes.at(-1)!, seed + 8) }))
const pictures = (hebb: Hebb, { batch, channels, side, sizes }: CnnWork): Batch[] =>
  pool((seed) => ({ x: floats(hebb, [batch, channels[0]!, side, side], seed), y: ids(hebb, [batch], sizes.at(-1)!, seed + 8) }))
const texts = (hebb: Hebb, { batch, time, vocabulary }: GptWork): Batch[] =>
  pool((seed) => ({ x: ids(hebb, [batch, time], vocabulary, seed), y: ids(hebb, [batch, time], vocabulary, seed + 8) }))

function training(hebb: Hebb, model: Layer, batches: readonly Batch[], optimizer = hebb.adam()): Step {
  const classes = (scores: Tensor): Tensor => scores.reshape([-1, scores.shape.at(-1)!])
  const step = hebb.trainStep(model, optimizer, ({ x, y }: Batch) => hebb.crossEntropy(classes(model.forward(x)), y.reshape([-1])))
  const next = turns(batches)
  return async () => (await step(next())).loss
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
