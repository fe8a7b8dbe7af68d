/** `hebb tune` by preferences: dpo as a process, every other method of its kind in this one; each leaves its result, its numbers and its report. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { methods } from '../../src/cli/tune/methods.js'
import { tune } from '../../src/cli/tune/run.js'
import { initialize } from '../../src/index.js'
import { LLM, loadLLM, saveLLM } from '../../src/llm/index.js'
import { trainTokenizer } from '../../src/tokenize/index.js'
import { loadAdapter } from '../../src/tune/index.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'hebb-aligned-'))
const [base, data, judged] = [join(folder, 'base'), join(folder, 'pairs.jsonl'), join(folder, 'judged.jsonl')]

beforeAll(async () => {
  const rows = Array.from({ length: 8 }, (_, i) => ({ prompt: `what comes after ${i}?`, chosen: ` ${i + 1}.`, rejected: ' no idea.' }))
  writeFileSync(data, rows.map((row) => JSON.stringify(row)).join('\n'))
  const each = rows.map(({ prompt, chosen, rejected }, i) => ({ prompt, completion: i % 2 ? chosen : rejected, label: i % 2 === 1 }))
  writeFileSync(judged, each.map((row) => JSON.stringify(row)).join('\n'))
  const tokenizer = await trainTokenizer([readFileSync(data, 'utf8')], { vocabulary: 280 })
  const config = {
    model_type: 'llama',
    vocab_size: 280,
    hidden_size: 16,
    intermediate_size: 24,
    num_hidden_layers: 1,
    num_attention_heads: 2,
  }
  const files = Object.fromEntries(Object.entries(tokenizer.files).map(([name, text]) => [name, JSON.parse(text) as unknown]))
  const model = new LLM(config, { tokenizer, files })
  initialize(model)
  await saveLLM(model, base)
})

test('dpo, as a process', { timeout: 60_000 }, async () => {
  const out = join(folder, 'dpo')
  const words = ['--model', base, '--data', data, '--validation', data, '--out', out, '--lora', '2', '--lr', '0.01', '--epochs', '3']
  const ended = spawnSync(process.execPath, ['--import', 'tsx', join(root, 'src/cli/main.ts'), 'tune', 'dpo', ...words, '--json'], {
    cwd: root,
    encoding: 'utf8',
  })
  expect(ended.status, ended.stderr).toBe(0)
  expect(ended.stderr).toContain('8 examples, 8 of them learned from; 3 steps')
  const told = JSON.parse(ended.stdout.trim().split('\n').at(-1)!) as Record<string, number>
  expect(told['validation.loss']).toBeLessThan(Math.LN2)
  expect(readFileSync(join(out, 'run/report.html'), 'utf8')).toContain('rewards/margins')
  expect((await loadAdapter(await loadLLM(base), out)).names).toEqual(['default'])
})

test.each(['orpo', 'simpo', 'kto'])('%s', async (name) => {
  const out = join(folder, name)
  const given = { model: base, data: name === 'kto' ? judged : data, out, lora: 2, lr: 0.01, epochs: 2 }
  const lines: string[] = []
  const stream = { write: (text: string) => lines.push(text) > 0 }
  const method = methods.find((one) => one.name === name)!
  const { last } = await tune(method, { given, resume: false }, new AbortController().signal, stream)
  expect(last!.step).toBe(2)
  expect(lines.join('')).toContain('8 examples, 8 of them learned from; 2 steps')
  expect(existsSync(join(out, 'adapter_model.safetensors'))).toBe(true)
})
