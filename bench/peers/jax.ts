/** jax-js on its wasm backend: one jitted function for loss, gradients and Adam. */
import type { CnnWork, ConvWork, GptWork, MatmulWork, MlpWork, Work } from '../works/work.js'
import { loadModule } from './modules.js'
import { type Library, POOL, randomIds, randomNumbers, type Step, serve, turns } from './serve.js'

/** An array is used up by what takes it; `ref` keeps it for one more use. */
interface Arr {
  readonly ref: Arr
  add(x: Arr | number): Arr
  sub(x: Arr | number): Arr
  mul(x: Arr | number): Arr
  div(x: Arr | number): Arr
  sum(axis?: number): Arr
  mean(axis?: number, options?: { keepdims: boolean }): Arr
  reshape(shape: readonly number[]): Arr
  transpose(order: readonly number[]): Arr
  data(): Promise<Float32Array>
  jsAsync(): Promise<number>
}
interface Jax {
  readonly numpy: {
    array(values: Float32Array | readonly number[] | number, options?: { shape: readonly number[] }): Arr
    matmul(a: Arr, b: Arr): Arr
    tanh(x: Arr): Arr
    sqrt(x: Arr): Arr
    max(x: Arr, axes: readonly number[]): Arr
    split(x: Arr, parts: number, axis: number): Arr[]
  }
  readonly lax: { erf(x: Arr): Arr; conv(x: Arr, weight: Arr, strides: readonly number[], padding: 'SAME'): Arr }
  readonly nn: { relu(x: Arr): Arr; logSoftmax(x: Arr, axis?: number): Arr; softmax(x: Arr, axis?: number): Arr }
  readonly tree: { ref(arrays: Arr[]): Arr[] }
  init(device: 'wasm'): Promise<readonly string[]>
  defaultDevice(device: 'wasm'): unknown
  jit<A extends unknown[], R>(f: (...args: A) => R): (...args: A) => R
  valueAndGrad(f: (parameters: Arr[], x: Arr, y: Arr) => Arr): (parameters: Arr[], x: Arr, y: Arr) => [Arr, Arr[]]
}

const open = async (): Promise<Library> => {
  const { module: jax, version } = await loadModule<Jax>('@jax-js/jax')
  await jax.init('wasm')
  jax.defaultDevice('wasm')
  return {
    version,
    begin(work: Work): Step {
      if (work.kind === 'matmul') return product(jax, work)
      if (work.kind === 'mlp') return mlp(jax, work)
      if (work.kind === 'cnn') return cnn(jax, work)
      if (work.kind === 'conv') return convolution(jax, work)
      if (work.kind === 'gpt' && work.vocabulary < 1000 && !work.checkpoint) return gpt(jax, work)
      throw new Error('not written for jax-js')
    },
  }
}

const input = (jax: Jax, shape: readonly number[], seed: number, scale = 1): Arr => {
  const values = randomNumbers(
    shape.reduce((a, b) => a * b, 1),
    seed,
  )
  return jax.numpy.array(scale === 1 ? values : values.map((x) => (2 * x - 1) * scale), { shape })
}
const oneHot = (jax: Jax, count: number, classes: number, seed: number): Arr => {
  const rows = new Float32Array(count * classes)
  randomIds(count, classes, seed).forEach((id, row) => {
    rows[row * classes + id] = 1
  })
  return jax.numpy.array(rows, { shape: [count, classes] })
}
const filled = (jax: Jax, size: number, value: number): Arr => jax.numpy.array(new Float32Array(size).fill(value), { shape: [size] })

