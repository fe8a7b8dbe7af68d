/** A program that makes runs as its argument says; for tests of the warning. */
import '../../src/entry/node.js'
import { crossEntropy, dataset, fit, Linear, lrFind, sequential, sgd, sweep } from '../../src/index.js'

const model = sequential(new Linear(2, 2))
const data = dataset({ x: { data: new Float32Array(8), shape: [2] }, y: { data: new Int32Array(4), shape: [] } })
const options = { loss: crossEntropy, optimizer: sgd({ lr: 0.1 }) }
const ways: Record<string, () => unknown> = {
  dropped: () => void fit(model, data, options),
  collected: async () => {
    for (let i = 0; i < 3; i++) void fit(model, data, options)
    for (let i = 0; i < 20; i++) {
      globalThis.gc!()
      await new Promise((go) => setTimeout(go, 5))
    }
    process.exit(3)
  },
  search: () => void lrFind(model, data, { loss: crossEntropy }),
  sweep: () => void sweep(async () => 1, { lr: [1, 2] }),
  awaited: async () => {
    await fit(model, data, options)
    await lrFind(model, data, { loss: crossEntropy, steps: 10 })
    await sweep(async () => 1, { lr: [1, 2] })
  },
  looped: async () => {
    const later = fit(model, data, options)
    await new Promise((go) => setTimeout(go, 20))
    for await (const _ of later) break
  },
  failed: () => {
    const run = fit(model, data, options)
    process.exitCode = 1
    return [run]
  },
}
await ways[process.argv[2]!]!()
