/** Gates of two inputs, and the three kinds of units that try to learn them. */
import { dataset } from '../../data/index.js'
import { binaryCrossEntropyWithLogits } from '../../loss/index.js'
import { type Layer, Linear, Perceptron, sequential } from '../../nn/index.js'
import { sigmoid, tanh } from '../../ops/index.js'
import { adam, type Optimizer, sgd } from '../../optim/index.js'
import { type Tensor, tensor } from '../../tensor/index.js'
import { perceptronRule, predict, trainStep } from '../../train/index.js'
import type { Labelled } from './plane.js'

/** The four inputs of a gate, in order. */
export const inputs = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
] as const

/** A gate by its four answers. */
export interface Gate {
  readonly name: string
  readonly answers: readonly number[]
}
export const gates: readonly Gate[] = [
  { name: 'AND', answers: [0, 0, 0, 1] },
  { name: 'OR', answers: [0, 1, 1, 1] },
  { name: 'XOR', answers: [0, 1, 1, 0] },
]
/** All sixteen functions of two bits. */
export const allGates: readonly Gate[] = Array.from({ length: 16 }, (_, f) => {
  const answers = inputs.map((_, i) => (f >> i) & 1)
  return { name: answers.join(''), answers }
})

/** The examples as points of the plane. */
export const pointsOf = ({ answers }: Gate): Labelled[] => inputs.map(([x, y], i) => ({ x, y, label: answers[i] === 1 ? 1 : 0 }))

const points: Tensor = tensor(inputs.map((row) => [...row]))

/** Share of the four inputs answered right, where more than ½ means yes. */
export async function rightOf(model: Layer, { answers }: Gate): Promise<number> {
  const given = await (await predict(model, points)).data()
  return answers.filter((t, i) => (Number(given[i]) > 0.5 ? 1 : 0) === t).length / answers.length
}

/** A unit that learned, what it got wrong in each epoch (or its loss at each step), and the best share it ever had right. */
export interface Learned {
  readonly model: Layer
  readonly trail: readonly number[]
  readonly best: number
  readonly last: number
}

/** Rosenblatt's rule on the four examples. */
export async function byRule(gate: Gate, { epochs, seed }: { readonly epochs: number; readonly seed: number }): Promise<Learned> {
  const model = new Perceptron(2)
  const data = dataset({ x: inputs.map((row) => [...row]), y: gate.answers.map((t) => [t]) })
  const trail: number[] = []
  let [best, last] = [0, 0]
  for await (const { mistakes } of perceptronRule(model, data, { epochs, seed })) {
    trail.push(mistakes)
    last = await rightOf(model, gate)
    best = Math.max(best, last)
  }
  return { model, trail, best, last }
}

/** Gradient descent on the binary cross-entropy of all four examples at once. */
async function byGradient(core: Layer, gate: Gate, optimizer: Optimizer, steps: number, seed: number): Promise<Learned> {
  const y = tensor(gate.answers.map((t) => [t]))
  const step = trainStep(
    core,
    optimizer,
    (batch: { x: Tensor; y: Tensor }) => binaryCrossEntropyWithLogits(core.forward(batch.x), batch.y),
    {
      seed,
    },
  )
  const trail: number[] = []
  for (let i = 0; i < steps; i++) trail.push((await step({ x: points, y })).loss)
  const model = { core, forward: (x: Tensor): Tensor => sigmoid(core.forward(x)) }
  const last = await rightOf(model, gate)
  return { model, trail, best: last, last }
}

/** One unit with a smooth threshold: σ(w·x + b). */
export const bySigmoidUnit = (gate: Gate, steps: number, seed: number): Promise<Learned> =>
  byGradient(new Linear(2, 1), gate, sgd({ lr: 2 }), steps, seed)

/** A layer of `width` tanh units before it. */
export const byTwoLayers = (gate: Gate, width: number, steps: number, seed: number): Promise<Learned> =>
  byGradient(sequential(new Linear(2, width), tanh, new Linear(width, 1)), gate, adam({ lr: 0.05 }), steps, seed)
