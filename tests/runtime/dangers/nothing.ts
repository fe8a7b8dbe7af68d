/** Everything else of which there is nothing: orders, sums, ids, losses, loops and branches. */
import * as hebb from '../../../src/index.js'
import { scan, type Tensor } from '../../../src/index.js'
import { type Danger, ids, x } from './danger.js'

export function* nothings(): Generator<Danger> {
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
    yield one('extremes', (a) => [a!.max(), a!.argmax()])
    yield one('any and all', (a) => [a!.greater(0).any(), a!.greater(0).all(-1)])
    yield one('a stretch', (a) => a!.expand([4, ...shape]).mul(2))
    yield one('turns', (a) => [a!.flip(0), a!.roll(1, 0), a!.tile(shape.map(() => 2)), a!.transpose(shape.map((_, i) => last - i))])
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

export function* losses(): Generator<Danger> {
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

export function* loops(): Generator<Danger> {
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
