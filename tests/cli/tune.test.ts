/** `hebb tune sft` as a process: killed and gone on with it leaves the bytes of a straight run; what does not fit is refused before anything is written. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { initialize } from '../../src/index.js'
import { LLM, loadLLM, saveLLM } from '../../src/llm/index.js'
import { trainTokenizer } from '../../src/tokenize/index.js'
import { loadAdapter } from '../../src/tune/index.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'hebb-tune-'))
const [base, data] = [join(folder, 'base'), join(folder, 'chats.jsonl')]

beforeAll(async () => {
  const rows = Array.from({ length: 40 }, (_, i) => ({ prompt: `what comes after ${i}?`, completion: ` ${i + 1}, of course.` }))
  writeFileSync(data, rows.map((row) => JSON.stringify(row)).join('\n'))
  const tokenizer = await trainTokenizer([readFileSync(data, 'utf8')], { vocabulary: 300 })
  const config = {
    model_type: 'llama',
    vocab_size: 300,
    hidden_size: 32,
    intermediate_size: 48,
    num_hidden_layers: 2,
    num_attention_heads: 2,
  }
  const files = Object.fromEntries(Object.entries(tokenizer.files).map(([name, text]) => [name, JSON.parse(text) as unknown]))
  const model = new LLM(config, { tokenizer, files })
  initialize(model)
  await saveLLM(model, base)
})

function begun(...words: string[]): { readonly child: ChildProcess; readonly ended: Promise<{ code: number | null; text: string }> } {
  const child = spawn(process.execPath, ['--import', 'tsx', join(root, 'src/cli/main.ts'), 'tune', 'sft', ...words], { cwd: root })
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (piece: Buffer) => {
      text += piece.toString()
    })
  return { child, ended: new Promise((resolve) => child.on('close', (code) => resolve({ code, text }))) }
}

const how = (out: string): string[] => ['--model', base, '--data', data, '--out', out, '--lora', '4', '--dropout', '0.1', '--epochs', '12']

test('killed in the middle and gone on with, the adapter is that of a straight run', { timeout: 300_000 }, async () => {
  const [straight, killed] = [join(folder, 'straight'), join(folder, 'killed')]
  const whole = await begun(...how(straight)).ended
  expect(whole).toMatchObject({
    code: 0,
    text: expect.stringMatching(/trainable params: [\d,]+ \|\| all params: [\d,]+ \|\| trainable%: [\d.]+/),
  })
  const { child, ended } = begun(...how(killed), '--save-seconds', '0')
  const checkpoint = join(killed, 'run/checkpoint.safetensors')
  const steps = (): number =>
    existsSync(join(killed, 'run/metrics.jsonl')) ? readFileSync(join(killed, 'run/metrics.jsonl'), 'utf8').split('\n').length : 0
  while (!existsSync(checkpoint) || steps() < 8) await new Promise((resolve) => setTimeout(resolve, 5))
  child.kill('SIGKILL')
  await ended
  expect(existsSync(join(killed, 'adapter_config.json'))).toBe(false)
  const resumed = await begun('--out', killed, '--resume').ended
  expect(resumed.code, resumed.text).toBe(0)
  expect(readFileSync(join(killed, 'adapter_model.safetensors')).equals(readFileSync(join(straight, 'adapter_model.safetensors')))).toBe(
    true,
  )
  const model = await loadLLM(base)
  expect((await loadAdapter(model, killed)).names).toEqual(['default'])
  expect(readdirSync(join(killed, 'run')).sort()).toEqual(['checkpoint.safetensors', 'metrics.jsonl', 'report.html', 'settings.json'])
  const again = await begun(...how(killed)).ended
  expect(again).toMatchObject({ code: 2, text: expect.stringContaining('already holds a run: go on with --resume') })
})

test('all weights, tuned, are a model that is read like any other', { timeout: 120_000 }, async () => {
  const out = join(folder, 'full')
  const { code, text } = await begun('--model', base, '--data', data, '--out', out, '--epochs', '1', '--packing', 'yes').ended
  expect(code, text).toBe(0)
  expect((await loadLLM(out)).tokenizer).toBeDefined()
})

test.each<[string, string[], string]>([
  ['without a model', ['--data', data], 'tune sft: give --model'],
  ['without its file', ['--model', base, '--data', 'nowhere.jsonl'], '--data: there is no file nowhere.jsonl'],
  [
    'few bits and all weights',
    ['--model', base, '--data', data, '--bits', '4'],
    'weights in 4 bits cannot be trained themselves: give --lora 8',
  ],
])('%s it says what to do', { timeout: 60_000 }, async (_, words, message) => {
  const out = join(folder, 'refused')
  const { code, text } = await begun(...words, '--out', out).ended
  expect({ code, text }).toEqual({ code: 2, text: expect.stringContaining(message) })
  expect(existsSync(out)).toBe(false)
})
