/** What ends or hangs a process inside ONNX Runtime's kernels where nothing guards it: integers at the ends of their range, and everything of which there is nothing. */
import * as hebb from '../../src/index.js'
import { compile, compute, grad, HebbError, scan, type Tensor, tensor, zeros } from '../../src/index.js'
import { type Dtype, isFloat } from '../../src/tensor/dtype.js'
import { expectClose } from '../compare.js'
import type { Situation } from './children.js'
import { lint } from './linter.js'

type Numbers = readonly (number | bigint)[]

/** A call, how it is written out with gradients, and what it must give where that is known. */
interface Danger {
  readonly name: string
  readonly inputs: readonly Tensor[]
  readonly call: (...inputs: Tensor[]) => Tensor | readonly Tensor[]
  readonly want?: Numbers
  /** whether the call may be refused by an error of the library */
  readonly refused?: boolean
}

const listOf = (found: Tensor | readonly Tensor[]): readonly Tensor[] => (found instanceof hebb.Tensor ? [found] : found)

/** Outputs, and gradients of the sum of the float ones for the float inputs. */
function everything({ call }: Danger, inputs: readonly Tensor[]): readonly Tensor[] {
  const outputs = listOf(call(...inputs))
  const floats = inputs.filter((t) => isFloat(t.dtype))
  if (floats.length === 0 || !outputs.some((t) => isFloat(t.dtype))) return outputs
  const score = (...xs: Tensor[]): Tensor => {
    let next = 0
    const found = listOf(call(...inputs.map((t) => (isFloat(t.dtype) ? xs[next++]! : t))))
    return found
      .filter((t) => isFloat(t.dtype))
      .map((t) => t.square().sum())
      .reduce((a, b) => a.add(b.cast(a.dtype)))
  }
  return [...outputs, ...grad((xs: readonly Tensor[]) => score(...xs))(floats)]
}

function differs(found: Tensor, want: Numbers | undefined): string | undefined {
  const got = [...found.value!] as (number | bigint)[]
  return want && (got.length !== want.length || got.some((v, i) => !Object.is(v, want[i])))
    ? `gives ${got.join()}, not ${want.join()}`
    : undefined
}

/** One danger met at once, in a compiled function, and in the body of a loop. */
function* ways(d: Danger): Generator<Situation> {
  const guarded = (run: () => Promise<string | undefined>) => async (): Promise<string | undefined> => {
    try {
      return await run()
    } catch (e) {
      if (d.refused && e instanceof HebbError && !(e instanceof hebb.OrtError)) return undefined
      throw e
    }
  }
  yield {
    name: d.name,
    run: guarded(async () => {
      const all = everything(d, d.inputs)
      const complaints = await lint(all, 'native')
      if (complaints.length > 0) return complaints.join('; ')
      await compute(all)
      return differs(all[0]!, d.want)
    }),
  }
  yield {
    name: `${d.name}, compiled`,
    run: guarded(async () => {
      const f = compile((...xs: Tensor[]) => everything(d, xs))
      return differs((await f(...d.inputs))[0]!, d.want)
    }),
  }
  if (d.inputs.length === 0) return
  yield {
    name: `${d.name}, in a loop`,
    run: guarded(async () => {
      const rows = d.inputs.map((t) => hebb.stack([t, t]))
      const { ys } = scan((c: Tensor, xs: readonly Tensor[]) => [c.add(1), everything(d, xs)] as const, tensor(0), rows)
      const complaints = await lint(ys, 'native')
      if (complaints.length > 0) return complaints.join('; ')
      const at = [...ys.map((y) => y.at(0)), ...ys.map((y) => y.at(1))]
      const alone = everything(d, d.inputs)
      await compute([...at, ...alone])
      for (const [i, y] of at.entries())
        expectClose(y.value!, Array.from(alone[i % ys.length]!.value!, Number), { rtol: 1e-4, atol: 1e-5, label: `output ${i}` })
      return undefined
    }),
  }
}

