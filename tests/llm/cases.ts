/** Models of every family in many shapes, with the numbers of transformers (families/make.py): weights by a formula of their names. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { initialize, LLM, type ModelConfig, parameters } from '../../src/index.js'
import type { Expected } from './agree.js'

const path = fileURLToPath(new URL('families/expected.json', import.meta.url))
/** By name. */
export const { cases } = JSON.parse(readFileSync(path, 'utf8')) as {
  readonly cases: Readonly<Record<string, Expected & { readonly config: ModelConfig }>>
}

/** Numbers in [−1, 1): a hash of the name and the place. */
function uniform(name: string, count: number): Float64Array {
  let seed = 2166136261
  for (const byte of new TextEncoder().encode(name)) seed = Math.imul(seed ^ byte, 16777619)
  return Float64Array.from({ length: count }, (_, i) => {
    let h = (Math.imul(i + 1, 2654435761) + seed) >>> 0
    h ^= h >>> 15
    h = Math.imul(h, 2246822519)
    h ^= h >>> 13
    return (h >>> 0) / 2 ** 31 - 1
  })
}

/** The weights of a model as make.py has them. */
export function filled(config: ModelConfig): LLM {
  const model = new LLM(config)
  initialize(model)
  const shifted = String(config.model_type).startsWith('gemma')
  for (const [name, { shape, size, storage }] of parameters(model)) {
    const u = uniform(name, size)
    let of = (x: number): number => (x * 2.2) / Math.sqrt(shape[name.includes('.c_') ? 0 : 1]!)
    if (name.includes('norm') || name.includes('.ln_')) of = (x) => (shifted || name.endsWith('bias') ? 0.3 * x : 1 + 0.3 * x)
    else if (shape.length === 1) of = (x) => 0.2 * x
    else if (/embed|wte|wpe/.test(name)) of = (x) => 0.7 * x
    ;(storage.array as Float32Array).set(u.map(of))
  }
  return model
}
