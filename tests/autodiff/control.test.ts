import { describe, expect, test } from 'vitest'
import { cond, grad, scan, type Tensor, tensor } from '../../src/index.js'
import { expectClose } from '../compare.js'

const f64 = (v: Parameters<typeof tensor>[0]): Tensor => tensor(v, { dtype: 'f64' })
const rows = [
  [0.3, -0.2],
  [0.5, 0.9],
  [-0.7, 0.1],
  [0.2, 0.4],
]

/** Value, gradient and a gradient of the gradient, of both forms, compared. */
async function equal(a: (x: Tensor, w: Tensor) => Tensor, b: (x: Tensor, w: Tensor) => Tensor): Promise<void> {
  const [x, w] = [
    f64(rows),
    f64([
      [0.4, -0.3],
      [0.2, 0.6],
    ]),
  ]
  const first = (f: typeof a) => (p: { x: Tensor; w: Tensor }) => f(p.x, p.w)
  const second = (f: typeof a) => (p: { x: Tensor; w: Tensor }) => {
    const g = grad(first(f))(p)
    return g.x
      .mul(
        f64([
          [1, 2],
          [3, -1],
          [2, 0.5],
          [-1, 1],
        ]),
      )
      .sum()
      .add(g.w.square().sum())
  }
  for (const order of [first, second]) {
    const [got, want] = [order(a)({ x, w }), order(b)({ x, w })]
    expectClose(await got.data(), await want.data(), { rtol: 1e-10, atol: 1e-12 })
    const [dGot, dWant] = [grad(order(a))({ x, w }), grad(order(b))({ x, w })]
    expectClose(await dGot.x.data(), await dWant.x.data(), { rtol: 1e-9, atol: 1e-11, label: 'x' })
    expectClose(await dGot.w.data(), await dWant.w.data(), { rtol: 1e-9, atol: 1e-11, label: 'w' })
  }
}

const row = (x: Tensor, i: number): Tensor => x.slice([[i, i + 1]]).reshape([1, 2])
const cell = (h: Tensor, r: Tensor, w: Tensor): Tensor => h.matmul(w).add(r).tanh()

describe('scan', () => {
  for (const reverse of [false, true])
    test(`is the loop written out, with what it captures${reverse ? ', backwards' : ''}`, () =>
      equal(
        (x, w) => {
          const { carry, ys } = scan(
            (h: Tensor, r: Tensor) => {
              const next = cell(h, r.reshape([1, 2]), w)
              return [next, next.square()] as const
            },
            f64([[0.1, 0.2]]),
            x,
            { reverse },
          )
          return carry.sum().add(ys.mul(f64([1, 2, 3, 4]).reshape([4, 1, 1])).sum())
        },
        (x, w) => {
          let h = f64([[0.1, 0.2]])
          let total: Tensor = f64(0)
          for (const i of reverse ? [3, 2, 1, 0] : [0, 1, 2, 3]) {
            h = cell(h, row(x, i), w)
            total = total.add(
              h
                .square()
                .mul(i + 1)
                .sum(),
            )
          }
          return h.sum().add(total)
        },
      ))

  test('inside scan', () =>
    equal(
      (x, w) =>
        scan(
          (h: Tensor, r: Tensor) => {
            const inner = scan((s: Tensor, q: Tensor) => [s.add(q.mul(r.sum()).sin()), []] as const, h, w)
            return [inner.carry, []] as const
          },
          f64([0.1, 0.2]),
          x,
        )
          .carry.square()
          .sum(),
      (x, w) => {
        let h = f64([0.1, 0.2])
        for (let i = 0; i < 4; i++) for (let j = 0; j < 2; j++) h = h.add(row(w, j).reshape([2]).mul(row(x, i).sum()).sin())
        return h.square().sum()
      },
    ))
})

describe('cond', () => {
  for (const limit of [-100, 100])
    test(`takes one branch and its gradient (${limit < 0 ? 'then' : 'otherwise'})`, () =>
      equal(
        (x, w) =>
          cond(
            x.sum().greater(limit),
            () => x.matmul(w).square().sum(),
            () => x.sin().mul(w.sum()).sum(),
          ),
        (x, w) => (limit < 0 ? x.matmul(w).square().sum() : x.sin().mul(w.sum()).sum()),
      ))

  test('computes only the branch taken', async () => {
    const x = f64([-1])
    expect(
      await cond(
        x.sum().greater(0),
        () => x.log(),
        () => x.neg(),
      ).array(),
    ).toEqual([1])
    expect(
      await grad((v: Tensor) =>
        cond(
          v.sum().greater(0),
          () => v.sqrt(),
          () => v.neg(),
        ).sum(),
      )(x).array(),
    ).toEqual([-1])
  })
})