const least: Readonly<Record<string, bigint>> = { i32: -(2n ** 31n), i64: -(2n ** 63n), u8: 0n }
const most: Readonly<Record<string, bigint>> = { i32: 2n ** 31n - 1n, i64: 2n ** 63n - 1n, u8: 255n }

const whole = (values: readonly bigint[], dtype: Dtype): Tensor =>
  tensor(values.map((v) => (dtype === 'i64' ? v : Number(v))) as number[], { dtype })

/** Quotients toward zero, remainders with the divisor's sign, both 0 for a divisor of 0, wrapped around at the ends. */
function* divisions(): Generator<Danger> {
  for (const dtype of ['i32', 'i64', 'u8'] as const) {
    const [low, high] = [least[dtype]!, most[dtype]!]
    const numbers = dtype === 'u8' ? [0n, 1n, 7n, high] : [low, low + 1n, -7n, -1n, 0n, 1n, 7n, high]
    const pairs = numbers.flatMap((a) => numbers.map((b) => [a, b] as const))
    const [as, bs] = [0, 1].map((k) => pairs.map((p) => p[k]!)) as [bigint[], bigint[]]
    const wrapped = (v: bigint): number | bigint => {
      if (dtype === 'u8') return Number(v)
      const w = BigInt.asIntN(dtype === 'i32' ? 32 : 64, v)
      return dtype === 'i64' ? w : Number(w)
    }
    const rest = (a: bigint, b: bigint): bigint => (b === 0n ? 0n : ((a % b) + b) % b)
    const inputs = [whole(as, dtype), whole(bs, dtype)]
    yield {
      name: `div of ${dtype} at the ends`,
      inputs,
      call: (a, b) => a!.div(b!),
      want: pairs.map(([a, b]) => wrapped(b === 0n ? 0n : a / b)),
    }
    yield { name: `mod of ${dtype} at the ends`, inputs, call: (a, b) => a!.mod(b!), want: pairs.map(([a, b]) => wrapped(rest(a, b))) }
    for (const b of dtype === 'u8' ? [0, 255] : [0, -1])
      yield { name: `${dtype} by the number ${b}`, inputs: [whole(numbers, dtype)], call: (a) => [a!.div(b), a!.mod(b)] }
    yield { name: `a number by ${dtype}`, inputs: [whole(numbers, dtype)], call: (a) => [hebb.div(7, a!), hebb.mod(a!, a!)] }
  }
}

const x = (...shape: number[]): Tensor =>
  tensor(
    Float32Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, i) => (i % 5) - 1.5),
    { shape },
  )

function* products(): Generator<Danger> {
  for (const [a, b] of [
    [
      [2, 0],
      [0, 3],
    ],
    [
      [0, 4],
      [4, 3],
    ],
    [
      [2, 4],
      [4, 0],
    ],
    [[0], [0]],
    [
      [3, 2, 0],
      [0, 4],
    ],
    [
      [3, 2, 0],
      [3, 0, 4],
    ],
    [
      [0, 2, 3],
      [0, 3, 4],
    ],
    [[0], [0, 3]],
    [[2, 0], [0]],
  ] as const) {
    yield { name: `matmul (${a.join()}) by (${b.join()})`, inputs: [x(...a), x(...b)], call: (p, q) => p!.matmul(q!) }
    yield {
      name: `matmul of transposes (${a.join()}) by (${b.join()})`,
      inputs: [x(...[...a].reverse()), x(...[...b].reverse())],
      call: (p, q) => p!.transpose([...a.keys()].reverse()).matmul(q!.transpose([...b.keys()].reverse())),
    }
  }
  for (const [n, i, o] of [
    [2, 0, 3],
    [0, 4, 3],
    [2, 4, 0],
    [0, 0, 0],
  ] as const)
    yield { name: `linear of (${n}, ${i}) to ${o}`, inputs: [x(n, i), x(o, i), x(o)], call: (p, w, b) => hebb.linear(p!, w!, b!) }
  for (const [equation, ...shapes] of [
    ['ij,jk->ik', [2, 0], [0, 3]],
    ['bij,bjk->bik', [0, 2, 3], [0, 3, 2]],
    ['ij->', [0, 3]],
    ['i,j->ij', [0], [3]],
    ['ii->i', [0, 0]],
    ['ij,ij->i', [2, 0], [2, 0]],
  ] as [string, ...number[][]][])
    yield {
      name: `einsum ${equation} of ${shapes.map((s) => `(${s.join()})`).join(' ')}`,
      inputs: shapes.map((s) => x(...s)),
      call: (...ts) => hebb.einsum(equation, ...ts),
    }
  for (const [t, s, d] of [
    [2, 0, 3],
    [0, 2, 3],
    [2, 2, 0],
    [0, 0, 3],
  ] as const)
    for (const causal of [false, true])
      yield {
        name: `attention of ${t} queries, ${s} keys, width ${d}${causal ? ', causal' : ''}`,
        inputs: [x(1, 2, t, d), x(1, 2, s, d), x(1, 2, s, 4)],
        call: (q, k, v) => hebb.scaledDotProductAttention(q!, k!, v!, { causal }),
        refused: true,
      }
}

