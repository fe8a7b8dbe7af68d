/** The recurrent encoder–decoder: what it learns with each attention, and what hard attention's draws and rewards are. */
import { describe, expect, test } from 'vitest'
import { adam, fit, initialize, parameters, predict, RecurrentSeq2Seq, random, tensor, translate } from '../../src/index.js'
import { packPairs } from '../../src/text/index.js'
import { drawPlace } from '../../src/text/sequences/hardAttention.js'

const [bos, eos] = [1, 2]
const places = [4, 5] as const
const pairs = Array.from({ length: 200 }, (_, n) => {
  const source = Array.from({ length: 2 + (n % 3) }, (_, i) => 4 + ((n * 5 + i * (2 + (n % 7))) % 6))
  return { source, target: source.map((id) => 13 - id) }
})
const make = (attention: 'additive' | 'dot' | 'hard'): RecurrentSeq2Seq =>
  new RecurrentSeq2Seq({ vocabularies: [10, 10], places, width: 24, attention })

describe.each(['additive', 'dot', 'hard'] as const)('%s attention', (attention) => {
  test('learns to write each letter as another', { timeout: 120_000 }, async () => {
    const model = make(attention)
    const data = packPairs(pairs, { places, bos, eos })
    const run = fit(model, data, {
      loss: (z, y) => model.loss(z, y),
      optimizer: adam({ lr: 1e-2 }),
      clip: { norm: 1 },
      epochs: 20,
      batchSize: 20,
      validation: data,
    })
    let last = Number.POSITIVE_INFINITY
    for await (const e of run) last = e.validation!.loss
    expect(last).toBeLessThan(0.3)
    const some = pairs.slice(0, 30)
    const written = await translate(
      model,
      some.map((p) => p.source),
      { bos, eos },
    )
    const right = written.filter((ids, i) => String([...ids]) === String(some[i]!.target)).length
    expect(right).toBeGreaterThan(24)
  })

  test('weights sum to 1 over the letters there are', async () => {
    const model = make(attention)
    initialize(model)
    const source = tensor([[5, 6, 0, 0]], { dtype: 'i32' })
    const weights = (await model
      .alignment(tensor([[1, 4, 5, 0, 0]], { dtype: 'i32' }), model.encode(source), source)
      .data()) as Float32Array
    for (let t = 0; t < 5; t++) {
      expect(weights[4 * t]! + weights[4 * t + 1]!).toBeCloseTo(1, 5)
      expect(weights[4 * t + 2]).toBe(0)
    }
  })
})

test('hard attention looks at one place when it is not trained, the same every time', async () => {
  const model = make('hard')
  const data = packPairs(pairs.slice(0, 5), { places, bos, eos })
  const [a, b] = [await (await predict(model, data)).data(), await (await predict(model, data)).data()]
  expect(a).toEqual(b)
  expect(a.length).toBe(5 * 5 * 10)
  expect([...parameters(model).keys()]).toContain('reinforce.baseline')
})

test('places are drawn as often as their weights say', async () => {
  const n = 4000
  const noise = random.uniform([n, 3], { key: 'draws' })
  const weights = tensor([[0.2, 0.5, 0.3]]).expand([n, 3])
  const never = tensor([[false]], { dtype: 'bool' }).expand([n, 1])
  const { chosen, logProbability, entropy } = drawPlace(weights, noise, never)
  const shares = (await chosen.mean(0).data()) as Float32Array
  ;[0.2, 0.5, 0.3].forEach((p, i) => {
    expect(Math.abs(shares[i]! - p)).toBeLessThan(0.03)
  })
  const [logs, places] = [(await logProbability.data()) as Float32Array, (await chosen.data()) as Float32Array]
  expect(logs[7]).toBeCloseTo(Math.log([0.2, 0.5, 0.3][places.subarray(21, 24).indexOf(1)]!), 5)
  expect((await entropy.data())[0]).toBeCloseTo(-0.2 * Math.log(0.2) - 0.5 * Math.log(0.5) - 0.3 * Math.log(0.3), 5)
  const always = tensor([[true]], { dtype: 'bool' }).expand([n, 1])
  const soft = drawPlace(weights, noise, always)
  expect([...((await soft.chosen.data()) as Float32Array).subarray(0, 3)].map((x) => Number(x.toFixed(4)))).toEqual([0.2, 0.5, 0.3])
  expect((await soft.logProbability.data())[0]).toBe(0)
})

test('says what is wrong', () => {
  expect(() => new RecurrentSeq2Seq({ vocabularies: [10, 10], places, width: 7 })).toThrow(/width 7/)
})
