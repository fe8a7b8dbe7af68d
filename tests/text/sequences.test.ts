/** Pieces of words, encoder–decoders and word-for-word dictionaries: by hand, and on a task that can be learned whole. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  adam,
  bpeFrom,
  fit,
  HebbError,
  learnBpe,
  nextTokenCrossEntropy,
  predict,
  type SequencePair,
  TransformerSeq2Seq,
  translate,
} from '../../src/index.js'
import { packPairs, specialIds, splitWords, wordTranslations } from '../../src/text/index.js'

describe('byte-pair encoding', () => {
  test('merges the commonest pairs first: the example of the paper', () => {
    const text = [...Array(5).fill('low'), ...Array(2).fill('lower'), ...Array(6).fill('newest'), ...Array(3).fill('widest')].join(' ')
    const { pieces } = learnBpe([text], { vocabulary: 4 + 11 + 4 })
    // es comes 9 times, then est, then lo, and with the blank before it, 7 times each
    expect(pieces.slice(15, 17)).toEqual(['es', 'est'])
    expect(new Set(pieces.slice(17))).toEqual(new Set(['lo', '▁lo']))
  })

  test('text comes back, whatever it is made of', () => {
    const bpe = learnBpe(['¿Dónde está la casa, señor? 12 gatos; e\u0301l dijo: «no».', 'the cat sat on the mat'], { vocabulary: 60 })
    const character = fc.constantFrom(...'¿Dónde está lacs,ñr?12gto;:«».thm ')
    fc.assert(
      fc.property(fc.array(character), (all) => {
        const text = all.join('').replace(/\s+/g, ' ').trim()
        expect(bpe.decode(bpe.encode(text))).toBe(text)
      }),
    )
    expect(bpe.decode(bpe.encode('the x'))).toBe('the \ufffd')
    expect(bpe.decode([specialIds.start, ...bpe.encode('the cat'), specialIds.end, specialIds.pad])).toBe('the cat')
  })

  test('is made again from what was learned', () => {
    const bpe = learnBpe(['banana bandana'], { vocabulary: 14 })
    const characters = bpe.pieces.slice(4).filter((p) => [...p].length === 1)
    const ids = new Map(bpe.pieces.map((p, i) => [p, i]))
    const merges = bpe.pieces.slice(4 + characters.length).map((piece): [number, number] => {
      const cut = [...piece].findIndex((_, i) => i > 0 && ids.has(piece.slice(0, i)) && ids.has(piece.slice(i)))
      return [ids.get(piece.slice(0, cut))!, ids.get(piece.slice(cut))!]
    })
    expect(bpeFrom({ characters, merges }).pieces).toEqual(bpe.pieces)
  })

  test('splits words, numbers and marks', () => {
    expect(splitWords('No, it\u2019s 3.5!')).toEqual(['▁No', ',', '▁it', '’', 's', '▁3', '.', '5', '!'])
  })

  test('says what is wrong', () => {
    expect(() => learnBpe([], { vocabulary: 10 })).toThrow(/no text/)
    expect(() => learnBpe(['abc'], { vocabulary: 5 })).toThrow(/5 does not hold 4 characters/)
    expect(() => learnBpe(['abc'], { vocabulary: 8 }).decode([99])).toThrow(/id 99/)
  })
})

describe('an encoder–decoder', () => {
  const [start, end] = [specialIds.start, specialIds.end]
  const reversed = (n: number): SequencePair => {
    const source = Array.from({ length: 1 + (n % 4) }, (_, i) => 4 + ((n * 7 + i * (3 + (n % 5))) % 6))
    return { source, target: source.toReversed() }
  }
  const pairs = Array.from({ length: 240 }, (_, n) => reversed(n))
  const make = () => new TransformerSeq2Seq({ vocabularies: [10, 10], places: [4, 5], width: 32, heads: 2, layers: 1, dropout: 0 })

  test('learns to write backwards, and every beam agrees', { timeout: 60_000 }, async () => {
    const model = make()
    const data = packPairs(pairs, { places: model.places, start, end })
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
    const greedy = await translate(model, sources, { start, end, batchSize: 16 })
    expect(greedy.map((ids) => [...ids])).toEqual(pairs.slice(0, 40).map((p) => p.target))
    expect(await translate(model, sources, { start, end, beams: 3 })).toEqual(greedy)
  })

  test('greedy search takes the likeliest token of the training form at every place', async () => {
    const model = make()
    const sources = pairs.slice(0, 6).map((p) => p.source)
    const found = await translate(model, sources, { start, end })
    const packed = packPairs(
      found.map((ids, i) => ({ source: sources[i]!, target: [...ids].slice(0, 4) })),
      { places: model.places, start, end },
    )
    const best = await (await predict(model, packed)).argmax(2).data()
    found.forEach((ids, i) => {
      const want = [...ids, end].slice(0, 5)
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
        [...(await (await predict(m, packPairs([pair], { places: m.places, start, end }))).data())].slice(0, 30).map(Number),
      ),
    )
    rows[0]!.forEach((x, i) => {
      expect(x).toBeCloseTo(rows[1]![i]!, 5)
    })
  })

  test('says what is wrong', async () => {
    const model = make()
    expect(() => packPairs([{ source: [4, 4, 4, 4, 4], target: [4] }], { places: [4, 5], start, end })).toThrow(/pair 0 has 5 and 1 ids/)
    await expect(translate(model, [[]], { start, end })).rejects.toThrow(/source 0 has 0 ids/)
    await expect(translate(model, [[4]], { start, end, beams: 0 })).rejects.toThrow(HebbError)
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
