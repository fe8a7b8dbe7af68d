/** Rosenblatt's rule against what is proved about it: a bound on its mistakes, and how many Boolean functions a line can decide. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Dataset, dataset, Perceptron, type PerceptronRuleOptions, perceptronRule, predict, tensor } from '../../src/index.js'
import * as sets from '../../src/sets/index.js'

/** Mistakes in all, and those of the last epoch. */
async function learn(
  unit: Perceptron,
  data: Dataset<'x' | 'y'>,
  options: PerceptronRuleOptions = {},
): Promise<{ total: number; last: number }> {
  let [total, last] = [0, 0]
  for await (const { mistakes } of perceptronRule(unit, data, options)) {
    total += mistakes
    last = mistakes
  }
  return { total, last }
}

const corners = (bits: number): number[][] =>
  Array.from({ length: 2 ** bits }, (_, i) => Array.from({ length: bits }, (_, b) => (i >> b) & 1))

describe('perceptronRule', () => {
  test('makes no more mistakes than (R / γ)² where a plane separates the classes [Novikoff 1962]', async () => {
    const whole = fc.integer({ min: -5, max: 5 })
    await fc.assert(
      fc.asyncProperty(
        fc.array(whole, { minLength: 4, maxLength: 4 }).filter((u) => u.slice(0, 3).some((v) => v !== 0)),
        fc.array(fc.array(whole, { minLength: 3, maxLength: 3 }), { minLength: 4, maxLength: 40 }),
        fc.integer({ min: 0, max: 1000 }),
        async (u, points, seed) => {
          const side = (x: readonly number[]): number => x.reduce((sum, v, d) => sum + v * u[d]!, u[3]!)
          const kept = points.filter((x) => side(x) !== 0)
          fc.pre(kept.length > 0)
          const length = Math.hypot(...u)
          const gamma = Math.min(...kept.map((x) => Math.abs(side(x)) / length))
          const radius = Math.max(...kept.map((x) => Math.hypot(...x, 1)))
          const bound = (radius / gamma) ** 2
          const data = dataset({ x: kept, y: kept.map((x) => [side(x) > 0 ? 1 : 0]) })
          const { total, last } = await learn(new Perceptron(3), data, { seed, epochs: Math.ceil(bound) + 1 })
          expect(last).toBe(0)
          expect(total).toBeLessThanOrEqual(bound)
        },
      ),
      { numRuns: 200 },
    )
  })

  test.each([
    [2, 14],
    [3, 104],
  ])('learns the Boolean functions of %i bits that a plane can decide: %i of them', async (bits, separable) => {
    const x = corners(bits)
    let learned = 0
    for (let f = 0; f < 2 ** x.length; f++)
      if ((await learn(new Perceptron(bits), dataset({ x, y: x.map((_, i) => [(f >> i) & 1]) }), { epochs: 60 })).last === 0) learned++
    expect(learned).toBe(separable)
  })

  test('never has all four points of XOR right', async () => {
    const unit = new Perceptron(2)
    const data = sets.xor()
    const x = tensor(data.columns.x.data as Float32Array, { shape: [4, 2] })
    for await (const { mistakes } of perceptronRule(unit, data, { epochs: 50 })) {
      expect(mistakes).toBeGreaterThan(0)
      const answers = await (await predict(unit, x)).data()
      const right = Array.from(answers, Number).filter((a, i) => a === Number(data.columns.y.data[i])).length
      expect(right).toBeLessThanOrEqual(3)
    }
  })

  test('several units learn beside one another, each as it would alone', async () => {
    const x = corners(2)
    const and = x.map(([a, b]) => a! & b!)
    const or = x.map(([a, b]) => a! | b!)
    const both = new Perceptron(2, 2)
    await learn(both, dataset({ x, y: x.map((_, i) => [and[i]!, or[i]!]) }), { epochs: 20 })
    const alone = [and, or].map(async (y) => {
      const unit = new Perceptron(2)
      await learn(unit, dataset({ x, y: y.map((t) => [t]) }), { epochs: 20 })
      return [...(unit.weight.storage.array as Float32Array)]
    })
    expect([...(both.weight.storage.array as Float32Array)]).toEqual((await Promise.all(alone)).flat())
  })

  test('class ids stand for one unit each', async () => {
    const x = [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ]
    const [byId, byUnit] = [new Perceptron(3, 3), new Perceptron(3, 3)]
    expect((await learn(byId, dataset({ x, y: [2, 0, 1] }))).last).toBe(0)
    await learn(
      byUnit,
      dataset({
        x,
        y: [
          [0, 0, 1],
          [1, 0, 0],
          [0, 1, 0],
        ],
      }),
    )
    expect(byId.weight.storage.array).toEqual(byUnit.weight.storage.array)
  })

  test('says what is wrong with data that it cannot learn from', async () => {
    const unit = new Perceptron(2)
    const say = (data: Dataset<'x' | 'y'>, options?: PerceptronRuleOptions) => expect(learn(unit, data, options)).rejects
    await say(dataset({ x: [[1, 2, 3]], y: [[1]] })).toThrow('hold 3 numbers, the units take 2')
    await say(dataset({ x: [[1, 2]], y: [[-1]] })).toThrow('a target is -1: give 0 or 1')
    await say(dataset({ x: [[1, 2]], y: [[0, 1]] })).toThrow('targets (2) for 1 units')
    await say(sets.xor(), { epochs: 0 }).toThrow('epochs 0')
    await say(sets.xor(), { lr: 0 }).toThrow('lr 0')
  })
})