/** Adam around a loss; `batches` are used in turn. */
function training(jax: Jax, parameters: Arr[], loss: (p: Arr[], x: Arr, y: Arr) => Arr, batches: readonly { x: Arr; y: Arr }[]): Step {
  const step = jax.jit((p: Arr[], m: Arr[], v: Arr[], rate: Arr, scale: Arr, x: Arr, y: Arr) => {
    const [value, grads] = jax.valueAndGrad(loss)(jax.tree.ref(p), x, y)
    const first = m.map((old, i) => old.mul(0.9).add(grads[i]!.ref.mul(0.1)))
    const second = v.map((old, i) => old.mul(0.999).add(grads[i]!.ref.mul(grads[i]!).mul(0.001)))
    const next = p.map((old, i) => old.sub(first[i]!.ref.mul(rate.ref).div(jax.numpy.sqrt(second[i]!.ref.mul(scale.ref)).add(1e-8))))
    return { next, first, second, value }
  })
  const zeros = (): Arr[] => parameters.map((p) => p.ref.mul(0))
  let [p, m, v] = [parameters, zeros(), zeros()]
  let t = 0
  const next = turns(batches)
  return async () => {
    t++
    const { x, y } = next()
    const rate = jax.numpy.array(1e-3 / (1 - 0.9 ** t))
    const scale = jax.numpy.array(1 / (1 - 0.999 ** t))
    const out = step(p, m, v, rate, scale, x.ref, y.ref)
    p = out.next
    m = out.first
    v = out.second
    return out.value.jsAsync()
  }
}

const crossEntropy = (jax: Jax, scores: Arr, y: Arr, rows: number): Arr =>
  jax.nn
    .logSoftmax(scores)
    .mul(y)
    .sum()
    .mul(-1 / rows)

function mlp(jax: Jax, { sizes, batch, activation }: MlpWork): Step {
  const parameters = sizes
    .slice(1)
    .flatMap((size, i) => [input(jax, [sizes[i]!, size], i + 1, 1 / Math.sqrt(sizes[i]!)), filled(jax, size, 0)])
  const act = activation === 'relu' ? jax.nn.relu : jax.numpy.tanh
  const loss = (p: Arr[], x: Arr, y: Arr): Arr => {
    let h = x
    for (let i = 0; i < p.length; i += 2) h = jax.numpy.matmul(i ? act(h) : h, p[i]!).add(p[i + 1]!)
    return crossEntropy(jax, h, y, batch)
  }
  const batches = Array.from({ length: POOL }, (_, i) => ({
    x: input(jax, [batch, sizes[0]!], i + 20),
    y: oneHot(jax, batch, sizes.at(-1)!, i + 40),
  }))
  return training(jax, parameters, loss, batches)
}

function cnn(jax: Jax, { side, channels, sizes, batch }: CnnWork): Step {
  const blocks = channels.length - 1
  const flat = channels.at(-1)! * (side >> blocks) ** 2
  const filters = channels
    .slice(1)
    .flatMap((after, i) => [
      input(jax, [after, channels[i]!, 3, 3], i + 1, 1 / Math.sqrt(9 * channels[i]!)),
      filled(jax, after, 0).reshape([after, 1, 1]),
    ])
  const widths = [flat, ...sizes]
  const dense = sizes.flatMap((size, i) => [input(jax, [widths[i]!, size], i + 9, 1 / Math.sqrt(widths[i]!)), filled(jax, size, 0)])
  const loss = (p: Arr[], x: Arr, y: Arr): Arr => {
    let h = x
    for (let i = 0; i < blocks; i++) {
      const half = side >> (i + 1)
      const image = jax.nn.relu(jax.lax.conv(h, p[2 * i]!, [1, 1], 'SAME').add(p[2 * i + 1]!))
      h = jax.numpy.max(image.reshape([batch, channels[i + 1]!, half, 2, half, 2]), [3, 5])
    }
    h = h.reshape([batch, flat])
    for (let i = 2 * blocks; i < p.length; i += 2) h = jax.numpy.matmul(i > 2 * blocks ? jax.nn.relu(h) : h, p[i]!).add(p[i + 1]!)
    return crossEntropy(jax, h, y, batch)
  }
  const batches = Array.from({ length: POOL }, (_, i) => ({
    x: input(jax, [batch, channels[0]!, side, side], i + 20),
    y: oneHot(jax, batch, sizes.at(-1)!, i + 40),
  }))
  return training(jax, [...filters, ...dense], loss, batches)
}