function* convolutions(): Generator<Danger> {
  for (const [n, c, o, w] of [
    [0, 2, 3, 5],
    [2, 0, 3, 5],
    [2, 2, 0, 5],
    [0, 0, 0, 5],
    [2, 2, 3, 0],
  ] as const)
    for (const dtype of ['f32', 'f64'] as const) {
      const size = `${n} images, ${c} channels to ${o}, width ${w}, ${dtype}`
      const f = (t: Tensor): Tensor => t.cast(dtype)
      yield {
        name: `conv of ${size}`,
        inputs: [x(n, c, w), x(o, c, 3), x(o)],
        call: (a, k, b) => hebb.conv(f(a!), f(k!), { bias: f(b!), padding: 1 }),
        refused: true,
      }
      yield {
        name: `conv in the plane of ${size}`,
        inputs: [x(n, c, w, w), x(o, c, 3, 3)],
        call: (a, k) => hebb.conv(f(a!), f(k!), { stride: 2, padding: 1 }),
        refused: true,
      }
      yield {
        name: `convTranspose of ${size}`,
        inputs: [x(n, c, w), x(c, o, 3), x(o)],
        call: (a, k, b) => hebb.convTranspose(f(a!), f(k!), { bias: f(b!) }),
        refused: true,
      }
    }
  for (const shape of [
    [0, 2, 4, 4],
    [2, 0, 4, 4],
    [2, 2, 0, 4],
  ] as const) {
    const named = `(${shape.join()})`
    yield { name: `maxPool of ${named}`, inputs: [x(...shape)], call: (a) => hebb.maxPool(a!, 2), refused: true }
    yield { name: `avgPool of ${named}`, inputs: [x(...shape)], call: (a) => hebb.avgPool(a!, 2, { padding: 1 }), refused: true }
    yield {
      name: `adaptive pools of ${named}`,
      inputs: [x(...shape)],
      call: (a) => [hebb.adaptiveAvgPool(a!, [3, 2]), hebb.adaptiveMaxPool(a!, [1, 1])],
      refused: true,
    }
    yield {
      name: `interpolate of ${named}`,
      inputs: [x(...shape)],
      call: (a) => hebb.interpolate(a!, { size: [3, 3], mode: 'linear' }),
      refused: true,
    }
    yield {
      name: `pad of ${named}`,
      inputs: [x(...shape)],
      call: (a) =>
        hebb.pad(
          a!,
          [
            [0, 0],
            [0, 0],
            [1, 1],
            [1, 1],
          ],
          { mode: 'circular' },
        ),
      refused: true,
    }
    yield { name: `batchNorm of ${named}`, inputs: [x(...shape)], call: (a) => hebb.batchNorm(a!).y, refused: true }
    yield { name: `groupNorm of ${named}`, inputs: [x(...shape)], call: (a) => hebb.groupNorm(a!, 1), refused: true }
  }
}

