/** A language model in a folder of its own, as its peers read it: made once in a run, gone when the run ends. */
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LlmSizes } from '../works/work.js'
import { writeGguf } from './gguf.js'
import { configOf, weightsOf } from './weights.js'

const made = new Map<string, string>()

/** The folder of a model: config.json and model.safetensors, and for llama.cpp model.gguf and model-4.gguf. */
export function llmFolder(sizes: LlmSizes): string {
  const key = JSON.stringify(sizes)
  const found = made.get(key)
  if (found !== undefined) return found
  const folder = mkdtempSync(join(tmpdir(), 'hebb-bench-llm-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  made.set(key, folder)
  writeFileSync(join(folder, 'config.json'), JSON.stringify(configOf(sizes), undefined, 2))
  writeWeights(join(folder, 'model.safetensors'), sizes)
  writeGguf(join(folder, 'model.gguf'), sizes)
  writeGguf(join(folder, 'model-4.gguf'), sizes, 4)
  return folder
}

/** Weight by weight, so that one at a time is in memory. */
function writeWeights(path: string, sizes: LlmSizes): void {
  let end = 0
  const weights = weightsOf(sizes)
  const entries = weights.map(({ name, shape }) => {
    const begin = end
    end += 4 * shape.reduce((a, b) => a * b, 1)
    return [name, { dtype: 'F32', shape, data_offsets: [begin, end] }] as const
  })
  const text = JSON.stringify({ __metadata__: { format: 'pt' }, ...Object.fromEntries(entries) })
  const json = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8))
  const file = openSync(path, 'w')
  try {
    writeSync(file, Buffer.from(BigUint64Array.of(BigInt(json.length)).buffer))
    writeSync(file, json)
    for (const weight of weights) writeSync(file, new Uint8Array(weight.numbers().buffer))
  } finally {
    closeSync(file)
  }
}
