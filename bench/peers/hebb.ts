/** Hebb as a user writes it: layers, trainStep, the loss of every step read. Runs what `npm run build` made. */
import { readFileSync } from 'node:fs'
import type { Layer, Tensor } from '../../src/index.js'
import type { MatmulWork, MlpWork, Work } from '../works/work.js'
import { type Library, POOL, randomIds, randomNumbers, type Step, serve, turns } from './serve.js'

type Hebb = typeof import('../../src/index.js') & typeof import('../../src/optim/index.js') & typeof import('../../src/train/step/step.js')

const path = (file: string): URL => new URL(`../../${file}`, import.meta.url)

const open = async (): Promise<Library> => {
  const parts = await Promise.all(['index.js', 'optim/index.js', 'train/step/step.js'].map((file) => import(path(`dist/${file}`).href)))
  const hebb: Hebb = Object.assign({}, ...parts)
  const { version } = JSON.parse(readFileSync(path('package.json'), 'utf8')) as { version: string }
  return {
    version,
    begin(work: Work, threads: number): Step {
      hebb.setThreads(threads)
      if (work.kind === 'matmul') return product(hebb, work)
      if (work.kind === 'mlp') return training(hebb, mlp(hebb, work), rows(hebb, work))
      throw new Error('waits for layers of its own')
    },
  }
}

const floats = ({ tensor }: Hebb, shape: readonly number[], seed: number): Tensor =>
  tensor(
    randomNumbers(
      shape.reduce((a, b) => a * b, 1),
      seed,
    ),
    { shape },
  )
const ids = ({ tensor }: Hebb, shape: readonly number[], below: number, seed: number): Tensor =>
  tensor(
    randomIds(
      shape.reduce((a, b) => a * b, 1),
      below,
      seed,
    ),
    { shape },
  )

/** A batch: inputs, and the class of each row. */
interface Batch {
  readonly [field: string]: Tensor
  readonly x: Tensor
  readonly y: Tensor
}
const rows = (hebb: Hebb, { batch, sizes }: MlpWork): Batch[] =>
  Array.from({ length: POOL }, (_, i) => ({ x: floats(hebb, [batch, sizes[0]!], i + 1), y: ids(hebb, [batch], sizes.at(-1)!, i + 9) }))

function mlp({ Linear, maximum, sequential, tanh }: Hebb, { sizes, activation }: MlpWork): Layer {
  const act = activation === 'tanh' ? tanh : (x: Tensor) => maximum(x, 0)
  return sequential(...sizes.slice(1).flatMap((size, i) => [...(i ? [act] : []), new Linear(sizes[i]!, size)]))
}

function training(hebb: Hebb, model: Layer, batches: readonly Batch[], optimizer = hebb.adam()): Step {
  const crossEntropy = (scores: Tensor, y: Tensor): Tensor =>
    hebb
      .logSumExp(scores, 1)
      .sub(hebb.takeAlong(scores, y.reshape([-1, 1]), 1).reshape([-1]))
      .mean()
  const step = hebb.trainStep(model, optimizer, ({ x, y }: Batch) => crossEntropy(model.forward(x), y))
  const next = turns(batches)
  return async () => (await step(next())).loss
}

function product(hebb: Hebb, { size }: MatmulWork): Step {
  const [a, b] = [floats(hebb, [size, size], 1), floats(hebb, [size, size], 2)]
  return async () => Number((await a.matmul(b).data())[0])
}

await serve(open)