const ids = (...shape: number[]): Tensor => zeros(shape, { dtype: 'i32' })

function* nothings(): Generator<Danger> {
  for (const shape of [[0], [0, 3], [3, 0], [2, 0, 3]] as const) {
    const named = `(${shape.join()})`
    const last = shape.length - 1
    const one = (name: string, call: Danger['call']): Danger => ({
      name: `${name} of ${named}`,
      inputs: [x(...shape)],
      call,
      refused: true,
    })
    yield one('sort', (a) => [a!.sort().values, a!.argsort()])
    yield one('topK of none', (a) => a!.topK(0).values)
    yield one('cumsum', (a) => [a!.cumsum(0), a!.cumsum(last, { reverse: true }), a!.cumprod(last)])
    yield one('softmax', (a) => [a!.softmax(), a!.logSoftmax(0)])
    yield one('layerNorm', (a) => [hebb.layerNorm(a!), hebb.rmsNorm(a!)])
    yield one('sums', (a) => [a!.sum(), a!.sum(0), a!.sum(-1), a!.mean(), a!.prod(), a!.logSumExp(), a!.norm(), a!.std(), a!.variance()])
    yield one('extremes', (a) => [a!.amax(), a!.argmax()])
    yield one('any and all', (a) => [a!.greater(0).any(), a!.greater(0).all(-1)])
    yield one('a stretch', (a) => a!.expand([4, ...shape]).mul(2))
    yield one('turns', (a) => [a!.flip(0), a!.roll(1, 0), a!.repeat(shape.map(() => 2)), a!.transpose(shape.map((_, i) => last - i))])
    yield one('a where', (a) => a!.greater(0).where(a!, 1))
    yield one('concat', (a) => hebb.concat([a!, a!, x(...[...shape].fill(2, 0, 1))]))
  }
  yield { name: 'take with no ids', inputs: [x(3, 2)], call: (a) => a!.take(ids(0)) }
  yield { name: 'embedding with no ids', inputs: [x(3, 2)], call: (a) => a!.embedding(ids(2, 0)) }
  yield { name: 'embedding of width 0', inputs: [x(3, 0)], call: (a) => a!.embedding(ids(2)) }
  yield { name: 'takeAlong with no ids', inputs: [x(3, 2)], call: (a) => a!.takeAlong(ids(0, 2), 0) }
  yield { name: 'scatterAdd with no ids', inputs: [x(3, 2), x(0, 2)], call: (a, b) => a!.scatterAdd(ids(0, 2), b!, 0) }
  yield { name: 'scatter into nothing', inputs: [x(0, 2), x(0, 2)], call: (a, b) => a!.scatter(ids(0, 2), b!, 0) }
  yield { name: 'oneHot of nothing', inputs: [], call: () => ids(0).oneHot(3) }
}

function* losses(): Generator<Danger> {
  const two = [
    'meanSquaredError',
    'meanAbsoluteError',
    'huber',
    'smoothL1',
    'binaryCrossEntropy',
    'binaryCrossEntropyWithLogits',
    'hinge',
    'hingeEmbedding',
    'klDivergence',
    'poissonNll',
  ] as const
  for (const name of two)
    for (const shape of [[0], [0, 3], [2, 0]])
      yield { name: `${name} of (${shape.join()})`, inputs: [x(...shape), x(...shape)], call: (a, b) => hebb[name](a!, b!), refused: true }
  for (const shape of [
    [0, 3],
    [2, 0],
    [0, 3, 4],
    [2, 3, 0],
  ]) {
    const [n, c, ...rest] = shape as [number, number, ...number[]]
    for (const name of ['crossEntropy', 'nll', 'multiMargin'] as const)
      yield {
        name: `${name} of (${shape.join()})`,
        inputs: [x(n, c, ...rest)],
        call: (a) => hebb[name](a!, ids(n, ...rest)),
        refused: true,
      }
  }
  yield { name: 'ctc of no sequences', inputs: [x(4, 0, 3)], call: (a) => hebb.ctc(a!.logSoftmax(), ids(0, 2), [], []), refused: true }
  yield { name: 'ctc of no steps', inputs: [x(0, 2, 3)], call: (a) => hebb.ctc(a!.logSoftmax(), ids(2, 1), [0, 0], [1, 1]), refused: true }
}

