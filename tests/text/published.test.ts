import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ChatMessage } from '../../src/chat/chatTemplate.js'
import { readChatTemplate } from '../../src/chat/readChatTemplate.js'
import { TextPieces } from '../../src/text/decode/writing/pieces.js'
import { readTokenizer } from '../../src/tokenize/published/readTokenizer.js'
import { goldenPath, sharedFolder } from '../goldens.js'

interface Expected {
  readonly tokenization?: readonly {
    readonly text: string
    readonly ids: readonly number[]
    readonly ids_without_special: readonly number[]
    readonly tokens: readonly string[]
    readonly decoded: string
    readonly decoded_skip_special: string
  }[]
  readonly chat?: readonly {
    readonly messages: readonly ChatMessage[]
    readonly add_generation_prompt: boolean
    readonly extra: { readonly tools?: readonly unknown[]; readonly documents?: readonly unknown[]; readonly [name: string]: unknown }
    readonly text: string
    readonly ids: readonly number[]
  }[]
  readonly decode?: readonly { readonly ids: readonly number[]; readonly text: string }[]
}

const models = goldenPath('models')
const folders = models ? readdirSync(models).filter((name) => existsSync(join(models, name, 'tokenizer.json'))) : []

describe('goldens models: tokenizers as transformers has them', () => {
  if (folders.length === 0)
    test('reference texts', ({ skip }) =>
      skip(`no ${join(sharedFolder(), 'goldens/models')}; HEBB_SHARED names the folder that holds goldens/`))
  test.each(folders)('%s', async (name) => {
    const folder = join(models!, name)
    const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Expected
    const tokenizer = await readTokenizer(folder)
    for (const { text, ids, ids_without_special, tokens, decoded, decoded_skip_special } of expected.tokenization ?? []) {
      expect([...tokenizer.encode(text)], text).toEqual(ids_without_special)
      expect([...tokenizer.encode(text, { special: true })], text).toEqual(ids)
      expect(ids.map((id) => tokenizer.tokenOf(id))).toEqual(tokens)
      expect(tokenizer.decode(ids, { special: true })).toBe(decoded)
      expect(tokenizer.decode(ids)).toBe(decoded_skip_special)
      const places = tokenizer.encodeWithPlaces(text, { special: true })
      expect([...places.ids]).toEqual(ids)
      const pieces = new TextPieces(tokenizer, [])
      const parts = ids.map((id, i) => pieces.add(id, i === ids.length - 1))
      expect(parts.join('')).toBe(decoded_skip_special)
      for (const part of parts) expect(part).not.toMatch(/\p{Surrogate}/u)
    }
    if (expected.chat && expected.chat.length > 0) {
      const template = await readChatTemplate(folder, tokenizer)
      for (const { messages, add_generation_prompt, extra, text, ids } of expected.chat) {
        const { tools, documents, ...variables } = extra
        const options = { addGenerationPrompt: add_generation_prompt, variables, ...(tools && { tools }), ...(documents && { documents }) }
        expect(template!.render(messages, options)).toBe(text)
        expect([...tokenizer.encode(text)]).toEqual(ids)
      }
    }
    for (const { ids, text } of expected.decode ?? []) expect(tokenizer.decode(ids, { special: true })).toBe(text)
  })
})
