/** The checks of the battery see a wrong gradient: each rule is spoilt, one input at a time, and some case of its rows must turn red. */
import '../../src/entry/node.js'
import '../../src/index.js'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { gradcheck } from '../../src/autodiff/gradcheck.js'
import { allOps, type Op } from '../../src/graph/op.js'
import type { Tensor } from '../../src/tensor/tensor.js'
import { pulled } from './calls.js'
import { families, rowsOf } from './families.js'
import type { Case } from './row.js'

/** What stands in place of a helper that rules share. */
const mutant = vi.hoisted((): { unbroadcast?: ((g: Tensor, like: Tensor) => Tensor) | undefined } => {
  // what the setup of the tests loaded has the real one already
  vi.resetModules()
  return {}
})
vi.mock(import('../../src/ops/elementwise/broadcasting.js'), async (original) => {
  const real = await original()
  return { ...real, unbroadcast: (g, like) => (mutant.unbroadcast ?? real.unbroadcast)(g, like) }
})

type Rule = NonNullable<Op['vjp']>

/** How a cotangent of one input is spoilt. HEBB_ALL_MUTANTS=1 tries all ways for each, else one by the name of the op. */
const mutations: readonly (readonly [name: string, spoil: (g: Tensor) => Tensor | undefined])[] = [
  ['twice as large', (g) => g.mul(2)],
  ['of the other sign', (g) => g.neg()],
  ['missing', () => undefined],
]

/** Cases by op and input whose gradient passes there. */
const reached = new Map<Op, Map<number, Case[]>>()
const rules = new Map<Op, Rule>()
for (const op of allOps()) if (op.vjp && !op.name.startsWith('test.')) rules.set(op, op.vjp)

/** The rule of an op, exchanged while `f` runs. */
async function exchanged<R>(op: Op, rule: (original: Rule) => Rule, f: () => Promise<R>): Promise<R> {
  const original = rules.get(op)!
  op.vjp = rule(original)
  try {
    return await f()
  } finally {
    op.vjp = original
  }
}

beforeAll(async () => {
  let current: Case | undefined
  for (const [op, rule] of rules)
    op.vjp = (gs, context) => {
      const results = rule(gs, context)
      for (const [i, g] of results.entries()) {
        if (!g || !current) continue
        const inputs = reached.get(op) ?? reached.set(op, new Map()).get(op)!
        const cases = inputs.get(i) ?? inputs.set(i, []).get(i)!
        if (cases.at(-1) !== current) cases.push(current)
      }
      return results
    }
  for (const family of families)
    for (const row of await rowsOf(family))
      for (const c of row.cases) {
        if (c.gradient === 0) continue
        current = c
        pulled(c, c.inputs(), 'some')
        current = undefined
      }
  for (const [op, rule] of rules) op.vjp = rule
}, 300_000)
afterAll(() => {
  for (const [op, rule] of rules) op.vjp = rule
})

/** Whether one of the cases turns red; the smallest first, and no more than a dozen. */
async function isSeen(cases: readonly Case[]): Promise<boolean> {
  const size = (c: Case): number => c.inputs().reduce((sum, t) => sum + t.size, 0)
  const order = [...cases].sort((a, b) => size(a) - size(b)).filter((c) => size(c) > 0)
  for (const c of order.slice(0, 12)) {
    const failed = await gradcheck(c.call, c.inputs(), { ...c.steps, order: 1, directions: 1 }).then(
      () => false,
      () => true,
    )
    if (failed) return true
  }
  return false
}

const hash = (text: string): number => [...text].reduce((h, letter) => (Math.imul(h, 31) + letter.charCodeAt(0)) >>> 0, 7)

test('a right gradient turns nothing red', async () => {
  const wrong: string[] = []
  for (const [op, inputs] of reached)
    for (const [i, cases] of inputs) if (hash(`${op.name} ${i}`) % 10 === 0 && (await isSeen(cases))) wrong.push(op.name)
  expect(wrong).toEqual([])
}, 300_000)

test('gradients of stretched operands that are not summed back are seen', async () => {
  mutant.unbroadcast = (g, like) => {
    const extra = g.rank - like.rank
    const first = g.slice(g.shape.map((_, axis) => (axis < extra || like.shape[axis - extra] === 1 ? [0, 1] : null)))
    return first.reshape(like.shape)
  }
  const survivors: string[] = []
  try {
    for (const row of await rowsOf('arithmetic')) {
      const cases = row.cases.filter((c) => c.gradient !== 0 && new Set(c.inputs().map((t) => t.size)).size > 1)
      if (cases.length > 0 && !(await isSeen(cases))) survivors.push(row.name)
    }
  } finally {
    mutant.unbroadcast = undefined
  }
  expect(survivors).toEqual([])
}, 300_000)

test('a wrong gradient of any input of any op is seen', async () => {
  const survivors: string[] = []
  let tried = 0
  for (const [op, inputs] of reached)
    for (const [i, cases] of inputs) {
      const some = process.env.HEBB_ALL_MUTANTS ? mutations : [mutations[hash(`${op.name} ${i}`) % mutations.length]!]
      for (const [name, spoil] of some) {
        tried++
        const spoilt =
          (original: Rule): Rule =>
          (gs, context) =>
            original(gs, context).map((g, k) => (g && k === i ? spoil(g) : g))
        if (!(await exchanged(op, spoilt, () => isSeen(cases)))) survivors.push(`${op.name}: the gradient of input ${i} may be ${name}`)
      }
    }
  expect(tried).toBeGreaterThan(100)
  expect(survivors).toEqual([])
}, 600_000)
