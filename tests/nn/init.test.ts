import { expect, test } from 'vitest'
import { init, initialize, Param } from '../../src/index.js'
import type { Initializer } from '../../src/nn/init.js'

/** The first values of a weight. */
function drawn(shape: readonly number[], how: Initializer, seed = 0): Float32Array {
  const model = { weight: new Param(shape, how), forward: () => undefined as never }
  initialize(model, { seed })
  return model.weight.storage.array as Float32Array
}

const mean = (x: Float32Array): number => x.reduce((sum, v) => sum + v, 0) / x.length
const deviation = (x: Float32Array): number => {
  const middle = mean(x)
  return Math.sqrt(x.reduce((sum, v) => sum + (v - middle) ** 2, 0) / x.length)
}

// fan-in 300, fan-out 100 of a weight (100, 30, 10)
const shape = [100, 30, 10]
test.each<[string, Initializer, { deviation: number; most: number }]>([
  ['uniform', init.uniform(-0.5, 0.5), { deviation: 1 / Math.sqrt(12), most: 0.5 }],
  ['normal', init.normal(0.3), { deviation: 0.3, most: 2 }],
  ['truncatedNormal', init.truncatedNormal(0.1), { deviation: 0.1 * 0.8796, most: 0.2 }],
  ['xavierUniform', init.xavierUniform(), { deviation: Math.sqrt(2 / 1300), most: Math.sqrt(6 / 1300) }],
  ['xavierNormal', init.xavierNormal(2), { deviation: 2 * Math.sqrt(2 / 1300), most: 1 }],
  ['kaimingUniform', init.kaimingUniform(), { deviation: Math.sqrt(2 / 300), most: Math.sqrt(6 / 300) }],
  ['kaimingNormal', init.kaimingNormal(1), { deviation: Math.sqrt(1 / 300), most: 1 }],
  ['orthogonal', init.orthogonal(3), { deviation: 3 / Math.sqrt(300), most: 3 }],
])('%s: centred on 0, as wide as it says, other with another seed', (_, how, want) => {
  const x = drawn(shape, how)
  expect(Math.abs(mean(x))).toBeLessThan((4 * want.deviation) / Math.sqrt(x.length))
  expect(deviation(x) / want.deviation).toBeGreaterThan(0.97)
  expect(deviation(x) / want.deviation).toBeLessThan(1.03)
  expect(x.reduce((most, v) => Math.max(most, Math.abs(v)), 0)).toBeLessThanOrEqual(want.most * (1 + 1e-6))
  expect(drawn(shape, how)).toEqual(x)
  expect(drawn(shape, how, 1)).not.toEqual(x)
})

test.each([
  [[4, 9], 1],
  [[9, 4], 2],
  [[6, 6], 0.5],
  [[5, 2, 3, 3], 1],
  [[1, 7], 1],
])('orthogonal %j: rows or columns of length %d at right angles', (shape, gain) => {
  const x = drawn(shape, init.orthogonal(gain))
  const [rows, columns] = [shape[0]!, x.length / shape[0]!]
  const wide = rows <= columns
  const at = (v: number, i: number): number => (wide ? x[v * columns + i]! : x[i * columns + v]!)
  for (let a = 0; a < Math.min(rows, columns); a++)
    for (let b = 0; b <= a; b++) {
      let product = 0
      for (let i = 0; i < Math.max(rows, columns); i++) product += at(a, i) * at(b, i)
      expect(product).toBeCloseTo(a === b ? gain ** 2 : 0, 5)
    }
})

test('initialisers that count inputs need a weight; random ones need f32', () => {
  for (const how of [init.orthogonal(), init.xavierUniform(), init.kaimingNormal()])
    expect(() => drawn([3], how)).toThrow('a weight (3) has no fan-in and fan-out: it needs two axes or more')
  const ids = { weight: new Param([2, 2], init.normal(1), { dtype: 'i32' }), forward: () => undefined as never }
  expect(() => initialize(ids)).toThrow('random first values need a f32 parameter, not Int32Array')
})
