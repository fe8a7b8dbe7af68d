/** Texts bound to schemas, expressions and choices with tokenizers that others published, or of their kinds: whatever is drawn fits. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { constraintOf } from '../../../src/text/decode/constrain/constraint.js'
import { readTokenizer, type Tokenizer } from '../../../src/tokenize/index.js'
import { goldenPath } from '../../goldens.js'

const root = goldenPath('models')
const folders = root ? readdirSync(root).filter((name) => existsSync(join(root, name, 'tokenizer.json'))) : []

const bounds = [
  { regex: /[A-ZÀ-Ý][a-zß-ÿ]{2,8}( [a-z]{1,6}){0,3}[.!?]/ },
  { regex: /(🙂|日本|ž){1,4}/u },
  { choices: ['yes', 'no', 'yes, of course', 'ne — ü'] },
  {
    schema: {
      type: 'object',
      properties: {
        name: { type: 'string', minLength: 1, maxLength: 12 },
        age: { type: 'integer', minimum: 3, maximum: 120 },
        kind: { enum: ['a b', 'ž'] },
      },
      required: ['name', 'age'],
      additionalProperties: false,
    },
  },
] as const

const fits = (text: string, bound: (typeof bounds)[number]): boolean => {
  if ('regex' in bound) return new RegExp(`^(?:${bound.regex.source})$`, 'u').test(text)
  if ('choices' in bound) return (bound.choices as readonly string[]).includes(text)
  const { name, age, kind, ...others } = JSON.parse(text) as Record<string, unknown>
  const length = [...String(name)].length
  const right = typeof name === 'string' && length >= 1 && length <= 12 && Number.isInteger(age) && Number(age) >= 3 && Number(age) <= 120
  return right && (kind === undefined || kind === 'a b' || kind === 'ž') && Object.keys(others).length === 0
}

/** Draws tokens by chance until the text is whole; the text behind a prompt. */
function drawn(tokenizer: Tokenizer, bound: (typeof bounds)[number], random: () => number): string {
  const constraint = constraintOf(bound, tokenizer)!
  const prompt = [...tokenizer.encode('Say: a')]
  const ids = [...prompt]
  let state = constraint.start
  for (let n = 0; n < 300; n++) {
    const { bits, count } = constraint.allowed(state)
    if (state.whole && (count === 0 || random() < 0.3)) break
    let skip = Math.floor(random() * count)
    let id = 0
    for (; ; id++) if ((bits[id >>> 5]! >>> (id & 31)) & 1 && skip-- === 0) break
    ids.push(id)
    state = constraint.after(state, id)!
  }
  expect(state.whole).toBe(true)
  return tokenizer.decode(ids).slice(tokenizer.decode(prompt).length)
}

describe.each(folders)('%s', (name) => {
  const tokenizer = readTokenizer(join(root!, name))
  test.each(bounds)('%o', async (bound) => {
    let n = 1
    const random = (): number => {
      n = (n * 16807) % 2147483647
      return n / 2147483647
    }
    const seen = new Set<string>()
    for (let i = 0; i < 60; i++) {
      const text = drawn(await tokenizer, bound, random)
      expect(fits(text, bound), text).toBe(true)
      seen.add(text)
    }
    expect(seen.size).toBeGreaterThan(2)
  })
})
