/** Many small networks of one hidden layer, trained beside one another in one program. */
import { init, initialize, Param } from '../../nn/index.js'
import { adam, cosine } from '../../optim/index.js'
import { compute } from '../../runtime/index.js'
import { type Tensor, tensor } from '../../tensor/index.js'
import { trainStep } from '../../train/index.js'

/**
 * G networks f(x) = c + Σₕ vₕ tanh(wₕ (x − kₕ)), which share nothing: x (N, 1) → (G, N, 1).
 * Each unit is a step of slope w at the place k. First values: places even over the range and a little beyond, slopes normal, steeper where
 * there are more units to share the range, v of deviation 1/√H.
 */
export class Nets {
  readonly slope: Param
  readonly place: Param
  readonly weight: Param
  readonly offset: Param

  constructor(
    readonly count: number,
    readonly width: number,
  ) {
    this.slope = new Param([count, 1, width], init.normal(3 * Math.sqrt(Math.max(1, width / 8))))
    this.place = new Param([count, 1, width], init.uniform(-1.2, 1.2))
    this.weight = new Param([count, width, 1], init.normal(1 / Math.sqrt(width)))
    this.offset = new Param([count, 1, 1], init.zeros)
  }

  forward(x: Tensor): Tensor {
    return x.sub(this.place).mul(this.slope).tanh().matmul(this.weight).add(this.offset)
  }
}

/** What the nets answer at some places, one array for each. */
export async function answers(nets: Nets, xs: readonly number[]): Promise<Float32Array[]> {
  initialize(nets)
  const [all] = await compute([nets.forward(tensor(xs.map((x) => [x]))).cast('f32')])
  return Array.from({ length: nets.count }, (_, g) => all.slice(g * xs.length, (g + 1) * xs.length))
}

/** Fits net g to `targets[g]` over `xs` by Adam on the mean squared error of each; false when asked to stop. */
export async function fitNets(
  nets: Nets,
  xs: readonly number[],
  targets: readonly (readonly number[])[],
  {
    steps,
    lr,
    seed,
    signal,
    tick,
  }: { steps: number; lr: number; seed: number; signal: AbortSignal; tick: (step: number, loss: number) => void },
): Promise<boolean> {
  const batch = { x: tensor(xs.map((x) => [x])), y: tensor(targets.map((row) => row.map((t) => [t]))) }
  const step = trainStep(
    nets,
    adam({ lr: cosine({ lr, steps }) }),
    ({ x, y }: { x: Tensor; y: Tensor }) => nets.forward(x).sub(y).square().mean([1, 2]).sum(),
    { seed },
  )
  for (let i = 1; i <= steps; i++) {
    if (signal.aborted) return false
    const { loss } = await step(batch)
    if (i % 50 === 0) tick(i, loss / nets.count)
  }
  return true
}
