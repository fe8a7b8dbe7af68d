/** How long the event loop is silent in what a program does first and with large models: `npx tsx bench/silence.ts [name]`. */
import { readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import '../src/entry/node.js'
import type { Tensor } from '../src/index.js'
import * as hebb from '../src/index.js'
import { LLM } from '../src/llm/index.js'
import { generate, nextTokenCrossEntropy } from '../src/text/index.js'
import { lora } from '../src/tune/index.js'

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
  async language() {
    const [layers, width, hidden, heads, keys] = [30, 576, 1536, 9, 3]
    const model = new LLM({
      model_type: 'llama',
      vocab_size: 49_152,
      hidden_size: width,
      intermediate_size: hidden,
      num_hidden_layers: layers,
      num_attention_heads: heads,
      num_key_value_heads: keys,
      max_position_embeddings: 2048,
      tie_word_embeddings: true,
    })
    hebb.initialize(model)
    const ids = (length: number): number[] => Array.from({ length }, (_, i) => (i * 7919) % 49_152)
    await silence('135 M weights: prompt of 512, 8 tokens', () => Promise.resolve(generate(model, ids(512), { tokens: 8 })))
    await silence('135 M weights: 100 tokens', () => Promise.resolve(generate(model, ids(8), { tokens: 100 })))
    lora(model, { rank: 8, targets: 'all-linear' })
    const step = trainStep(model, adam(), ({ x, y }: { x: Tensor; y: Tensor }) => nextTokenCrossEntropy(model.forward(x), y))
    const batch = { x: tensor(Int32Array.from(ids(1024)), { shape: [4, 256] }), y: tensor(Int32Array.from(ids(1024)), { shape: [4, 256] }) }
    await silence('135 M weights: first step of LoRA', () => step(batch))
    await silence('135 M weights: three steps', async () => {
      for (let i = 0; i < 3; i++) await step(batch)
    })
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
