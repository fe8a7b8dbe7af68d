/** brain.js: one pass over the batch, row by row with its own Adam and mean squared error, which is all it offers. */
import type { MlpWork, Work } from '../works/work.js'
import { loadModule } from './modules.js'
import { type Library, POOL, randomIds, randomNumbers, type Step, serve, turns } from './serve.js'

/** What is used of the library. */
interface Brain {
  readonly NeuralNetwork: new (
    options: object,
  ) => {
    train(rows: readonly { input: number[]; output: number[] }[], options: object): { error: number }
  }
}

const open = async (): Promise<Library> => {
  const { module, version } = await loadModule<Brain>('brain.js')
  return {
    version,
    begin(work: Work): Step {
      if (work.kind !== 'mlp') throw new Error('brain.js has plain perceptrons only')
      return perceptron(module, work)
    },
  }
}

function perceptron(brain: Brain, { sizes, batch, activation }: MlpWork): Step {
  const [features, classes] = [sizes[0]!, sizes.at(-1)!]
  const network = new brain.NeuralNetwork({
    hiddenLayers: sizes.slice(1, -1),
    activation: activation === 'relu' ? 'relu' : 'tanh',
    praxis: 'adam',
  })
  const next = turns(
    Array.from({ length: POOL }, (_, i) => {
      const [x, y] = [randomNumbers(batch * features, i + 1), randomIds(batch, classes, i + 9)]
      return Array.from({ length: batch }, (_, row) => ({
        input: Array.from(x.subarray(row * features, (row + 1) * features)),
        output: Array.from({ length: classes }, (_, k) => Number(k === y[row])),
      }))
    }),
  )
  return () => network.train(next(), { iterations: 1, errorThresh: 1e-9 }).error
}

await serve(open)
