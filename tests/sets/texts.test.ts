import { describe, expect, test } from 'vitest'
import { austen } from '../../src/sets/text/austen.js'
import { definitions, parseDefinitions } from '../../src/sets/text/definitions.js'
import { mobyDick } from '../../src/sets/text/moby-dick.js'
import { names } from '../../src/sets/text/names.js'
import { parsePronunciations, pronunciations } from '../../src/sets/text/pronunciations.js'
import { reviews } from '../../src/sets/text/reviews.js'
import { mailsOf, spamAssassin } from '../../src/sets/text/spam-assassin.js'
import { speeches } from '../../src/sets/text/speeches.js'
import { tinyShakespeare } from '../../src/sets/text/tiny-shakespeare.js'
import { pairText, versePairs, verses } from '../../src/sets/text/verses.js'
import { reachable } from '../data/reach.js'

describe('texts and lists', () => {
  test('Tiny Shakespeare, nine tenths and one', async (context) => {
    const { text, train, validation } = await reachable(context, tinyShakespeare)
    expect([text.length, train.length, validation.length]).toEqual([1_115_394, 1_003_854, 111_540])
    expect(new Set(text).size).toBe(65)
    expect(text.slice(0, 14)).toBe('First Citizen:')
    expect(train + validation).toBe(text)
  })

  test('names', async (context) => {
    const list = await reachable(context, names)
    expect([list.length, new Set(list).size, list[0]]).toEqual([32_033, 29_494, 'emma'])
    expect(list.every((name) => /^[a-z]{2,15}$/.test(name))).toBe(true)
  })
})

describe('SpamAssassin', () => {
  test('a line is a group and a message', () => {
    const line = (group: string, raw: string): string => JSON.stringify([group, raw])
    const mails = mailsOf(`${line('spam-1', 'Subject: Win\n\nmoney')}\n${line('hard-ham-1', 'Subject: Hi\nFrom: a@b\n\nyou')}\n`)
    expect(mails).toEqual([
      { subject: 'Win', from: '', body: 'money', text: 'Win\nmoney', label: 1, group: 'spam-1' },
      { subject: 'Hi', from: 'a@b', body: 'you', text: 'Hi\nyou', label: 0, group: 'hard-ham-1' },
    ])
    expect(() => mailsOf(`${line('spam-1', 'x')}\n{"a":1}`)).toThrow('line 2 of mails.jsonl is no pair of group and message')
    expect(() => mailsOf('no json')).toThrow('line 1 of mails.jsonl')
  })

  test('counts, and no text on both sides', { timeout: 180_000 }, async (context) => {
    const { train, test: held, classes } = await reachable(context, spamAssassin)
    const all = [...train, ...held]
    expect([all.length, all.filter(({ label }) => label === 0).length, all.filter(({ label }) => label === 1).length]).toEqual([
      6046, 4150, 1896,
    ])
    expect(classes[all.find(({ group }) => group === 'spam-2')!.label]).toBe('spam')
    const share = held.filter(({ label }) => label === 1).length / held.length
    expect(share).toBeCloseTo(1896 / 6046, 1)
    expect(held.length / all.length).toBeCloseTo(0.2, 1)
    const seen = new Set(train.map(({ text }) => text))
    expect(held.filter(({ text }) => seen.has(text))).toEqual([])
    // headers that tell how the collection was made are gone (one mail quotes some), HTML is text
    expect(all.filter(({ text }) => /^(Received|Delivered-To|Return-Path): .*spamassassin/im.test(text.slice(0, 300))).length).toBe(1)
    expect(all.filter(({ text }) => /<(html|body|td|font)\b/i.test(text)).length).toBeLessThan(60)
  })
})

describe('pronunciations', () => {
  test('ways to speak a word side by side, stress off, remarks left out', () => {
    const text = ";;; remark\nA  AH0\nA(1)  EY1\nABBE'S  AE1 B IY0 Z\n"
    expect(parsePronunciations(text)).toEqual([
      { word: 'a', phonemes: ['AH0'], others: [['EY1']] },
      { word: "abbe's", phonemes: ['AE1', 'B', 'IY0', 'Z'], others: [] },
    ])
    expect(parsePronunciations('A  AH0\nA(1)  AH1\n', { stress: false })).toEqual([{ word: 'a', phonemes: ['AH'], others: [] }])
    expect(() => parsePronunciations('A  AH0\nB\n')).toThrow('line 2 is no word with its sounds: B')
    expect(() => parsePronunciations('A  ah')).toThrow('line 1')
  })

  test('the whole dictionary', { timeout: 120_000 }, async (context) => {
    const { train, validation, test: held, symbols } = await reachable(context, pronunciations)
    expect([train.length, validation.length, held.length, symbols.length]).toEqual([112_505, 6250, 6250, 69])
    const all = [...train, ...validation, ...held]
    expect(new Set(all.map(({ word }) => word)).size).toBe(125_005)
    expect(all.reduce((n, { others }) => n + 1 + others.length, 0)).toBe(133_784)
    expect(all.find(({ word }) => word === 'abdomen')?.phonemes.join(' ')).toBe('AE0 B D OW1 M AH0 N')
  })
})

