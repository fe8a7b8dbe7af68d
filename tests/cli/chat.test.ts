/** `hebb chat`: commands, history, Ctrl-C and Ctrl-D in a terminal, and lines from a pipe. */
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { ChatTemplate } from '../../src/chat/index.js'
import { Talk } from '../../src/cli/chat/talk.js'
import { talkIn } from '../../src/cli/chat/terminal.js'
import { characters, initialize } from '../../src/index.js'
import { LLM } from '../../src/llm/index.js'

const tokenizer = characters('abcdefghijklmnopqrstuvwxyz<>?. ', { special: ['eos'] })
const model = new LLM({
  model_type: 'llama',
  vocab_size: tokenizer.size,
  hidden_size: 16,
  intermediate_size: 24,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  initializer_range: 0.4,
  max_position_embeddings: 4096,
})
initialize(model)
const chat = new ChatTemplate('{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}')
const made = (tokens = 8): Talk => new Talk({ model, tokenizer, chat }, { tokens, seed: 0 })

/** A terminal or a pipe, what is typed into it, and what it shows. */
function opened(isTTY: boolean) {
  const [input, output, errors] = [new PassThrough(), new PassThrough(), new PassThrough()]
  const text = { out: '', err: '' }
  output.on('data', (piece: Buffer) => {
    text.out += piece.toString()
  })
  errors.on('data', (piece: Buffer) => {
    text.err += piece.toString()
  })
  const terminal = { input: Object.assign(input, { isTTY }), output: Object.assign(output, { isTTY, columns: 80 }), errors }
  const until = async (is: () => boolean): Promise<void> => {
    for (let i = 0; !is(); i++) {
      if (i > 2000) throw new Error(`it shows ${text.out}`)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  return { terminal, input, text, until }
}

test('lines of a pipe are answered in their order, and remembered', async () => {
  const { terminal, input, text } = opened(false)
  const talk = made()
  const file = join(mkdtempSync(join(tmpdir(), 'hebb-chat-')), 'talk.jsonl')
  input.end(`hello\n/system be brief\nand now?\n/save ${file}\n`)
  expect(await talkIn(terminal, talk)).toBe(true)
  expect(text.out.split('\n')).toHaveLength(3)
  const { messages } = JSON.parse(readFileSync(file, 'utf8')) as { messages: { role: string; content: string }[] }
  expect(messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user', 'assistant'])
  expect(messages[2]!.content).toBe(text.out.split('\n')[0])
})

test('what fails in a pipe is told, and the rest goes on', async () => {
  const { terminal, input, text } = opened(false)
  const talk = made()
  input.end('/nope\n/temperature hot\nUPPER CASE HAS NO TOKENS\nhello\n/undo\n/history\n')
  expect(await talkIn(terminal, talk)).toBe(false)
  expect(text.err).toContain('there is no /nope: /help lists what there is')
  expect(text.err).toContain("/temperature 'hot': give a number from 0 on")
  expect(talk.messages).toEqual([])
})

test('Ctrl-C stops the answer and not the program, Ctrl-D ends it', { timeout: 60_000 }, async () => {
  const { terminal, input, text, until } = opened(true)
  const talk = made(4000)
  const ended = talkIn(terminal, talk)
  input.write('hello\r')
  await until(() => (text.out.split('hello')[1] ?? '').length > 20)
  input.write('\x03')
  await until(() => text.out.includes('(stopped)'))
  expect(talk.messages).toHaveLength(2)
  expect(String(talk.messages[1]!.content).length).toBeLessThan(4000)
  input.write('\x03')
  await until(() => text.out.includes('Ctrl-D ends'))
  talk.settings.tokens = 4
  input.write('more\r')
  await until(() => talk.messages.length === 4)
  input.write('\x04')
  expect(await ended).toBe(true)
})
