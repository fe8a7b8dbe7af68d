/** Random numbers of compiled functions and loops: other ones at each call and step, the same for the same seed and step. */
import { describe, expect, test } from 'vitest'
import {
  compile,
  cond,
  Dropout,
  grad,
  initialize,
  Linear,
  random,
  recompute,
  scan,
  sgd,
  type Tensor,
  tensor,
  trainStep,
  valueAndGrad,
  zeros,
} from '../../src/index.js'

const numbers = async (t: Tensor): Promise<number[]> => Array.from(await t.data(), Number)
const distinct = (values: readonly unknown[]): number => new Set(values.map((v) => JSON.stringify(v))).size

describe('a compiled function', () => {
  const noise = () => compile((x: Tensor) => x.add(random.normal([3], { key: 'n' })))

  test('draws anew at each call, and the same again from the same step on', async () => {
    const f = noise()
    const x = zeros([3])
    const calls: number[][] = []
    for (let i = 0; i < 4; i++) calls.push(await numbers(await f(x)))
    expect(distinct(calls)).toBe(4)
    expect(f.step).toBe(4)
    f.step = 2
    expect(await numbers(await f(x))).toEqual(calls[2])
    const other = noise()
    other.step = 3
    expect(await numbers(await other(x))).toEqual(calls[3])
    expect(await numbers(await f.at(0, 1)(x))).toEqual(calls[1])
    expect(f.step).toBe(3)
  })

  test('takes its seed from the options or the call', async () => {
    const seeded = compile((x: Tensor) => x.add(random.normal([3], { key: 'n' })), { seed: 7 })
    const first = await numbers(await seeded(zeros([3])))
    expect(await numbers(await noise().at(7, 0)(zeros([3])))).toEqual(first)
    expect(await numbers(await noise().at(0, 0)(zeros([3])))).not.toEqual(first)
  })

  test('counts calls that overlap in the order in which they were made, across shapes', async () => {
    const f = compile((x: Tensor) => x.add(random.normal(x.shape, { key: 'n' })))
    const all = await Promise.all([2, 3, 2, 3].map(async (n) => numbers(await f(zeros([n])))))
    for (const [step, got] of all.entries()) expect(got).toEqual(await numbers(await f.at(0, step)(zeros([got.length]))))
  })
})

