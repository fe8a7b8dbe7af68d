/** Beams: the texts that transformers 5.18 finds with the same options. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadLLM } from '../../../src/llm/index.js'
import { type GenerationConfig, generate, generationOptions } from '../../../src/text/index.js'
import { goldenPath } from '../../goldens.js'

interface Case {
  readonly model: string
  readonly options: GenerationConfig
  readonly prompt: readonly number[]
  readonly ids: readonly (readonly number[])[]
}
const cases = JSON.parse(readFileSync(new URL('beams.json', import.meta.url), 'utf8')) as readonly Case[]

const root = goldenPath('models')
test.skipIf(!root).each(cases)('$model $options', async ({ model: name, options, prompt, ids }) => {
  const model = await loadLLM(join(root!, name))
  for (const cache of [true, false]) {
    const found = await generate(model, [prompt], { ...generationOptions(options), samples: ids.length, tokens: 12, cache })
    expect(found.map((one) => [...one.ids])).toEqual(ids)
  }
})