function* loops(): Generator<Danger> {
  const sum = (init: Tensor, xs: Tensor, more: Tensor): readonly Tensor[] => {
    const { carry, ys } = scan(
      (c: readonly [Tensor, Tensor], row: readonly [Tensor, Tensor]) =>
        [[c[0].add(row[0]), c[1].mul(more.sum().add(1))], c[0].add(more.sum())] as const,
      [init, init.sum()],
      [xs, xs.mul(2)],
    )
    return [carry[0], carry[1], ys]
  }
  for (const [t, d, e] of [
    [0, 3, 2],
    [2, 0, 2],
    [2, 3, 0],
    [0, 0, 0],
    [3, 0, 0],
  ] as const)
    yield {
      name: `scan of ${t} steps, a carry of ${d}, ${e} from outside`,
      inputs: [x(d), x(t, d), x(e)],
      call: (c, xs, more) => sum(c!, xs!, more!),
    }
  yield {
    name: 'cond of nothing',
    inputs: [x(0, 2), x(0)],
    call: (a, b) =>
      hebb.cond(
        a!.sum().greater(1),
        () => a!.mul(b!.sum()),
        () => a!.sub(1),
      ),
  }
  yield {
    name: 'cond that gives nothing and something',
    inputs: [x(0, 2), x(2)],
    call: (a, b) =>
      hebb.cond(
        b!.sum().greater(1),
        () => [a!.mul(2), b!.mul(a!.sum())],
        () => [a!, b!],
      ),
  }
}

/** Layers, in a step of training and in a prediction. */
function* recurrent(): Generator<Situation> {
  const kinds = { RNN: hebb.RNN, GRU: hebb.GRU, LSTM: hebb.LSTM }
  for (const [kind, Layer] of Object.entries(kinds))
    for (const [t, n, i, h] of [
      [0, 2, 3, 4],
      [3, 0, 3, 4],
      [3, 2, 0, 4],
      [3, 2, 3, 0],
      [0, 0, 3, 4],
      [1, 1, 1, 1],
    ] as const)
      for (const bidirectional of [false, true])
        for (const lengths of n > 0 && !bidirectional ? [undefined, Array<number>(n).fill(0)] : [undefined])
          yield {
            name: `${kind}${bidirectional ? ', both ways' : ''}${lengths ? ', lengths 0' : ''}: ${t} steps, ${n} sequences, ${i} inputs, width ${h}`,
            run: async () => {
              try {
                const model = new Layer(i, h, { bidirectional })
                hebb.initialize(model)
                const forward = (input: Tensor): Tensor => model.forward(input, lengths ? { lengths } : {}).output
                const input = x(n, t, i)
                const plain = forward(input)
                const complaints = await lint([plain], 'native')
                if (complaints.length > 0) return complaints.join('; ')
                await plain.data()
                await (await compile(forward)(input)).data()
                const pulled = grad((a: Tensor) => forward(a).square().sum())(input)
                const more = await lint([pulled], 'native')
                if (more.length > 0) return more.join('; ')
                await pulled.data()
                const step = hebb.trainStep(model, hebb.adam(), ({ input }: { input: Tensor }) => forward(input).square().sum())
                const { loss } = await step({ input })
                return Number.isFinite(loss) ? undefined : `a loss of ${loss}`
              } catch (e) {
                if (e instanceof HebbError && !(e instanceof hebb.OrtError)) return undefined
                throw e
              }
            },
          }
}

export function* situations(): Generator<Situation> {
  for (const family of [divisions, products, convolutions, nothings, losses, loops]) for (const danger of family()) yield* ways(danger)
  yield* recurrent()
}
