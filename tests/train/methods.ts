/** Methods on `run`, each on a small task: what it tells, and the bytes that it ends with. As a program: METHOD FOLDER, to be killed. */
import { pathToFileURL } from 'node:url'
import '../../src/entry/node.js'
import { fit, Linear, lrFind, Perceptron, perceptronRule, type RunOptions, sets, sgd, sweep, type TrialContext } from '../../src/index.js'
import { walkCorridor } from './corridor.js'
import { bytesOf, meanSquares, network, settings, task } from './task.js'

type Method = (options: RunOptions, told: (event: object) => Promise<void>) => Promise<string>

export const methods: Readonly<Record<string, Method>> = {
  async policy(options, told) {
    const policy = new Linear(6, 2)
    for await (const e of walkCorridor(policy, { ...options, rounds: 12, seed: 3 })) await told(e)
    return bytesOf(policy)
  },
  async lrFind(options, told) {
    const model = network()
    const run = lrFind(model, task(), {
      ...options,
      loss: meanSquares,
      optimizer: (lr) => sgd({ lr, momentum: 0.9 }),
      steps: 30,
      batchSize: 8,
      seed: 2,
    })
    for await (const e of run) await told(e)
    return JSON.stringify(await run)
  },
  async perceptron(options, told) {
    const unit = new Perceptron(2)
    for await (const e of perceptronRule(unit, sets.xor(), { ...options, epochs: 12 })) await told(e)
    return bytesOf(unit)
  },
  async fit(options, told) {
    const model = network()
    for await (const e of fit(model, task(), { ...settings(), ...options, every: 1 })) await told(e)
    return bytesOf(model)
  },
}

/** Trials that train, three of them, with files in `folder`. */
export async function sweepOf(folder: string, told: (event: object) => Promise<void>): Promise<string[]> {
  const found: string[] = []
  const trial = async ({ lr }: Readonly<Record<string, unknown>>, { run }: Pick<TrialContext, 'run'>) => {
    const model = network()
    let epochs = 0
    for await (const e of fit(model, task(), { ...settings(), optimizer: sgd({ lr: Number(lr) }), ...run })) {
      epochs++
      await told(e)
    }
    return { score: epochs, bytes: bytesOf(model) }
  }
  for await (const t of sweep(trial, { lr: [0.1, 0.2, 0.3] }, { folder, journal: `${folder}/sweep.jsonl` }))
    found.push(String(t.numbers.bytes))
  return found
}

const [method, folder] = process.argv.slice(2)
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const told = async (event: object): Promise<void> => {
    console.log(JSON.stringify(event))
    await new Promise((done) => setTimeout(done, 20))
  }
  if (method === 'sweep') await sweepOf(folder!, told)
  else
    await methods[method!]!(
      { checkpoint: { path: `${folder}/a.safetensors`, seconds: 0 }, journal: `${folder}/a.jsonl`, resume: true },
      told,
    )
}