function convolution(jax: Jax, { pass, batch, channels, side }: ConvWork): Step {
  if (pass !== 'forward') throw new Error('jax-js offers no gradient of a convolution apart from a whole backward pass')
  const [x, weight] = [input(jax, [batch, channels, side, side], 1), input(jax, [channels, channels, 3, 3], 2)]
  const run = jax.jit((x: Arr, weight: Arr) => jax.lax.conv(x, weight, [1, 1], 'SAME'))
  return async () => (await run(x.ref, weight.ref).data())[0]!
}

function gpt(jax: Jax, { layers, heads, width, time, batch, vocabulary }: GptWork): Step {
  const np = jax.numpy
  const rows = batch * time
  const matrix = (before: number, after: number, seed: number): Arr => input(jax, [before, after], seed, 1 / Math.sqrt(before))
  const dense = (before: number, after: number, seed: number): Arr[] => [matrix(before, after, seed), filled(jax, after, 0)]
  const scaled = (): Arr[] => [filled(jax, width, 1), filled(jax, width, 0)]
  const block = (i: number): Arr[] => [
    ...[...scaled(), ...dense(width, 3 * width, 7 * i + 1), ...dense(width, width, 7 * i + 2)],
    ...[...scaled(), ...dense(width, 4 * width, 7 * i + 3), ...dense(4 * width, width, 7 * i + 4)],
  ]
  const embeddings = [input(jax, [vocabulary, width], 90, 0.035), input(jax, [time, width], 91, 0.035)]
  const parameters = [
    ...embeddings,
    ...Array.from({ length: layers }, (_, i) => block(i)).flat(),
    ...scaled(),
    matrix(width, vocabulary, 92),
  ]
  const future = np.array(
    Float32Array.from({ length: time * time }, (_, i) => (i % time > Math.floor(i / time) ? -1e9 : 0)),
    { shape: [time, time] },
  )

  const norm = (x: Arr, scale: Arr, shift: Arr): Arr => {
    const centred = x.ref.sub(x.mean(-1, { keepdims: true }))
    const variance = centred.ref.mul(centred.ref).mean(-1, { keepdims: true })
    return centred
      .div(np.sqrt(variance.add(1e-5)))
      .mul(scale)
      .add(shift)
  }
  const linear = (x: Arr, weight: Arr, bias: Arr): Arr => np.matmul(x, weight).add(bias)
  const split = (x: Arr): Arr => x.reshape([batch, time, heads, width / heads]).transpose([0, 2, 1, 3])
  const loss = (p: Arr[], ids: Arr, y: Arr): Arr => {
    let at = 0
    const take = (): Arr => p[at++]!
    let x = np.matmul(ids, take()).reshape([batch, time, width]).add(take()).reshape([rows, width])
    for (let i = 0; i < layers; i++) {
      const [q, k, v] = np.split(linear(norm(x.ref, take(), take()), take(), take()), 3, -1).map(split)
      const scores = np
        .matmul(q!, k!.transpose([0, 1, 3, 2]))
        .mul(1 / Math.sqrt(width / heads))
        .add(future.ref)
      const mixed = np.matmul(jax.nn.softmax(scores), v!).transpose([0, 2, 1, 3]).reshape([rows, width])
      x = x.add(linear(mixed, take(), take()))
      const h = linear(norm(x.ref, take(), take()), take(), take())
      x = x.add(linear(h.ref.mul(0.5).mul(jax.lax.erf(h.mul(Math.SQRT1_2)).add(1)), take(), take()))
    }
    return crossEntropy(jax, np.matmul(norm(x, take(), take()), take()), y, rows)
  }
  const batches = Array.from({ length: POOL }, (_, i) => ({
    x: oneHot(jax, rows, vocabulary, i + 1),
    y: oneHot(jax, rows, vocabulary, i + 9),
  }))
  return training(jax, parameters, loss, batches)
}

function product(jax: Jax, { size }: MatmulWork): Step {
  const [a, b] = [input(jax, [size, size], 1), input(jax, [size, size], 2)]
  const run = jax.jit((a: Arr, b: Arr) => jax.numpy.matmul(a, b))
  return async () => (await run(a.ref, b.ref).data())[0]!
}

await serve(open)
