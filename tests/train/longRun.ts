/** Child of the memory test: 10,000 steps of a tiny model; prints by how many MB the process grew after the first thousands. */
import '../../src/entry/node.js'
import { adam, tensor, trainStep } from '../../src/index.js'
import { meanSquares, network } from './task.js'

const model = network()
const step = trainStep(model, adam(), ({ x, y }: { x: ReturnType<typeof tensor>; y: ReturnType<typeof tensor> }) =>
  meanSquares(model.forward(x), y),
)
const run = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i++)
    await step({ x: tensor(new Float32Array(16).fill(i / 1e4), { shape: [4, 4] }), y: tensor(new Float32Array(8), { shape: [4, 2] }) })
}
const size = async (): Promise<number> => {
  for (let i = 0; i < 4; i++) {
    globalThis.gc!()
    await new Promise((done) => setTimeout(done, 20))
  }
  return process.memoryUsage().rss
}
await run(5000)
const before = await size()
await run(10_000)
console.log(((await size()) - before) / 1e6)
