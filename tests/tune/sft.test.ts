/** Fine-tuning: its loss by hand, a toy task learned whole, by adapters, and through 4 bits, resumed to the byte, bad lines named. */
import { existsSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readChatTemplate } from '../../src/chat/index.js'
import { adam, characters, initialize, parameters, quantized, sgd } from '../../src/index.js'
import { LLM } from '../../src/llm/index.js'
import { readTokenizer } from '../../src/tokenize/index.js'
import { lora, sft } from '../../src/tune/index.js'
import { encoded } from '../../src/tune/sft/examples.js'
import { goldenPath } from '../goldens.js'

const tokenizer = characters('abcdefghijkl=. ', { special: ['eos'] })
const made = (): LLM =>
  new LLM({
    model_type: 'llama',
    vocab_size: tokenizer.size,
    hidden_size: 32,
    intermediate_size: 64,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    initializer_range: 0.1,
    max_position_embeddings: 64,
  })
const pairs = 'abcdefgh'.split('').map((c, i) => ({ prompt: `${c}=`, completion: 'bcdefgha'[i]! }))

test('the loss is the mean over what is learned', async () => {
  const model = made()
  initialize(model)
  const { ids } = { ids: [...tokenizer.encode('ab=cd'), tokenizer.special.eos] }
  const logs = (await model
    .forward((await import('../../src/index.js')).tensor([ids], { dtype: 'i32' }))
    .logSoftmax(2)
    .array()) as number[][][]
  const want = -[2, 3, 4].reduce((sum, t) => sum + logs[0]![t]![ids[t + 1]!]!, 0) / 3
  const last = await sft(model, [{ prompt: 'ab=', completion: 'cd' }], { tokenizer, optimizer: sgd({ lr: 0 }), epochs: 1 })
  expect(last!.loss).toBeCloseTo(want, 4)
})

test.each<[string, (model: LLM) => void]>([
  ['all of it', () => undefined],
  ['adapters alone', (model) => void lora(model, { targets: 'all-linear', modulesToSave: ['lm_head'] })],
  [
    'adapters on 4 bits',
    (model) =>
      void lora(quantized(model, { match: '**.layers.*.*.*.weight', size: 16 }), { targets: 'all-linear', modulesToSave: ['lm_head'] }),
  ],
])('a toy task is learned: %s', async (_, prepare) => {
  const model = made()
  initialize(model)
  prepare(model)
  const last = await sft(model, pairs, { tokenizer, optimizer: adam({ lr: 0.01 }), epochs: 80, validation: pairs })
  expect(last!.validation!.loss).toBeLessThan(0.1)
})

test('resumed, it gives the bytes of a run that was never stopped', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hebb-sft-'))
  const data = join(folder, 'pairs.jsonl')
  writeFileSync(data, pairs.map((one) => JSON.stringify(one)).join('\n'))
  const options = { tokenizer, optimizer: adam({ lr: 0.01 }), epochs: 6, batchSize: 3, every: 1 }
  const tuned = (): LLM => {
    const model = made()
    initialize(model)
    lora(model, { dropout: 0.1 })
    return model
  }
  const [straight, stopped] = [tuned(), tuned()]
  await sft(straight, data, options)
  const files = { checkpoint: join(folder, 'run.safetensors'), resume: true }
  const stopper = new AbortController()
  for await (const { step } of sft(stopped, data, { ...options, ...files, signal: stopper.signal })) if (step === 7) stopper.abort()
  const resumed = tuned()
  await sft(resumed, data, { ...options, ...files })
  const numbers = (model: LLM): unknown[] => [...parameters(model)].map(([path, p]) => [path, p.storage.numbers()])
  expect(numbers(resumed)).toEqual(numbers(straight))
})

describe('what is no example is named', () => {
  test.each([
    ['{"text": "ab"}\n{"text" "ab"}', 'line 2: it is no JSON'],
    ['{"text": "ab"}\n\n{"txt": "ab"}', 'line 3: it has txt: give messages'],
    ['{"messages": [{"role": "user", "content": "a"}]}', 'line 1: it is a chat, and there is no chat template'],
    ['[1]', 'line 1: it is an array'],
    ['', 'holds no examples'],
  ])('%s', async (text, message) => {
    const path = join(mkdtempSync(join(tmpdir(), 'hebb-sft-')), 'data.jsonl')
    writeFileSync(path, text)
    const model = made()
    await expect(sft(model, path, { tokenizer }).then(() => undefined)).rejects.toThrow(message)
  })
  test('of other kinds', async () => {
    await expect(sft(made(), 'data.xlsx', { tokenizer }).then(() => undefined)).rejects.toThrow('data.xlsx is of no kind that is read')
    expect(() => sft(made(), pairs)).toThrow('no tokenizer of its own')
  })
})

const root = goldenPath('models')
const chats = root ? readdirSync(root).filter((name) => existsSync(join(root, name, 'tokenizer.json'))) : []
test.runIf(chats.length === 0)('golden models are absent', ({ skip }) => skip('no goldens/models'))
test.each(chats)("of a chat the assistant's words are learned: goldens/models/%s", async (name) => {
  const tokenizer = await readTokenizer(join(root!, name))
  const chat = await readChatTemplate(join(root!, name), tokenizer)
  if (!chat) return
  const messages = [
    { role: 'user', content: 'How are you?' },
    { role: 'assistant', content: 'Quite well.' },
    { role: 'user', content: 'And now?' },
    { role: 'assistant', content: 'Still so.' },
  ]
  const { ids, learned } = encoded(
    'example',
    { messages },
    { tokenizer, chat, answersOnly: true, maxLength: 1024, vocabulary: tokenizer.size },
  )
  const said = tokenizer.decode(ids.filter((_, i) => learned[i] === 1))
  expect(said).toContain('Quite well.')
  expect(said).toContain('Still so.')
  expect(said).not.toMatch(/How are you|And now/)
})
