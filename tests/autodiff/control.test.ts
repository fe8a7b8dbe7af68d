import { describe, expect, test } from 'vitest'
import { cond, explain, grad, recompute, scan, type Tensor, tensor } from '../../src/index.js'
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

  const xs = f64(rows)
  const w = f64([
    [0.4, -0.3],
    [0.2, 0.6],
  ])
  const looped = (x: Tensor, step = (h: Tensor, r: Tensor): Tensor => cell(h, r, w)): Tensor =>
    scan((h: Tensor, r: Tensor) => [step(h, r.reshape([1, 2])), []] as const, f64([[0.1, 0.2]]), x).carry

  test('keeps what its gradient reads, unless the step is a checkpoint', async () => {
    const tanhs = async (step?: (h: Tensor, r: Tensor) => Tensor): Promise<number[]> => {
      const g = grad((x: Tensor) => looped(x, step).sum())(xs)
      return (await explain(g).profile({ runs: 1 })).nodes.filter((n) => n.type === 'Tanh').map((n) => n.count)
    }
    expect(await tanhs()).toEqual([4])
    expect(await tanhs(recompute((h, r) => cell(h, r, w)))).toEqual([4, 4])
  })

  test('computes again what only spreads few numbers over many', () => {
    const g = grad((x: Tensor) =>
      scan(
        (h: Tensor, r: Tensor) =>
          [
            h
              .exp()
              .mul(r.reshape([2, 1]))
              .sin()
              .sum(0),
            [],
          ] as const,
        f64([1, 2, 3]),
        x,
      ).carry.sum(),
    )(xs)
    // the state, the state before each step, and exp of it; not the (2, 3) of the product
    expect(explain(g).nodes.find((n) => n.op === 'scan')?.outputs).toEqual(['(3) f64', '(4, 3) f64', '(4, 3) f64'])
  })

  test('asked for its result while its gradient is being taken, gives both', async () => {
    const plain = await grad((x: Tensor) => looped(x).sum())(xs).data()
    let asked: Promise<unknown> | undefined
    const g = grad((x: Tensor) => {
      const y = looped(x)
      asked = y.data()
      return y.sum()
    })(xs)
    expect(await asked).toEqual(await looped(xs).data())
    expect(await g.data()).toEqual(plain)
  })
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
