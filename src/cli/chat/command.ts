/** `hebb chat`: a conversation with a model in the terminal. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { ChatTemplate } from '../../chat/index.js'
import { loadLLM } from '../../llm/index.js'
import { choice, count, type OptionValue, positive, text } from '../../recipes/index.js'
import { HebbError } from '../../tensor/errors.js'
import { loadAdapter } from '../../tune/index.js'
import { addOptions } from '../options.js'
import { type Partner, Talk } from './talk.js'
import { talkIn } from './terminal.js'

const options = {
  model: text('', 'a folder, a .gguf file, or a name of the hub; default the base that the adapter names', '<name>'),
  adapter: text('', 'folder of an adapter, as hebb tune leaves it', '<folder>'),
  bits: choice(['none', '4', '8'], 'none', 'bits of the weights'),
  system: text('', 'what the model is told before all else', '<words>'),
  template: text('', 'a chat template, for a model that has none', '<file.jinja>'),
  temperature: positive(1, 'how freely it draws; 0 takes the likeliest token; without it as the model says', { zero: true }),
  topP: positive(1, 'draws from the likeliest tokens that are so likely together', { most: 1 }),
  topK: count(50, 'draws from so many of the likeliest tokens'),
  tokens: count(512, 'the longest an answer may be'),
  seed: count(0, 'decides the draws', { least: 0 }),
} as const

type Words = { readonly [K in keyof typeof options]?: OptionValue }

/** Adds `chat`. */
export function addChatCommand(program: Command): void {
  const command = program.command('chat').description('talk with a language model in the terminal').allowExcessArguments(false)
  addOptions(command, options)
  command.action(async (words: Words) => {
    const number = (name: keyof Words): number | undefined => (words[name] === undefined ? undefined : Number(words[name]))
    const talk = new Talk(await partnerOf(words), {
      temperature: number('temperature'),
      topP: number('topP'),
      topK: number('topK'),
      tokens: number('tokens') ?? options.tokens.default,
      seed: number('seed') ?? 0,
    })
    if (words.system !== undefined) talk.system = String(words.system)
    if (process.stdin.isTTY) console.error('Say something. /help lists the commands, Ctrl-C stops an answer, Ctrl-D ends.')
    const isWell = await talkIn({ input: process.stdin, output: process.stdout, errors: process.stderr }, talk)
    if (!isWell) process.exitCode = 1
  })
}

async function partnerOf(words: Words): Promise<Partner> {
  const adapter = words.adapter === undefined ? undefined : String(words.adapter)
  const base = adapter === undefined ? undefined : baseOf(adapter)
  const name = words.model === undefined ? base : String(words.model)
  if (name === undefined) throw new HebbError('chat: which model? Give --model, a folder or a name of the hub')
  const bits = words.bits === undefined || words.bits === 'none' ? undefined : (Number(words.bits) as 4 | 8)
  const model = await loadLLM(name, { bits, frozen: true })
  if (adapter !== undefined) await loadAdapter(model, adapter)
  const { tokenizer } = model
  if (!tokenizer) throw new HebbError(`chat: ${name} has no tokenizer`)
  const template = words.template === undefined ? undefined : readTemplate(String(words.template), tokenizer.named)
  const chat = template ?? model.chat
  if (!chat)
    throw new HebbError(`chat: ${name} has no chat template, so it was not made to talk: give one with --template, or a model that has one`)
  return { model, tokenizer, chat }
}

/** The base that an adapter's file names. */
function baseOf(adapter: string): string | undefined {
  const file = join(adapter, 'adapter_config.json')
  if (!existsSync(file)) throw new HebbError(`--adapter: ${adapter} holds no adapter: there is no adapter_config.json`)
  try {
    const { base_model_name_or_path: base } = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, unknown>>
    return typeof base === 'string' && base !== '' ? base : undefined
  } catch {
    throw new HebbError(`${file} is damaged: it is no JSON`)
  }
}

function readTemplate(file: string, named: Readonly<Record<string, string>>): ChatTemplate {
  if (!existsSync(file)) throw new HebbError(`--template: there is no file ${file}`)
  return new ChatTemplate(readFileSync(file, 'utf8'), named)
}
