/** Many weights: first values and updates leave the event loop its turns, and nobody sees weights that have moved half-way. */
import { expect, onTestFinished, test, vi } from 'vitest'
import {
  adam,
  initialize,
  Linear,
  meanSquaredError,
  parameters,
  predict,
  relu,
  sequential,
  type Tensor,
  tensor,
  trainStep,
} from '../../src/index.js'

const size = 2048
const model = () => sequential(new Linear(size, size), relu, new Linear(size, 1))
const x = tensor(new Float32Array(size).fill(0.5), { shape: [1, size] })
const y = tensor([[1]])
const stepOf = (m: ReturnType<typeof model>, seed: number) =>
  trainStep(m, adam({ lr: 1e-3 }), ({ x, y }: { x: Tensor; y: Tensor }) => meanSquaredError(m.forward(x), y), { seed })
const weightsOf = (m: ReturnType<typeof model>): Buffer[] =>
  [...parameters(m).values()].map((p) => Buffer.from((p.storage.array as Float32Array).slice().buffer))

const output = async (m: ReturnType<typeof model>): Promise<number> => Number((await (await predict(m, x)).data())[0])

/** Turns of the event loop while `work` runs. */
async function turnsOf(work: () => Promise<unknown>): Promise<number> {
  let turns = 0
  let over = false
  const turn = (): void => {
    turns++
    if (!over) setImmediate(turn)
  }
  setImmediate(turn)
  await work()
  over = true
  return turns
}

test('the numbers are those of drawing at once, whoever asks for them first', async () => {
  const [drawn, trained, predicted] = [model(), model(), model()]
  initialize(drawn, { seed: 3 })
  const first = weightsOf(drawn)
  const step = stepOf(trained, 3)
  await step({ x, y })
  // the step has the seed, and what is asked for before its first call gets the numbers that it will start from
  stepOf(predicted, 3)
  await predict(predicted, x)
  expect(weightsOf(predicted).every((b, i) => b.equals(first[i]!))).toBe(true)
  expect(weightsOf(trained)[0]!.equals(first[0]!)).toBe(false)
  // and goes on from there
  const late = stepOf(drawn, 8)
  await late({ x, y })
  expect(weightsOf(drawn).every((b, i) => b.equals(weightsOf(trained)[i]!))).toBe(true)
})

test('the loop turns while weights are drawn and moved', async () => {
  // every look at the clock finds that it is time for a turn
  let now = performance.now()
  vi.spyOn(performance, 'now').mockImplementation(() => (now += 5))
  onTestFinished(() => void vi.restoreAllMocks())
  const m = model()
  const step = stepOf(m, 1)
  expect(await turnsOf(() => step({ x, y }))).toBeGreaterThan(16)
  expect(await turnsOf(() => step({ x, y }))).toBeGreaterThan(8)
})

test('what is computed while weights move waits for the end of it', async () => {
  const [m, straight] = [model(), model()]
  const [step, other] = [stepOf(m, 1), stepOf(straight, 1)]
  const seen: number[] = []
  let over = false
  const watch = (async () => {
    while (!over) {
      seen.push(await output(m))
      await new Promise((go) => setImmediate(go))
    }
  })()
  for (let i = 0; i < 3; i++) await step({ x, y })
  over = true
  await watch
  const whole: number[] = []
  initialize(straight, { seed: 1 })
  whole.push(await output(straight))
  for (let i = 0; i < 3; i++) {
    await other({ x, y })
    whole.push(await output(straight))
  }
  expect(seen.length).toBeGreaterThan(2)
  expect(seen.filter((value) => !whole.includes(value))).toEqual([])
})
