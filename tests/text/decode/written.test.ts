/** What golden models write by many options, greedily and with beams: what transformers 5.18 writes (make.py). */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadLLM } from '../../../src/llm/index.js'
import { type GenerationConfig, generate, generationOptions } from '../../../src/text/index.js'
import { goldenPath } from '../../goldens.js'

interface Case {
  readonly model: string
  readonly prompt: readonly number[]
  readonly options: GenerationConfig
  readonly ids: readonly (readonly number[])[]
  readonly scores?: readonly number[]
}
const cases = JSON.parse(readFileSync(new URL('written.json', import.meta.url), 'utf8')) as readonly Case[]
const root = goldenPath('models')
const names = [...new Set(cases.map(({ model }) => model))]

describe.each(names)('%s', (name) => {
  const folder = join(root ?? '', name)
  const model = root && existsSync(folder) ? loadLLM(folder) : undefined
  test.skipIf(!model).each(cases.filter((one) => one.model === name))('$prompt $options', async ({ prompt, options, ids, scores }) => {
    const given = { eos: [], ...generationOptions(options) }
    const found = await generate((await model)!, [prompt], { ...given, samples: ids.length })
    expect(found.map((one) => [...one.ids])).toEqual(ids)
    // without rules a sequence scores the mean of its log p, by length to the power of the penalty
    const { beams, lengthPenalty = 1 } = given
    const ruled = Object.keys(options).some((key) => /repeti|repeat|bad_words|forced|min_/.test(key))
    if (!scores || ruled || beams === undefined) return
    for (const [i, one] of found.entries()) {
      const sum = one.logProbabilities.reduce((a, b) => a + b, 0)
      expect(sum / one.ids.length ** lengthPenalty).toBeCloseTo(scores[i]!, 3)
    }
  })

  test.skipIf(!model)(
    'a batch of prompts, and samples of each, are what each writes alone: the likeliest, and drawn from a seed',
    async () => {
      const prompts = [[5, 17, 33, 60], [9], [12, 7, 7, 12, 7, 7, 12, 7, 99, 4, 31]]
      const rules = { repetitionPenalty: 1.1, presencePenalty: 0.3, frequencyPenalty: 0.2, minTokens: 4, badWords: [[239], [4, 5]] }
      for (const drawn of [
        {},
        { temperature: 0.9 },
        { topP: 0.8, seed: 7 },
        { minP: 0.02, topK: 0, seed: 8 },
        { typicalP: 0.7, seed: 9 },
      ]) {
        const options = { ...rules, ...drawn, tokens: 12, samples: 2 }
        for (const { prompt, sample, ids } of await generate((await model)!, prompts, options)) {
          const alone = await generate((await model)!, prompts[prompt]!, { ...options, seed: (options.seed ?? 0) + prompt })
          expect(ids).toEqual(alone[sample]!.ids)
        }
      }
    },
  )
})
