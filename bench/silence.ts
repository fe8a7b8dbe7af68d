/** How long the event loop is silent in what a program does first and with large models: `npx tsx bench/silence.ts [name]`. */
import { readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import '../src/entry/node.js'
import type { Tensor } from '../src/index.js'
import * as hebb from '../src/index.js'

const {
  adam,
  dataset,
  evaluate,
  fit: train,
  Linear,
  load,
  meanSquaredError: mse,
  predict,
  relu,
  save,
  sequential,
  tensor,
  trainStep,
} = hebb

/** Milliseconds that the main thread has computed: on a busy machine the clock also counts those in which it had no core. */
function computed(): number {
  if (process.platform !== 'linux') return performance.now()
  return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6
}

/** The longest computing between two ticks of a timer of a millisecond while `work` runs, and how long it took. */
async function silence(name: string, work: () => Promise<unknown>): Promise<void> {
  await new Promise((go) => setTimeout(go, 50))
  let [last, longest, ticks, over] = [computed(), 0, 0, 0]
  const look = (): void => {
    const now = computed()
    longest = Math.max(longest, now - last)
    if (now - last > 50) over++
    last = now
    ticks++
  }
  const timer = setInterval(look, 1)
  const begin = performance.now()
  await work()
  look()
  clearInterval(timer)
  const took = performance.now() - begin
  console.log(
    `${name.padEnd(36)} ${longest.toFixed(0).padStart(6)} ms at most, ${over} times above 50, in ${took.toFixed(0)} ms and ${ticks} turns`,
  )
}

const deep = (): hebb.Layer => sequential(...Array.from({ length: 60 }, () => [new Linear(64, 64), relu]).flat(), new Linear(64, 1))
const wide = (): hebb.Layer => sequential(new Linear(7000, 7000), relu, new Linear(7000, 7000), relu, new Linear(7000, 1))
const half = (): hebb.Layer => sequential(new Linear(7000, 7000), relu, new Linear(7000, 1))
const rows = (n: number, width: number): Tensor => tensor(new Float32Array(n * width).fill(0.1), { shape: [n, width] })
const stepOf = (model: hebb.Layer) => trainStep(model, adam(), ({ x, y }: { x: Tensor; y: Tensor }) => mse(model.forward(x), y))

const file = join(tmpdir(), `hebb-silence-${process.pid}.safetensors`)
const works: Record<string, () => Promise<void>> = {
  async deep() {
    const [x, y] = [rows(8, 64), rows(8, 1)]
    const model = deep()
    const step = stepOf(model)
    await silence('60 layers: first step', () => step({ x, y }))
    await silence('60 layers: second step', () => step({ x, y }))
    await silence('60 layers: predict', () => predict(model, x))
    await silence('60 layers: evaluate', () => evaluate(model, dataset({ x, y }), { loss: mse }))
    await silence('60 layers: fit', () =>
      Promise.resolve(train(deep(), dataset({ x, y }), { loss: mse, optimizer: adam(), epochs: 1, batchSize: 8 })),
    )
    await silence('60 layers: computed', () =>
      deep()
        .forward(x)
        .data()
        .catch(() => {}),
    )
    const m = deep()
    hebb.initialize(m)
    await silence('60 layers: computed', () => (m.forward(x) as Tensor).data())
  },
  async wide() {
    const [x, y] = [rows(1, 7000), rows(1, 1)]
    const model = wide()
    await silence('98 M numbers: predict', () => predict(model, x))
    await silence('98 M numbers: save', () => save(model, file))
    await silence('98 M numbers: load', () => load(wide(), file))
    await silence('98 M numbers: load into one that has', () => load(model, file))
    await silence('98 M numbers: first step', () => stepOf(wide())({ x, y }))
    await silence('98 M numbers: fit', () =>
      Promise.resolve(train(wide(), dataset({ x, y }), { loss: mse, optimizer: adam(), batchSize: 1 })),
    )
    rmSync(file, { force: true })
  },
  async half() {
    const [x, y] = [rows(1, 7000), rows(1, 1)]
    const step = stepOf(half())
    await silence('49 M numbers: first step', () => step({ x, y }))
    await silence('49 M numbers: second step', () => step({ x, y }))
    await silence('49 M numbers: third step', () => step({ x, y }))
  },
}
const [wanted] = process.argv.slice(2)
for (const [name, work] of Object.entries(works)) if (wanted === undefined || wanted === name) await work()
