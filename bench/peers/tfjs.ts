/** TensorFlow.js on its wasm or cpu backend: functions on variables, and its own Adam. */
import { join } from 'node:path'
import type { CnnWork, ConvWork, GptWork, MatmulWork, MlpWork, Work } from '../works/work.js'
import { loadModule } from './modules.js'
import { type Library, POOL, randomIds, randomNumbers, type Step, serve, turns } from './serve.js'

/** What is used of a tensor, and of the library. */
interface Tensor {
  readonly shape: number[]
  data(): Promise<Float32Array>
  dispose(): void
}
interface Tf {
  setBackend(name: string): Promise<boolean>
  ready(): Promise<void>
  tensor(values: Float32Array | Int32Array, shape: readonly number[], dtype?: 'float32' | 'int32'): Tensor
  variable(initial: Tensor): Tensor
  randomNormal(shape: readonly number[], mean: number, deviation: number): Tensor
  zeros(shape: readonly number[]): Tensor
  ones(shape: readonly number[]): Tensor
  tidy<R extends Tensor>(f: () => R): R
  oneHot(ids: Tensor, depth: number): Tensor
  cast(x: Tensor, dtype: 'float32'): Tensor
  matMul(a: Tensor, b: Tensor, transposeA?: boolean, transposeB?: boolean): Tensor
  add(a: Tensor, b: Tensor | number): Tensor
  sub(a: Tensor, b: Tensor): Tensor
  mul(a: Tensor, b: Tensor | number): Tensor
  square(x: Tensor): Tensor
  rsqrt(x: Tensor): Tensor
  erf(x: Tensor): Tensor
  relu(x: Tensor): Tensor
  tanh(x: Tensor): Tensor
  softmax(x: Tensor): Tensor
  mean(x: Tensor, axis: number, keep: boolean): Tensor
  reshape(x: Tensor, shape: readonly number[]): Tensor
  transpose(x: Tensor, order: readonly number[]): Tensor
  split(x: Tensor, parts: number, axis: number): Tensor[]
  slice(x: Tensor, begin: readonly number[], size: readonly number[]): Tensor
  conv2d(x: Tensor, filter: Tensor, stride: number, pad: 'same'): Tensor
  conv2dTranspose(x: Tensor, filter: Tensor, shape: readonly number[], stride: number, pad: 'same'): Tensor
  maxPool(x: Tensor, size: number, stride: number, pad: 'valid'): Tensor
  readonly losses: { softmaxCrossEntropy(labels: Tensor, logits: Tensor): Tensor }
  readonly train: { adam(rate: number): { minimize(f: () => Tensor, returnCost: true): Tensor } }
}
interface Wasm {
  setWasmPaths(folder: string): void
  setThreadsCount(threads: number): void
  getThreadsCount(): number
}

const backend = process.argv[2]!

const open = async (): Promise<Library> => {
  const { module: tf, version } = await loadModule<Tf>('@tensorflow/tfjs', 'dist/tf.node.js')
  let wasm: Wasm | undefined
  if (backend === 'wasm') {
    const loaded = await loadModule<Wasm>('@tensorflow/tfjs-backend-wasm', 'dist/tf-backend-wasm.node.js')
    wasm = loaded.module
    wasm.setWasmPaths(`${join(loaded.folder, 'dist')}/`)
  }
  return {
    version,
    async begin(work: Work, threads: number): Promise<Step> {
      wasm?.setThreadsCount(threads)
      if (!(await tf.setBackend(backend))) throw new Error(`no ${backend} backend here`)
      await tf.ready()
      if (work.kind === 'matmul') return product(tf, work)
      if (work.kind === 'conv') return convolution(tf, work)
      if (work.kind === 'mlp' || work.kind === 'cnn' || (work.kind === 'gpt' && work.vocabulary < 1000 && !work.checkpoint))
        return training(tf, work)
      throw new Error('not written for tfjs')
    },
  }
}

const normal = (tf: Tf, shape: readonly number[], deviation: number): Tensor => tf.variable(tf.randomNormal(shape, 0, deviation))
const input = (tf: Tf, shape: readonly number[], seed = 1): Tensor =>
  tf.tensor(
    randomNumbers(
      shape.reduce((a, b) => a * b, 1),
      seed,
    ),
    shape,
  )

/** Scores of a batch, and the shape of its rows. */
type Network = (x: Tensor) => Tensor

function linear(tf: Tf, before: number, after: number, bias = true): Network {
  const weight = normal(tf, [before, after], 1 / Math.sqrt(before))
  if (!bias) return (x) => tf.matMul(x, weight)
  const shift = tf.variable(tf.zeros([after]))
  return (x) => tf.add(tf.matMul(x, weight), shift)
}

function layers(tf: Tf, sizes: readonly number[], activation: 'relu' | 'tanh'): Network {
  const steps = sizes.slice(1).map((size, i) => linear(tf, sizes[i]!, size))
  return (x) => steps.reduce((h, step, i) => step(i ? tf[activation](h) : h), x)
}