describe('verses, reviews, speeches', () => {
  test('pairs of what both have; a line that is none is named', () => {
    const text = pairText(
      new Map([
        ['Gen.1.1', 'In the beginning'],
        ['Gen.1.3', 'only English'],
      ]),
      new Map([
        ['Gen.1.1', 'EN el principio'],
        ['Gen.1.2', 'nada'],
      ]),
    )
    expect(versePairs(text)).toEqual([{ reference: 'Gen.1.1', english: 'In the beginning', spanish: 'EN el principio' }])
    expect(() => versePairs(`${text}Gen.1.2\tonly`)).toThrow('line 2 of verses.tsv is not reference, English and Spanish: Gen.1.2')
  })

  test('verses', { timeout: 120_000 }, async (context) => {
    const { train, test: held } = await reachable(context, verses)
    const all = new Map([...train, ...held].map((pair) => [pair.reference, pair]))
    expect([train.length + held.length, all.size]).toEqual([31_077, 31_077])
    expect(all.get('Gen.1.1')).toEqual({
      reference: 'Gen.1.1',
      english: 'In the beginning, God created the heavens and the earth.',
      spanish: 'EN el principio crió Dios los cielos y la tierra.',
    })
    expect(all.get('Rev.22.21')?.english).toBe('The grace of the Lord Jesus Christ be with all the saints. Amen.')
    const chapter = (reference: string): string => reference.replace(/\.\d+$/, '')
    const learned = new Set(train.map(({ reference }) => chapter(reference)))
    expect(held.filter(({ reference }) => learned.has(chapter(reference)))).toEqual([])
  })

  test('reviews', { timeout: 120_000 }, async (context) => {
    const { train, test: held, classes } = await reachable(context, reviews)
    expect([train.length, held.length]).toEqual([4000, 1000])
    expect([train, held].map((part) => part.filter(({ label }) => label === 1).length)).toEqual([2600, 658])
    expect([classes[train[0]!.label], train[0]!.text.slice(0, 22)]).toEqual(['other', 'this stuff is  not stu'])
  })

  test('speeches and Moby-Dick', { timeout: 120_000 }, async (context) => {
    const list = await reachable(context, speeches)
    expect([list.length, list[0]?.president, list[0]?.year, list.at(-1)?.party]).toEqual([233, 'George Washington', 1790, 'd'])
    expect(list.reduce((n, { text }) => n + text.length, 0)).toBe(10_760_042)
    const { text, validation } = await reachable(context, mobyDick)
    expect([text.length, validation.length, text.slice(0, 20)]).toEqual([1_190_317, 119_032, 'CHAPTER 1. Loomings.'])
  })

  test('novels and definitions', { timeout: 120_000 }, async (context) => {
    const novels = await reachable(context, austen)
    expect(novels.map(({ title }) => title.split(' ')[0])).toEqual(['Sense', 'Pride', 'Mansfield', 'Emma', 'Northanger', 'Persuasion'])
    expect(novels[1]!.text).toContain(
      'It is a truth universally acknowledged, that a single man in possession of a good fortune, must be in want of a wife.',
    )
    const meanings = await reachable(context, definitions)
    expect(meanings).toHaveLength(117_791)
    expect(meanings.find(({ words }) => words[0] === 'dog')).toMatchObject({ kind: 'noun', examples: ['the dog barked all night'] })
  })

  test('a meaning is words, gloss and examples; a line that is none is named', () => {
    const line = '00005930 03 n 02 dwarf 0 tall_man(a) 1 001 @ 00004475 n 0000 | a plant; or animal; "he is one"; "so am I"  '
    expect(parseDefinitions(`  1 This is a remark\n${line}\n`, 'noun')).toEqual([
      { words: ['dwarf', 'tall man'], kind: 'noun', gloss: 'a plant; or animal', examples: ['he is one', 'so am I'] },
    ])
    expect(() => parseDefinitions('\n00005930 03 n 02 dwarf', 'noun')).toThrow('definitions: line 2 is no meaning: 00005930')
  })
})