describe('a loop', () => {
  const walk = (steps: number, reverse = false) =>
    scan((c: Tensor, x: Tensor) => [c, random.uniform([2], { key: 'r' }).add(x)] as const, zeros([2]), zeros([steps, 2]), { reverse }).ys

  test('draws anew at each step', async () => {
    for (const reverse of [false, true]) expect(distinct((await walk(5, reverse).array()) as number[][])).toBe(5)
  })

  test('draws what one draw for all steps gives, in a compiled function by seed and step', async () => {
    const f = compile(() => walk(4))
    const [a, b] = [await numbers(await f()), await numbers(await f())]
    expect(a).not.toEqual(b)
    expect(b).toEqual(await numbers(await f.at(0, 1)()))
    const together = compile(() => random.uniform([4, 2], { key: 'r' }))
    expect(a).toEqual(await numbers(await together()))
  })

  test('keeps what was drawn outside', async () => {
    const once = random.uniform([2], { key: 'r' })
    const { ys } = scan((c: Tensor, x: Tensor) => [c, once.add(x)] as const, zeros([2]), zeros([3, 2]))
    expect(distinct((await ys.array()) as number[][])).toBe(1)
  })

  test('gives equal draws of one key in one step, as everywhere', async () => {
    const { ys } = scan(
      (c: Tensor, x: Tensor) =>
        [
          c,
          random
            .normal([2], { key: 'a' })
            .sub(random.normal([2], { key: 'a' }))
            .add(x),
        ] as const,
      zeros([2]),
      zeros([3, 2]),
    )
    expect(await numbers(ys)).toEqual(Array(6).fill(0))
  })

  test('in a loop, and a branch in it, draw anew at every step of both', async () => {
    const f = compile((x: Tensor) => {
      const inner = (row: Tensor) =>
        scan(
          (d: Tensor, z: Tensor) => {
            const r = random.normal([], { key: 'walk' })
            return [
              d.add(r),
              cond(
                z.greater(0),
                () => random.uniform([], { key: 'yes' }),
                () => r,
              ),
            ] as const
          },
          tensor(0),
          row,
        )
      return scan((c: Tensor, row: Tensor) => [c, inner(row)] as const, tensor(0), x).ys
    })
    const x = tensor([
      [1, -1, 1],
      [-1, 1, -1],
    ])
    const { carry, ys } = await f(x)
    const [ends, values] = [await numbers(carry), await numbers(ys)]
    expect([distinct(ends), distinct(values)]).toEqual([2, 6])
    expect(await numbers((await f.at(0, 0)(x)).ys)).toEqual(values)
    expect(await numbers((await f(x)).ys)).not.toEqual(values)
  })

  test('has gradients through what it draws, kept and computed anew alike', async () => {
    const loss = (again: boolean) => (w: Tensor) => {
      const step = (c: Tensor): Tensor => c.mul(w).add(random.normal([2], { key: 'z' }))
      const one = again ? recompute(step) : step
      const { ys } = scan(
        (c: Tensor, x: Tensor) => {
          const next = one(c).add(x)
          return [next, next] as const
        },
        zeros([2], { dtype: 'f64' }),
        zeros([4, 2]),
      )
      return ys.square().sum()
    }
    const w = [0.5, -0.7]
    const [kept, anew] = [compile(valueAndGrad(loss(false))), compile(valueAndGrad(loss(true)))]
    const [value, g] = await kept.at(3, 9)(tensor(w, { dtype: 'f64' }))
    const [same, h] = await anew.at(3, 9)(tensor(w, { dtype: 'f64' }))
    expect([await value.item(), await numbers(g)]).toEqual([await same.item(), await numbers(h)])
    for (const i of [0, 1]) {
      const at = async (d: number): Promise<number> => {
        const moved = w.map((v, k) => (k === i ? v + d : v))
        return (await kept.at(3, 9)(tensor(moved, { dtype: 'f64' })))[0].item()
      }
      expect(Math.abs((await numbers(g))[i]! - ((await at(1e-6)) - (await at(-1e-6))) / 2e-6)).toBeLessThan(1e-5)
    }
  })

  test('lets a dropout in its cell drop other units at each step, the same when a step is repeated', async () => {
    const cell = { drop: new Dropout(0.5), out: new Linear(1, 1) }
    initialize(cell)
    const run = async (steps: number): Promise<number[]> => {
      const step = trainStep(cell, sgd({ lr: 0 }), ({ x }: { x: Tensor }) => {
        const { ys } = scan((c: Tensor, row: Tensor) => [c, cell.drop.forward(row)] as const, zeros([64]), x)
        const rows = ys.greater(0).cast('f32')
        const differ = rows
          .slice([[0, 5]])
          .sub(rows.slice([[1, 6]]))
          .abs()
          .sum(1)
        return { loss: cell.out.forward(zeros([1, 1])).sum(), least: differ.min(), all: rows.sum(), first: rows.slice([[0, 1]]).sum() }
      })
      const seen: number[] = []
      for (let i = 0; i < steps; i++) {
        const { metrics } = await step({ x: tensor(new Float32Array(6 * 64).fill(1), { shape: [6, 64] }) })
        expect(metrics.least).toBeGreaterThan(8)
        seen.push(metrics.all! * 1000 + metrics.first!)
      }
      return seen
    }
    const seen = await run(3)
    expect(distinct(seen)).toBeGreaterThan(1)
    expect(await run(3)).toEqual(seen)
  })
})

describe('a loop without steps', () => {
  const fold = (v: { w: Tensor; c: Tensor; x: Tensor }) => scan((c: Tensor, x: Tensor) => [c.mul(v.w).add(x), c.mul(x)] as const, v.c, v.x)
  const given = () => ({ w: tensor([3, 4]), c: tensor([1, 2]), x: zeros([0, 2]) })

  test('gives its first carry and nothing more', async () => {
    for (const reverse of [false, true]) {
      const { carry, ys } = scan((c: Tensor, x: Tensor) => [c.add(x), [c, x.sum()]] as const, tensor([1, 2]), zeros([0, 2]), { reverse })
      expect(await numbers(carry)).toEqual([1, 2])
      expect(ys.map((y) => y.shape)).toEqual([[0, 2], [0]])
      expect(await Promise.all(ys.map(numbers))).toEqual([[], []])
    }
  })

  test('has the gradients of that, of second order too', async () => {
    const f = (v: { w: Tensor; c: Tensor; x: Tensor }) => fold(v).carry.square().sum().add(fold(v).ys.sum())
    const g = grad(f)(given())
    expect([await numbers(g.w), await numbers(g.c), g.x.shape]).toEqual([
      [0, 0],
      [2, 4],
      [0, 2],
    ])
    const h = grad((v: { w: Tensor; c: Tensor; x: Tensor }) => grad(f)(v).c.square().sum())(given())
    expect([await numbers(h.w), await numbers(h.c)]).toEqual([
      [0, 0],
      [8, 16],
    ])
  })

  test('and a drawing step draws nothing', async () => {
    const { carry, ys } = scan(
      (c: Tensor, x: Tensor) => [c.add(random.normal([2], { key: 'n' })), x] as const,
      tensor([1, 2]),
      zeros([0, 2]),
    )
    expect([await numbers(carry), await numbers(ys)]).toEqual([[1, 2], []])
  })
})
