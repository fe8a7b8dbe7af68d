// What many shapes cost a process: megabytes and threads more than after the first few. Reads its task from argv.
import { readdirSync, readFileSync } from 'node:fs'
import { tsImport } from 'tsx/esm/api'

const hebb = await tsImport('./hebb.ts', import.meta.url)
const { adam, compile, crossEntropy, Dataset, Embedding, evaluate, grad, initialize, Linear, LSTM, relu, sequential, tensor, trainStep } =
  hebb

const ids = (n, T) => tensor(new Int32Array(n * T).fill(3), { shape: [n, T] })
const classes = (n) => tensor(new Int32Array(n), { shape: [n] })

const works = {
  /** an LSTM that learns to tell texts of every length apart */
  lengths() {
    const [embedding, lstm, head] = [new Embedding(100, 16), new LSTM(16, 32), new Linear(32, 2)]
    const model = { embedding, lstm, head }
    const forward = (x) => head.forward(lstm.forward(embedding.forward(x)).output.mean(1))
    const step = trainStep(model, adam(), ({ x, y }) => crossEntropy(forward(x), y))
    return { times: 300, turn: (i) => step({ x: ids(4, i + 1), y: classes(4) }) }
  },
  /** a compiled gradient called with every batch size */
  batches() {
    const model = sequential(new Linear(16, 32), relu, new Linear(32, 4))
    initialize(model)
    const f = compile((x) => grad((w) => model.forward(x.mul(w)).square().sum())(x))
    return { times: 2000, turn: (i) => f(tensor(new Float32Array(16 * (i + 1)), { shape: [i + 1, 16] })) }
  },
  /** the same evaluation again and again */
  evaluations() {
    const model = sequential(new Linear(16, 32), relu, new Linear(32, 4))
    const data = new Dataset({
      x: { data: new Float32Array(16 * 70), shape: [16], dtype: 'f32' },
      y: { data: new Int32Array(70), shape: [], dtype: 'i32' },
    })
    return { times: 40, turn: () => evaluate(model, data, { loss: crossEntropy, batchSize: 32 }) }
  },
}

const megabytes = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024
const threads = () => readdirSync('/proc/self/task').length
const settle = async () => {
  for (let i = 0; i < 3; i++) {
    globalThis.gc()
    await new Promise((done) => setTimeout(done, 10))
  }
}

// held to the end: programs go with what they belong to
const work = works[process.argv[2]]()
globalThis.work = work
const { times, turn } = work
for (let i = 0; i < 5; i++) await turn(i)
await settle()
const before = [megabytes(), threads()]
for (let i = 5; i < times; i++) await turn(i)
await settle()
const after = [megabytes(), threads()]
const kept = hebb.programBytes() / 1e6
hebb.clearPrograms()
await settle()
console.log(JSON.stringify({ megabytes: after[0] - before[0], threads: after[1] - before[1], kept, cleared: megabytes() - before[0] }))
