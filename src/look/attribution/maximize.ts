/** What a part of a network likes best: pictures made to excite it. */
import { grad } from '../../autodiff/index.js'
import { keyOf, normal, randint } from '../../kernels/index.js'
import { activations, type Layer } from '../../nn/index.js'
import { mean, square, sum, takeAlong } from '../../ops/index.js'
import { compile } from '../../runtime/index.js'
import { HebbError, ShapeError, type Tensor, tensor } from '../../tensor/index.js'
import { showShape } from '../../tensor/shape.js'
import { ready } from './score.js'

/** What to excite, and how the picture is kept quiet. */
export interface MaximizeOptions {
  /** path of the layer, '' for the model itself */
  readonly layer: string
  /** one picture is made for each of these channels (or classes) */
  readonly channels: readonly number[]
  /** sizes of a picture (C, Y, X) */
  readonly shape: readonly [number, number, number]
  /** default 200 */
  readonly steps?: number | undefined
  /** how far a step moves pixels, in the mean; default 0.02 */
  readonly lr?: number | undefined
  /** weight of the squared differences of neighbours, against noise that no photograph has; default 1 */
  readonly smooth?: number | undefined
  /** the picture is moved by up to this many pixels before each step, so that it depends on no place; default 2 */
  readonly shift?: number | undefined
  /** limits of pixels; default 0 and 1 */
  readonly limits?: readonly [number, number] | undefined
  /** decides first noise and shifts; default 0 */
  readonly seed?: number | undefined
}

/**
 * Pictures that excite channels of a layer most, by climbing from grey noise: x ← x + lr · g / rms(g), where g is the gradient of the channel's
 * mean over places less `smooth` times the mean squared difference of neighbouring pixels, taken at a randomly shifted copy [Erhan 2009, Simonyan 2014].
 * A channel that is silent there, 0 behind a relu, has nothing to climb: it starts from stronger noise, grey, dark or bright, whichever excites it most.
 *
 * Shapes: a layer that gives (N, D, …) → (channels, C, Y, X), computed. Throws HebbError for a channel the layer does not have.
 *
 * @example const pictures = await maximizeActivation(resnet, { layer: 'layer2', channels: [0, 1, 2], shape: [3, 32, 32] })
 */
export async function maximizeActivation(model: Layer, options: MaximizeOptions): Promise<Tensor> {
  const { layer, channels, shape, steps = 200, lr = 0.02, smooth = 1, shift = 2, limits = [0, 1], seed = 0 } = options
  if (channels.length === 0) throw new HebbError('maximizeActivation: no channels: name one at least')
  const sizes = [channels.length, ...shape]
  const climb = compile(grad((x: Tensor) => sum(joy(ready(model), x, layer, channels)).sub(roughness(x).mul(smooth))))
  const [low, high] = limits
  const noise = normal(keyOf(seed, 'maximize'), 0, new Float32Array(sizes.reduce((a, b) => a * b)))
  const each = noise.length / channels.length
  const excite = compile((x: Tensor) => joy(ready(model), x, layer, channels))
  const pixels = await firstPixels(noise, limits, async (x) => (await excite(tensor(x, { shape: sizes }))).cast('f32').value!)
  const moves = randint(keyOf(seed, 'maximize', 'shift'), 0, { low: -shift, high: shift + 1 }, new Int32Array(2 * steps))
  for (let step = 0; step < steps; step++) {
    const by: Move = [moves[2 * step]!, moves[2 * step + 1]!]
    const g = (await climb(tensor(shifted(pixels, shape, by), { shape: sizes }))).cast('f32').value!
    const back = shifted(g, shape, [-by[0], -by[1]])
    for (let n = 0; n < channels.length; n++) {
      const own = back.subarray(n * each, (n + 1) * each)
      const rms = Math.sqrt(own.reduce((s, v) => s + v * v, 0) / each) + 1e-12
      for (let i = 0; i < each; i++) {
        const at = n * each + i
        pixels[at] = Math.min(high, Math.max(low, pixels[at]! + (lr * own[i]!) / rms))
      }
    }
  }
  return tensor(pixels, { shape: sizes })
}

/** Where the climb begins: grey with a little noise; for a channel silent there the start that excites it most, if one does. */
async function firstPixels(
  noise: Float32Array,
  [low, high]: readonly [number, number],
  excitement: (pixels: Float32Array) => Promise<Float32Array>,
): Promise<Float32Array> {
  const start = (brightness: number, contrast: number): Float32Array =>
    noise.map((v) => Math.min(high, Math.max(low, low + (high - low) * (brightness + contrast * v))))
  const pixels = start(0.5, 0.02)
  const best = await excitement(pixels)
  const silent = [...best.keys()].filter((n) => best[n] === 0)
  if (silent.length === 0) return pixels
  const each = noise.length / best.length
  for (const brightness of [0.5, 0, 1]) {
    const other = start(brightness, 0.25)
    const found = await excitement(other)
    for (const n of silent)
      if (found[n]! > best[n]!) {
        best[n] = found[n]!
        pixels.set(other.subarray(n * each, (n + 1) * each), n * each)
      }
  }
  return pixels
}

/** The mean of each picture's channel over its places, (N). */
function joy(model: Layer, x: Tensor, layer: string, channels: readonly number[]): Tensor {
  const maps = activations(model, x, [layer]).inside.get(layer)!
  if (maps.rank < 2) throw new ShapeError(`maximizeActivation: ${layer || 'the model'} gives ${showShape(maps.shape)}: it has no channels`)
  const [N, D] = [maps.shape[0]!, maps.shape[1]!]
  for (const c of channels)
    if (!Number.isInteger(c) || c < 0 || c >= D)
      throw new HebbError(`maximizeActivation: ${layer || 'the model'} has no channel ${c}: it has ${D}, counted from 0`)
  const means = mean(maps.reshape([N, D, -1]), 2)
  return takeAlong(means, tensor(Int32Array.from(channels)).reshape([N, 1]), 1).reshape([N])
}

/** Mean squared difference of neighbouring pixels of each picture, summed over the pictures. */
function roughness(x: Tensor): Tensor {
  const size = x.size / x.shape[0]!
  const across = x.slice([null, null, null, [1, null]]).sub(x.slice([null, null, null, [0, -1]]))
  const down = x.slice([null, null, [1, null]]).sub(x.slice([null, null, [0, -1]]))
  return sum(square(across))
    .add(sum(square(down)))
    .mul(1 / size)
}

type Move = readonly [down: number, right: number]

/** Pictures rolled around their edges. */
function shifted(pixels: Float32Array, [, Y, X]: readonly [number, number, number], [down, right]: Move): Float32Array {
  const out = new Float32Array(pixels.length)
  for (let plane = 0; plane < pixels.length; plane += Y * X)
    for (let y = 0; y < Y; y++)
      for (let x = 0; x < X; x++) out[plane + ((y + down + Y) % Y) * X + ((x + right + X) % X)] = pixels[plane + y * X + x]!
  return out
}
