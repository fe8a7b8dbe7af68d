/** Child of the memory test of `recompute`: gradients of a deep stack of wide activations, with and without; prints the peak in MB. */
import '../../src/entry/node.js'
import { gradients } from '../../src/autodiff/index.js'
import { initialize, Linear, recompute, type Tensor, tensor } from '../../src/index.js'
import { compute } from '../../src/runtime/compute.js'

const [rows, width] = [16_384, 64]
const layers = Array.from({ length: 12 }, () => new Linear(width, width))
for (const layer of layers) initialize(layer)
const block =
  (layer: Linear) =>
  (x: Tensor): Tensor =>
    layer.forward(x).tanh().sigmoid().tanh().sigmoid().add(x)
const blocks = layers.map((layer) => (process.argv[2] === 'recompute' ? recompute(block(layer)) : block(layer)))
const x: Tensor = tensor(new Float32Array(rows * width).fill(0.1), { shape: [rows, width] })
const loss = blocks.reduce((y, f) => f(y), x).mean()
const found = await compute(
  gradients(
    loss,
    layers.map((layer) => layer.weight),
  ),
)
console.log(JSON.stringify({ peakMb: process.resourceUsage().maxRSS / 1024, first: found[0]![0], last: found.at(-1)![0] }))
