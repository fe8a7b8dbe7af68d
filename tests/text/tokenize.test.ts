/** Tokenizers: by hand, there and back whatever the text, saved and read again, and what bad input gets. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  bpe,
  characters,
  type ListedTokenizer,
  type SavedTokenizer,
  type Tokenizer,
  tokenizerFrom,
  wordBag,
  words,
  wordsOf,
} from '../../src/index.js'
import { splitWords } from '../../src/tokenize/index.js'

const again = (tokenizer: ListedTokenizer): ListedTokenizer => tokenizerFrom(JSON.parse(JSON.stringify(tokenizer)) as SavedTokenizer)
const everything = ['pad', 'bos', 'eos', 'unk'] as const

describe('every tokenizer', () => {
  const texts = ['the cat sat on the mat', 'a dog, a cat: 2 pets']
  const kinds: Record<string, Tokenizer<'pad' | 'eos' | 'unk'> & ListedTokenizer> = {
    characters: characters(texts.join('\n'), { special: everything }),
    words: words(texts, { special: everything }),
    'bpe of bytes': bpe(texts, { size: 270 }),
    'bpe of characters': bpe(texts, { size: 30, of: 'characters' }),
  }

  test.each(Object.entries(kinds))('%s: special ids first, in one order, and without a trace in the text', (_, tokenizer) => {
    expect(tokenizer.special).toEqual({ pad: 0, bos: 1, eos: 2, unk: 3 })
    expect(tokenizer.tokens.slice(0, 4)).toEqual(['<pad>', '<bos>', '<eos>', '<unk>'])
    expect(tokenizer.size).toBe(tokenizer.tokens.length)
    const { pad, bos, eos } = kinds.characters!.special as { pad: number; bos: number; eos: number }
    expect(tokenizer.decode([bos, ...tokenizer.encode('the cat'), eos, pad, pad])).toBe('the cat')
    expect(tokenizer.decode([])).toBe('')
    expect(() => tokenizer.decode([0, tokenizer.size])).toThrow(`id ${tokenizer.size} at place 1 is not in 0 … ${tokenizer.size - 1}`)
    expect(() => tokenizer.decode([0.5])).toThrow('id 0.5')
    // the names of special ids are text like any other
    if (!tokenizer.tokens.includes('<')) expect([...tokenizer.encode('<eos>')]).not.toContain(2)
  })

  test.each(Object.entries(kinds))('%s: saved as JSON, the same again', (_, tokenizer) => {
    const read = again(tokenizer)
    expect([read.tokens, read.special, read.toJSON()]).toEqual([tokenizer.tokens, tokenizer.special, tokenizer.toJSON()])
    expect(read.encode('the dogs sat')).toEqual(tokenizer.encode('the dogs sat'))
  })

  test('what was never seen is unknown, and reads as U+FFFD', () => {
    expect(kinds.characters!.decode(kinds.characters!.encode('the fat'))).toBe('the \ufffdat')
    expect(kinds.words!.decode(kinds.words!.encode('the fox sat'))).toBe('the \ufffd sat')
    expect(kinds['bpe of characters']!.decode(kinds['bpe of characters']!.encode('the x'))).toBe('the \ufffd')
    const without = { special: ['pad'] } as const
    expect(() => characters('ab', without).encode('abc')).toThrow('"c" at character 2 is not among the 2 of the tokenizer')
    expect(() => words(['a b'], without).encode('a c')).toThrow("'c', word 1, is not among the 2")
    expect(() => bpe(['a b'], { size: 20, of: 'characters', ...without }).encode('a c')).toThrow("'▁c' has a character that is not known")
  })

  test('JSON that is none of a tokenizer', () => {
    for (const [saved, why] of [
      [null, 'no special ids'],
      [{ special: [], kind: 'letters' }, 'none of characters, words, bpe'],
      [{ special: ['end'], kind: 'characters', tokens: ['a'] }, "'end' is no special id: there are pad, bos, eos, unk"],
      [{ special: [], kind: 'words', split: 'words' }, 'tokens are no list of texts'],
      [{ special: [], kind: 'words', split: 'lines', tokens: ['a'] }, "a split 'lines' is not known"],
      [{ special: [], kind: 'bpe', merges: [[1]] }, 'merges are no pairs of ids'],
      [{ special: ['pad'], kind: 'bpe', characters: ['a', 'b'], merges: [[1, 3]] }, 'merge 0 is of ids 1 and 3: 1 … 2 can be merged'],
    ] as const)
      expect(() => tokenizerFrom(saved as never)).toThrow(why)
  })
})

describe('characters', () => {
  test('sorted by code point, there and back, also beyond the basic plane', () => {
    const tokenizer = characters('hello 🙂é')
    expect(tokenizer.tokens).toEqual([' ', 'e', 'h', 'l', 'o', 'é', '🙂'])
    expect(tokenizer.encode('🙂 hole')).toEqual(Int32Array.of(6, 0, 2, 4, 3, 1))
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
        const t = characters(text)
        expect(t.decode(t.encode(text))).toBe(text)
        expect(again(t).encode(text)).toEqual(t.encode(text))
      }),
    )
    expect(characters('ab', { extra: '\n' }).size).toBe(3)
    expect(characters(['b', 'a']).encode('ab')).toEqual(Int32Array.of(1, 0))
  })

  test('what cannot be is said', () => {
    expect(() => characters('')).toThrow('the text is empty')
    expect(() => characters(['a', 'a'])).toThrow('twice')
    expect(() => characters(['ab'])).toThrow('"ab" is not one character')
  })
})

describe('words', () => {
  test('a text as words, and words as ids', () => {
    expect(wordsOf("Don't stop: 3 naïve CAFÉs’ — it’s 'ok'")).toEqual(["don't", 'stop', '3', 'naïve', 'cafés', 'it’s', 'ok'])
    expect(wordsOf('— !')).toEqual([])
    const tokenizer = words(['b a c', 'b a <unk>'], { maxTokens: 2 })
    expect([tokenizer.tokens, tokenizer.special]).toEqual([['<pad>', '<unk>', 'a', 'b'], { pad: 0, unk: 1 }])
    expect([...tokenizer.encode('B! c <pad>')]).toEqual([3, 1, 1])
    expect(words(['B a b'], { split: 'spaces' }).tokens.slice(2)).toEqual(['B', 'a', 'b'])
    expect(() => words(['a'], { minCount: 2 })).toThrow('no word comes 2 times in 1 different ones')
  })

  test('a bag of them: counts, presence, and TF-IDF as its formula says', () => {
    const texts = ['a a b', 'a', 'c new']
    const rows = (weighing: 'count' | 'binary' | 'tfidf') => {
      const bag = wordBag([...texts.slice(0, 2), 'c'], { weighing })
      return { bag, rows: [...(bag.column(texts).data as Float32Array)] }
    }
    expect(rows('count').bag.tokenizer.tokens).toEqual(['<pad>', '<unk>', 'a', 'b', 'c'])
    expect(rows('count').rows).toEqual([0, 0, 2, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1])
    expect(rows('binary').rows.slice(0, 5)).toEqual([0, 0, 1, 1, 0])
    const [ia, ib] = [Math.log(4 / 3) + 1, Math.log(4 / 2) + 1]
    const length = Math.hypot(2 * ia, ib)
    const { rows: weighed } = rows('tfidf')
    expect(weighed[2]).toBeCloseTo((2 * ia) / length, 6)
    expect(weighed[3]).toBeCloseTo(ib / length, 6)
    expect(weighed.slice(5, 10)).toEqual([0, 0, 1, 0, 0])
  })
})

describe('byte-pair encoding', () => {
  test('merges the commonest pairs first: the example of the paper', () => {
    const text = [...Array(5).fill('low'), ...Array(2).fill('lower'), ...Array(6).fill('newest'), ...Array(3).fill('widest')].join(' ')
    const { tokens } = bpe([text], { size: 4 + 11 + 4, of: 'characters' })
    // es comes 9 times, then est, then lo, and with the blank before it, 7 times each
    expect(tokens.slice(15, 17)).toEqual(['es', 'est'])
    expect(new Set(tokens.slice(17))).toEqual(new Set(['lo', '▁lo']))
    expect(bpe([text], { size: 4 + 256 + 2 }).tokens.slice(260)).toEqual(['es', 'est'])
  })

  test('of bytes: every text comes back as it was, whatever was learned from', () => {
    const tokenizer = bpe(['¿Dónde está la casa, señor?\n\n  12 gatos', 'the cat sat on the mat'], { size: 300 })
    const hard = [
      '',
      ' ',
      '\ufeffbom',
      '  two  ',
      "it's they'll",
      '\r\n\t x\u00a0y',
      'e\u0301 🙂👩‍👩‍👧 日本',
      '\u0000\ufffd',
      'a'.repeat(999),
    ]
    for (const text of hard) expect(tokenizer.decode(tokenizer.encode(text))).toBe(text)
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(text)
      }),
    )
    expect(tokenizer.encode('the cat sat').length).toBeLessThan(11)
    // a part of a character is none
    expect(tokenizer.decode(tokenizer.encode('é').subarray(0, 1))).toBe('\ufffd')
  })

  test('of characters: comes back with single blanks', () => {
    const tokenizer = bpe(['¿Dónde está la casa, señor? 12 gatos; e\u0301l dijo: «no».', 'the cat sat on the mat'], {
      size: 60,
      of: 'characters',
    })
    const character = fc.constantFrom(...'¿Dónde está lacs,ñr?12gto;:«».thm ')
    fc.assert(
      fc.property(fc.array(character), (all) => {
        const text = all.join('').replace(/\s+/g, ' ').trim()
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(text)
      }),
    )
    expect(splitWords('No, it\u2019s 3.5!')).toEqual(['▁No', ',', '▁it', '’', 's', '▁3', '.', '5', '!'])
  })

  test('says what is wrong', () => {
    expect(() => bpe([], { size: 300 })).toThrow(/no text/)
    expect(() => bpe(['abc'], { size: 259 })).toThrow('a size of 259 does not hold 256 bytes and 4 special ids')
    expect(() => bpe(['abc'], { size: 5, of: 'characters' })).toThrow('a size of 5 does not hold 4 characters')
  })
})
