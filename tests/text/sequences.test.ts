/** Encoder–decoders and word-for-word dictionaries: by hand, and on a task that can be learned whole. */
import { describe, expect, test } from 'vitest'
import { adam, fit, HebbError, nextTokenCrossEntropy, predict, type SequencePair, TransformerSeq2Seq, translate } from '../../src/index.js'
import { packPairs, wordTranslations } from '../../src/text/index.js'

describe('an encoder–decoder', () => {
  const [bos, eos] = [1, 2]
  const reversed = (n: number): SequencePair => {
    const source = Array.from({ length: 1 + (n % 4) }, (_, i) => 4 + ((n * 7 + i * (3 + (n % 5))) % 6))
    return { source, target: source.toReversed() }
  }
  const pairs = Array.from({ length: 240 }, (_, n) => reversed(n))
  const make = () => new TransformerSeq2Seq({ vocabularies: [10, 10], places: [4, 5], width: 32, heads: 2, layers: 1, dropout: 0 })

  test('learns to write backwards, and every beam agrees', { timeout: 60_000 }, async () => {
    const model = make()
    const data = packPairs(pairs, { places: model.places, bos, eos })
    expect([...(data.example(1).x as Int32Array)]).toHaveLength(9)
    const run = fit(model, data, {
      loss: (z, y) => nextTokenCrossEntropy(z, y, { ignoreIndex: 0 }),
      optimizer: adam({ lr: 5e-3 }),
      epochs: 45,
      batchSize: 24,
    })
    let last = Number.POSITIVE_INFINITY
    for await (const e of run) last = e.loss
    expect(last).toBeLessThan(0.05)
    const sources = pairs.slice(0, 40).map((p) => p.source)
    const greedy = await translate(model, sources, { bos, eos, batchSize: 16 })
    expect(greedy.map((ids) => [...ids])).toEqual(pairs.slice(0, 40).map((p) => p.target))
    expect(await translate(model, sources, { bos, eos, beams: 3 })).toEqual(greedy)
  })

  test('greedy search takes the likeliest token of the training form at every place', async () => {
    const model = make()
    const sources = pairs.slice(0, 6).map((p) => p.source)
    const found = await translate(model, sources, { bos, eos })
    const packed = packPairs(
      found.map((ids, i) => ({ source: sources[i]!, target: [...ids].slice(0, 4) })),
      { places: model.places, bos, eos },
    )
    const best = await (await predict(model, packed)).argmax(2).data()
    found.forEach((ids, i) => {
      const want = [...ids, eos].slice(0, 5)
      expect(Array.from((best as Int32Array).subarray(i * 5, i * 5 + want.length))).toEqual(want)
    })
  })

  test('padding changes nothing', async () => {
    const [short, long] = [
      make(),
      new TransformerSeq2Seq({ vocabularies: [10, 10], places: [9, 5], width: 32, heads: 2, layers: 1, dropout: 0 }),
    ]
    const pair = { source: [4, 5, 6], target: [7, 8] }
    const rows = await Promise.all(
      [short, long].map(async (m) =>
        [...(await (await predict(m, packPairs([pair], { places: m.places, bos, eos }))).data())].slice(0, 30).map(Number),
      ),
    )
    rows[0]!.forEach((x, i) => {
      expect(x).toBeCloseTo(rows[1]![i]!, 5)
    })
  })

  test('says what is wrong', async () => {
    const model = make()
    expect(() => packPairs([{ source: [4, 4, 4, 4, 4], target: [4] }], { places: [4, 5], bos, eos })).toThrow(/pair 0 has 5 and 1 ids/)
    await expect(translate(model, [[]], { bos, eos })).rejects.toThrow(/source 0 has 0 ids/)
    await expect(translate(model, [[4]], { bos, eos, beams: 0 })).rejects.toThrow(HebbError)
  })
})

describe('word translations', () => {
  const pairs = [
    { source: ['the', 'house'], target: ['das', 'haus'] },
    { source: ['the', 'book'], target: ['das', 'buch'] },
    { source: ['a', 'book'], target: ['ein', 'buch'] },
  ]
  test('one round by hand', () => {
    const found = wordTranslations(pairs, { rounds: 1 })
    expect(found.probability('the', 'das')).toBeCloseTo(1 / 2, 12)
    expect(found.probability('the', 'haus')).toBeCloseTo(1 / 4, 12)
    expect(found.probability('a', 'haus')).toBe(0)
  })
  test('more rounds tell the words apart', () => {
    const found = wordTranslations(pairs, { rounds: 30 })
    expect(['the', 'house', 'book', 'a'].map((w) => found.translate(w))).toEqual(['das', 'haus', 'buch', 'ein'])
    expect(found.probability('the', 'das')).toBeGreaterThan(0.9)
    expect(found.translate('dog')).toBeUndefined()
  })
  test('needs pairs', () => expect(() => wordTranslations([])).toThrow(/no pairs/))
})
