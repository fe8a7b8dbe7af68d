/** Full-batch, mini-batch and stochastic descent on one budget of examples, and the noise of their gradients. */
import { batches, dataset } from '../../data/index.js'
import { keyOf, normal } from '../../kernels/index.js'
import { crossEntropy, meanSquaredError } from '../../loss/index.js'
import { initialize, Linear, parameters } from '../../nn/index.js'
import { sgd } from '../../optim/index.js'
import type { HeatmapFigure, LinesFigure, Section } from '../../report/index.js'
import type { Tensor } from '../../tensor/index.js'
import { ranked, sweep, type TrialResult, trainStep } from '../../train/index.js'
import { middles } from '../numbers.js'
import type { RecipeContext } from '../recipe.js'
import { factors, network, type Task, trainOn, type Went } from './task.js'

/** The three ways, with a rate that usually suits each. */
const kinds = [
  { name: 'stochastic, 1', size: 1, lr: 0.03 },
  { name: 'mini-batch, 32', size: 32, lr: 0.3 },
  { name: 'full batch', size: Number.POSITIVE_INFINITY, lr: 1 },
]

/** The best run of one kind. */
export interface KindResult {
  readonly name: string
  readonly updates: number
  readonly lr: number
  readonly went: Went
}

/** Each kind with its best rate of some, all with the same number of examples to spend; undefined when asked to stop. */
export async function compareSizes(
  context: RecipeContext<unknown>,
  task: Task,
  { epochs, rates }: { readonly epochs: number; readonly rates: number },
): Promise<KindResult[] | undefined> {
  const { signal, settings } = context
  const sizeOf = (kind: (typeof kinds)[0]): number => Math.min(kind.size, task.train.length)
  const trials: TrialResult[] = []
  const trial = async ({ kind, factor }: Readonly<Record<string, unknown>>): Promise<Went> => {
    const chosen = kinds.find(({ name }) => name === kind)!
    const optimizer = sgd({ lr: chosen.lr * Number(factor) })
    return await trainOn(task, { optimizer, batchSize: sizeOf(chosen), epochs, seed: settings.seed, signal }, true)
  }
  const space = { kind: kinds.map(({ name }) => name), factor: factors(rates) }
  for await (const t of sweep(trial, space, { signal, journal: context.path('batch-sizes.jsonl') })) trials.push(t)
  if (signal.aborted) return undefined
  return kinds.map((kind) => {
    const best = ranked(trials.filter(({ settings: s }) => s.kind === kind.name))[0]!
    return {
      name: kind.name,
      updates: Math.ceil(task.train.length / sizeOf(kind)) * epochs,
      lr: kind.lr * Number(best.settings.factor),
      went: { ...best.numbers, score: best.score } as Went,
    }
  })
}

/** How far the gradient of a batch is from that of all examples, on average, by batch size; relative to the latter's length, squared. */
export async function gradientNoise(
  { train }: Task,
  seed: number,
  draws: number,
): Promise<{ readonly size: number; readonly noise: number }[]> {
  const model = network()
  initialize(model, { seed })
  const step = trainStep(model, sgd({ lr: 0 }), ({ x, y }: { x: Tensor; y: Tensor }) => crossEntropy(model.forward(x), y))
  const gradient = async (batch: { readonly x: Tensor; readonly y: Tensor }): Promise<number[]> => {
    await step({ x: batch.x, y: batch.y })
    return [...step.learner.gradients.values()].flatMap((g) => [...g])
  }
  const [all] = batches(train, train.length, { shuffle: false })
  const truth = await gradient(all!)
  const length = truth.reduce((sum, g) => sum + g * g, 0)
  const found = []
  for (const size of [1, 2, 4, 8, 16, 32, 64, 128, 256]) {
    let [sum, count] = [0, 0]
    for (let epoch = 0; count < draws; epoch++)
      for (const batch of batches(train, size, { seed, epoch, dropLast: true })) {
        const g = await gradient(batch)
        sum += g.reduce((total, v, i) => total + (v - truth[i]!) ** 2, 0)
        if (++count === draws) break
      }
    found.push({ size, noise: sum / count / length })
  }
  return found
}

