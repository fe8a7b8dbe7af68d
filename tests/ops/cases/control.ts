/** Loops and branches. */
import { cond } from '../../../src/ops/control/cond.js'
import { scan } from '../../../src/ops/control/scan.js'
import { einsum } from '../../../src/ops/index.js'
import { fromData, type Tensor } from '../../../src/tensor/tensor.js'
import { of, some, whole } from '../examples.js'
import { get, grid, lines, map } from '../reference.js'
import type { Case, Grid, Row } from '../row.js'

/** h ← tanh(x + h w), each h kept: a small recurrent net, whose weight comes from outside the loop. */
const recurrent = (h0: Tensor, xs: Tensor, w: Tensor, reverse: boolean): readonly Tensor[] => {
  const { carry, ys } = scan(
    (h: Tensor, x: Tensor) => {
      const next = x.add(h.matmul(w)).tanh()
      return [next, next] as const
    },
    h0,
    xs,
    { reverse },
  )
  return [carry, ys]
}
const recurrentPlain = (h0: Grid, xs: Grid, w: Grid, reverse: boolean): readonly Grid[] => {
  const [steps, width] = xs.shape as readonly [number, number]
  let h: readonly number[] = h0.data
  const kept: (readonly number[])[] = []
  for (let n = 0; n < steps; n++) {
    const t = reverse ? steps - 1 - n : n
    h = Array.from({ length: width }, (_, j) => Math.tanh(get(xs, [t, j]) + h.reduce((sum, v, i) => sum + v * get(w, [i, j]), 0)))
    kept[t] = h
  }
  return [
    { shape: [width], data: h },
    { shape: [steps, width], data: kept.flat() },
  ]
}
const recurrentCase = (name: string, steps: number, reverse: boolean): Case => ({
  name,
  inputs: () => [some([3]), some([steps, 3], { seed: 2 }), some([3, 3], { seed: 3, from: -1, to: 1 })],
  call: (h, xs, w) => recurrent(h, xs, w, reverse),
  reference: (h, xs, w) => recurrentPlain(h!, xs!, w!, reverse),
})
const sums = (line: readonly number[]): number[] => line.map((_, i) => line.slice(0, i + 1).reduce((a, b) => a + b, 0))
const running = (xs: Tensor): Tensor =>
  scan(
    (sum: Tensor, x: Tensor) => {
      const next = sum.add(x)
      return [next, next] as const
    },
    fromData(xs.dtype === 'f64' ? new Float64Array(xs.shape[1]!) : new Float32Array(xs.shape[1]!), [xs.shape[1]!], xs.dtype),
    xs,
  ).ys

const branch = (p: Tensor, a: Tensor, b: Tensor): Tensor =>
  cond(
    p,
    () => a.mul(b).exp(),
    () => a.sub(b.square()),
  )

export const rows: readonly Row[] = [
  {
    name: 'scan',
    cases: [
      recurrentCase('a recurrent net', 5, false),
      recurrentCase('backward', 4, true),
      recurrentCase('one step', 1, false),
      { name: 'a running sum', inputs: () => [some([4, 2])], call: (xs) => running(xs), reference: (xs) => lines(xs!, 0, sums) },
      {
        name: 'two carries, two inputs, no use of one result',
        inputs: () => [some([3, 2]), some([3, 2], { seed: 2 })],
        call: (a, b) => {
          const { carry } = scan(
            (c: readonly [Tensor, Tensor], x: readonly [Tensor, Tensor]) =>
              [[c[0].mul(x[0]), c[1].add(c[0]).add(x[1])] as const, c[1]] as const,
            [a.slice([[0, 1]]).reshape([2]), b.slice([[0, 1]]).reshape([2])] as const,
            [a, b] as const,
          )
          return [carry[0], carry[1]]
        },
        reference: (a, b) => {
          const column = (j: number): readonly [number, number] => {
            let [p, q] = [get(a!, [0, j]), get(b!, [0, j])]
            for (let t = 0; t < 3; t++) [p, q] = [p * get(a!, [t, j]), q + p + get(b!, [t, j])]
            return [p, q]
          }
          return [0, 1].map((k) => grid([2], ([j]) => column(j!)[k]!))
        },
      },
    ],
    large: { inputs: () => [whole([200, 500])], call: (xs) => running(xs) },
  },
  {
    name: 'cond',
    cases: [true, false]
      .map(
        (taken): Case => ({
          name: `${taken}`,
          inputs: () => [of(Number(taken), 'bool'), some([3], { from: -1, to: 1 }), some([3], { seed: 2, from: -1, to: 1 })],
          call: branch,
          reference: (p, a, b) => grid([3], (i) => (p!.data[0] ? Math.exp(get(a!, i) * get(b!, i)) : get(a!, i) - get(b!, i) ** 2)),
        }),
      )
      .concat([
        {
          name: 'a value given back as it is',
          inputs: () => [of(0, 'bool'), some([3])],
          call: (p, a) =>
            cond(
              p,
              () => a.neg(),
              () => a,
            ),
          reference: (_, a) => map(a!, (v) => v),
        },
      ]),
    large: {
      inputs: () => [whole([300, 400])],
      call: (x) =>
        cond(
          x.sum().greaterEqual(-1e9),
          () => einsum('ij->j', x),
          () => x.sum(0).neg(),
        ),
    },
  },
]