function cnn(tf: Tf, work: CnnWork): Network {
  const filters = work.channels.slice(1).map((after, i) => {
    const before = work.channels[i]!
    return { weight: normal(tf, [3, 3, before, after], 1 / Math.sqrt(9 * before)), bias: tf.variable(tf.zeros([after])) }
  })
  const flat = work.channels.at(-1)! * (work.side >> filters.length) ** 2
  const head = layers(tf, [flat, ...work.sizes], 'relu')
  return (x) => {
    const image = filters.reduce(
      (h, { weight, bias }) => tf.maxPool(tf.relu(tf.add(tf.conv2d(h, weight, 1, 'same'), bias)), 2, 2, 'valid'),
      x,
    )
    return head(tf.reshape(image, [work.batch, flat]))
  }
}

function norm(tf: Tf, width: number): Network {
  const [scale, shift] = [tf.variable(tf.ones([width])), tf.variable(tf.zeros([width]))]
  return (x) => {
    const centred = tf.sub(x, tf.mean(x, -1, true))
    const variance = tf.mean(tf.square(centred), -1, true)
    return tf.add(tf.mul(tf.mul(centred, tf.rsqrt(tf.add(variance, 1e-5))), scale), shift)
  }
}

/** Takes one-hot rows: the gradient of a gather is not to be had on every backend. */
function gpt(tf: Tf, { layers, heads, width, time, batch, vocabulary }: GptWork): Network {
  const token = normal(tf, [vocabulary, width], 0.02)
  const position = normal(tf, [time, width], 0.02)
  const future = tf.tensor(
    Float32Array.from({ length: time * time }, (_, i) => (i % time > Math.floor(i / time) ? -1e9 : 0)),
    [time, time],
  )
  const split = (x: Tensor): Tensor => tf.transpose(tf.reshape(x, [batch, time, heads, width / heads]), [0, 2, 1, 3])
  const blocks = Array.from({ length: layers }, (): Network => {
    const [norm1, qkv, project] = [norm(tf, width), linear(tf, width, 3 * width), linear(tf, width, width)]
    const [norm2, up, down] = [norm(tf, width), linear(tf, width, 4 * width), linear(tf, 4 * width, width)]
    return (x) => {
      const [q, k, v] = tf.split(qkv(norm1(x)), 3, -1).map(split)
      const scores = tf.add(tf.mul(tf.matMul(q!, k!, false, true), 1 / Math.sqrt(width / heads)), future)
      const mixed = tf.reshape(tf.transpose(tf.matMul(tf.softmax(scores), v!), [0, 2, 1, 3]), [batch * time, width])
      const y = tf.add(x, project(mixed))
      const h = up(norm2(y))
      return tf.add(y, down(tf.mul(tf.mul(h, 0.5), tf.add(tf.erf(tf.mul(h, Math.SQRT1_2)), 1))))
    }
  })
  const [last, head] = [norm(tf, width), linear(tf, width, vocabulary, false)]
  return (ids) => {
    const embedded = tf.add(tf.reshape(tf.matMul(ids, token), [batch, time, width]), position)
    return head(last(blocks.reduce((x, block) => block(x), tf.reshape(embedded, [batch * time, width]))))
  }
}

function training(tf: Tf, work: MlpWork | CnnWork | GptWork): Step {
  const labels = (count: number, classes: number, seed: number): Tensor =>
    tf.cast(tf.oneHot(tf.tensor(randomIds(count, classes, seed), [count], 'int32'), classes), 'float32')
  const batches = Array.from({ length: POOL }, (_, i) => {
    if (work.kind === 'gpt') {
      const rows = work.batch * work.time
      return { x: labels(rows, work.vocabulary, i + 1), y: labels(rows, work.vocabulary, i + 9) }
    }
    const shape = work.kind === 'cnn' ? [work.batch, work.side, work.side, work.channels[0]!] : [work.batch, work.sizes[0]!]
    return { x: input(tf, shape, i + 1), y: labels(work.batch, work.sizes.at(-1)!, i + 9) }
  })
  const network = work.kind === 'mlp' ? layers(tf, work.sizes, work.activation) : work.kind === 'cnn' ? cnn(tf, work) : gpt(tf, work)
  const optimizer = tf.train.adam(1e-3)
  const next = turns(batches)
  return async () => {
    const { x, y } = next()
    const cost = optimizer.minimize(() => tf.losses.softmaxCrossEntropy(y, network(x)), true)
    const [loss] = await cost.data()
    cost.dispose()
    return loss!
  }
}

function convolution(tf: Tf, { pass, batch, side, channels }: ConvWork): Step {
  const shape = [batch, side, side, channels]
  const [x, filter] = [input(tf, shape), input(tf, [3, 3, channels, channels])]
  if (pass === 'dW') throw new Error('tfjs offers no weight gradient apart from a whole backward pass')
  return read(tf, () => (pass === 'forward' ? tf.conv2d(x, filter, 1, 'same') : tf.conv2dTranspose(x, filter, shape, 1, 'same')))
}

function product(tf: Tf, { size }: MatmulWork): Step {
  const [a, b] = [input(tf, [size, size], 1), input(tf, [size, size], 2)]
  return read(tf, () => tf.matMul(a, b))
}

/** Reads one number of a result. */
const read =
  (tf: Tf, f: () => Tensor): Step =>
  async () => {
    const one = tf.tidy(() => {
      const result = f()
      return tf.slice(result, Array(result.shape.length).fill(0), Array(result.shape.length).fill(1))
    })
    const [value] = await one.data()
    one.dispose()
    return value!
  }

await serve(open)
