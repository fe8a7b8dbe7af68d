import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Tokenizer } from '@huggingface/tokenizers'
import { describe, expect, test } from 'vitest'
import { readTokenizer } from '../../src/tokenize/published/readTokenizer.js'
import { trainTokenizer } from '../../src/tokenize/trainTokenizer.js'
import { sharedFolder } from '../goldens.js'

test('the commonest pair becomes a token, of equals the one of lower ids', async () => {
  const tokenizer = await trainTokenizer(['low low lower'], { vocabulary: 260 })
  const file = JSON.parse(tokenizer.files['tokenizer.json']!) as { model: { merges: string[][] } }
  expect(file.model.merges).toEqual([
    ['l', 'o'],
    ['lo', 'w'],
    ['Ġ', 'low'],
  ])
  expect(tokenizer.size).toBe(260)
  expect(Array.from(tokenizer.encode('low lowest'), (id) => tokenizer.tokenOf(id))).toEqual(['low', 'Ġlow', 'e', 's', 't'])
})

test('tokens that are digits keep their ids, special tokens theirs', async () => {
  const tokenizer = await trainTokenizer(['10 10 10 10'], { vocabulary: 262, special: ['<s>', '</s>', '<pad>'], eos: '</s>', pad: '<pad>' })
  expect(tokenizer.special).toEqual({ bos: 0, eos: 1, pad: 2 })
  expect(Array.from(tokenizer.encode('10 10</s>'), (id) => tokenizer.tokenOf(id))).toEqual(['10', 'Ġ10', '</s>'])
})

test.each(['gpt2', 'qwen2', 'llama3'] as const)('%s: read by another library as by this one, and every text comes back', async (split) => {
  const text = "It's 12345 o'clock, naïve 日本語\n\n  x = 3\t🙂 1234567\r\n"
  const tokenizer = await trainTokenizer([text.repeat(20)], { vocabulary: 400, split })
  const theirs = new Tokenizer(JSON.parse(tokenizer.files['tokenizer.json']!), JSON.parse(tokenizer.files['tokenizer_config.json']!))
  for (const one of [text, ` ${text}`, 'unseen: Ωmega\u0000', '']) {
    const ids = [...tokenizer.encode(one)]
    expect(ids).toEqual(theirs.encode(one, { add_special_tokens: false }).ids)
    expect(tokenizer.decode(ids)).toBe(one)
  }
})

const shakespeare = join(sharedFolder(), 'data/tinyshakespeare.txt')
describe.skipIf(!existsSync(shakespeare))(`Shakespeare, from ${shakespeare}`, () => {
  test('twice the same, saved and read again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tokenizer-'))
    try {
      const text = readFileSync(shakespeare, 'utf8')
      const [one, two] = [
        await trainTokenizer({ files: [shakespeare] }, { vocabulary: 2048 }),
        await trainTokenizer([text], { vocabulary: 2048 }),
      ]
      expect(one.files).toEqual(two.files)
      await one.save(folder)
      const read = await readTokenizer(folder)
      const ids = read.encode(text)
      expect(read.decode(ids)).toBe(text)
      expect(text.length / ids.length).toBeGreaterThan(2.5)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

test('refused: no text, too small a vocabulary, names that are no special tokens', async () => {
  await expect(trainTokenizer([], { vocabulary: 300 })).rejects.toThrow('no text')
  await expect(trainTokenizer(['a'], { vocabulary: 200 })).rejects.toThrow('not between 257')
  await expect(trainTokenizer(['a'], { vocabulary: 300, eos: '<e>' })).rejects.toThrow("'<e>' is not among the special tokens")
})