/** Three paths down the bowl of a straight line's two numbers. */
export async function pathsOnBowl(seed: number): Promise<HeatmapFigure> {
  const n = 64
  const xs = middles([-1, 1], n)
  const noise = normal(keyOf(seed, 'descent', 'bowl'), 0, new Float32Array(n))
  const ys = xs.map((x, i) => 1.5 * x + 0.5 + 0.6 * noise[i]!)
  const data = dataset({ x: xs.map((x) => [x]), y: ys.map((y) => [y]) })
  const paths = []
  for (const { name, size, lr, steps } of [
    { name: 'stochastic, 1', size: 1, lr: 0.1, steps: 128 },
    { name: 'mini-batch, 8', size: 8, lr: 0.2, steps: 64 },
    { name: 'full batch', size: n, lr: 0.4, steps: 24 },
  ]) {
    const model = new Linear(1, 1)
    initialize(model, { seed })
    const [weight, bias] = [...parameters(model).values()]
    weight!.storage.array!.set([-1.2] as never)
    bias!.storage.array!.set([-0.8] as never)
    const step = trainStep(model, sgd({ lr }), ({ x, y }: { x: Tensor; y: Tensor }) => meanSquaredError(model.forward(x), y))
    const points = []
    for (let epoch = 0; points.length < steps; epoch++)
      for (const { x, y } of batches(data, size, { seed, epoch })) {
        points.push({ x: Number(weight!.storage.array![0]), y: Number(bias!.storage.array![0]) })
        if (points.length === steps) break
        await step({ x, y })
      }
    paths.push({ name, points, style: 'line' as const })
  }
  const [across, down] = [middles([-2, 3.5], 60), middles([2.2, -1.4], 60)]
  const loss = (w: number, b: number): number => xs.reduce((sum, x, i) => sum + (w * x + b - ys[i]!) ** 2, 0) / n
  return {
    kind: 'heatmap',
    title: 'Paths down the bowl of a straight line’s slope and height',
    values: down.map((b) => across.map((w) => loss(w, b))),
    scale: 'log',
    x: { title: 'slope', range: [-2, 3.5] },
    y: { title: 'height', range: [2.2, -1.4] },
    overlay: paths,
    note: 'Mean squared error of 64 noisy points. The full batch goes straight to the bottom and stays; the others get near it sooner for their cost, and then wander.',
  }
}

/** What the report shows of all this. */
export function sizesSection(
  kinds: readonly KindResult[],
  noise: readonly { size: number; noise: number }[],
  bowl: HeatmapFigure,
  epochs: number,
): Section {
  const curves: LinesFigure = {
    kind: 'lines',
    title: 'Loss of each batch, by examples seen',
    x: { title: 'examples seen' },
    y: { title: 'cross-entropy', scale: 'log' },
    series: kinds.map(({ name, went }) => ({ name, points: went.steps.map(([x, y]) => ({ x: x!, y: Math.max(y!, 1e-5) })) })),
    note: 'Long lines are means of neighbouring batches with their range: the band is the noise. Losses below 1e-5 are drawn there.',
  }
  return {
    title: 'Full batch, mini-batch, one example at a time',
    text: `All three may look at every example ${epochs} times. The full batch makes one exact step of it per epoch; single examples make as many noisy ones as there are examples; mini-batches stand between, and use the machine best.`,
    figures: [
      curves,
      {
        kind: 'lines',
        title: 'Loss of the whole training set after each epoch',
        x: { title: 'epoch' },
        y: { title: 'cross-entropy', scale: 'log' },
        series: kinds.map(({ name, went }) => ({ name, style: 'both', points: went.losses.map((y, i) => ({ x: i + 1, y })) })),
      },
      bowl,
      {
        kind: 'lines',
        title: 'Noise of the gradient by batch size',
        x: { title: 'examples in the batch', scale: 'log' },
        y: { title: 'E‖g − ∇L‖² / ‖∇L‖²', scale: 'log' },
        series: [
          { name: 'measured', style: 'both', points: noise.map(({ size, noise: y }) => ({ x: size, y })) },
          { name: '∝ 1 / size', style: 'dashed', points: noise.map(({ size }) => ({ x: size, y: noise[0]!.noise / size })) },
        ],
        note: 'Twice the batch halves the variance of its gradient. It falls faster near the end, as batches are drawn without putting back.',
      },
      {
        kind: 'table',
        title: 'The same budget, spent three ways',
        columns: ['kind', 'updates', 'best rate', 'loss', 'test, %'],
        rows: kinds.map(({ name, updates, lr, went }) => [name, updates, lr, went.score, 100 * went.testAccuracy]),
        note: 'The rate of each is the one with the least training loss; the test set had no say.',
      },
    ],
  }
}
