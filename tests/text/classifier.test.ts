/** The text classifier: padding does not count, order does, and a rule that needs both words is learned. */
import { describe, expect, test } from 'vitest'
import { adam, crossEntropy, dataset, evaluate, fit, initialize, predict, TextClassifier, tensor } from '../../src/index.js'

const make = (): TextClassifier => new TextClassifier({ vocabulary: 12, classes: 2, width: 16, heads: 2, layers: 1, dropout: 0 })
const answer = async (model: TextClassifier, ids: number[]): Promise<number[]> =>
  Array.from((await (await predict(model, tensor([ids], { dtype: 'i32' }))).data()) as Float32Array)

describe('TextClassifier', () => {
  test('padding changes nothing, order does', async () => {
    const model = make()
    initialize(model)
    const [plain, padded, turned] = [await answer(model, [3, 4, 5]), await answer(model, [3, 4, 5, 0, 0]), await answer(model, [5, 4, 3])]
    plain.forEach((x, i) => {
      expect(padded[i]).toBeCloseTo(x, 4)
    })
    expect(Math.abs(plain[0]! - turned[0]!)).toBeGreaterThan(1e-5)
    expect((await answer(model, [0, 0])).every(Number.isFinite)).toBe(true)
  })

  test('learns that "not" turns the meaning, which no count of single words can', { timeout: 60_000 }, async () => {
    // words 2 good, 3 bad, 4 not, others say nothing
    const rows = Array.from({ length: 240 }, (_, n) => {
      const [good, not] = [n % 2 === 0, n % 4 < 2]
      const filler = [5 + (n % 7), 5 + ((n * 3) % 7)]
      return { ids: [...(not ? [4] : [11]), good ? 2 : 3, ...filler], y: good !== not ? 1 : 0 }
    })
    const data = dataset({
      x: { data: Int32Array.from(rows.flatMap((r) => r.ids)), shape: [4], dtype: 'i32' },
      y: Int32Array.from(rows, (r) => r.y),
    })
    const model = make()
    for await (const _ of fit(model, data, { loss: crossEntropy, optimizer: adam({ lr: 1e-2 }), epochs: 15, batchSize: 24 }));
    expect((await evaluate(model, data, { loss: crossEntropy })).accuracy).toBeGreaterThan(0.98)
  })

  test('says what is wrong', () => {
    expect(() => new TextClassifier({ vocabulary: 0, classes: 2, width: 8, heads: 2, layers: 1 })).toThrow(/vocabulary is 0/)
    expect(() => make().forward(tensor([1, 2], { dtype: 'i32' }))).toThrow(/are not \(N, T\)/)
  })
})
