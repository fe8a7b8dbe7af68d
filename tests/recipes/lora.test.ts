/** The recipe `lora`: its questions, its measure, and a short run with every way of tuning. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Outcome, runRecipe } from '../../src/cli/run.js'
import { loadLLM } from '../../src/llm/index.js'
import { loraRecipe } from '../../src/recipes/tuning/lora.js'
import { answers, type Tuned } from '../../src/recipes/tuning/methods.js'
import { gained } from '../../src/recipes/tuning/report.js'
import { kinds, kindTask } from '../../src/recipes/tuning/task.js'
import { type Definition, definitions } from '../../src/sets/index.js'
import { loadAdapter } from '../../src/tune/index.js'

const home = mkdtempSync(join(tmpdir(), 'hebb-lora-'))
const before = process.cwd()
beforeAll(() => process.chdir(home))
afterAll(() => {
  process.chdir(before)
  rmSync(home, { recursive: true, force: true })
})

const quick = (name: string, signal: AbortSignal, resume = false): Promise<Outcome> =>
  runRecipe(loraRecipe, resume ? { given: {}, resume: name } : { given: { rank: 2 }, quick: true, name }, signal)
const endless = new AbortController().signal

describe('questions', () => {
  const all = kinds.flatMap((kind, k): Definition[] =>
    Array.from({ length: 40 + 100 * k }, (_, i) => ({ words: [`w${kind}${i}`], kind, gloss: `meaning ${i} of a ${kind}`, examples: [] })),
  )

  test('as many of each kind, learned and held out apart, none of them in the dictionary', () => {
    const { entries, learned, heldOut } = kindTask(all, { learned: 80, heldOut: 20 })
    for (const kind of kinds) {
      expect(learned.filter((one) => one.kind === kind)).toHaveLength(20)
      expect(heldOut.filter((one) => one.kind === kind)).toHaveLength(5)
    }
    expect(learned[0]).toMatchObject({ prompt: expect.stringMatching(/ \($/), completion: 'noun)' })
    expect(new Set([...learned, ...heldOut].map(({ prompt }) => prompt)).size).toBe(100)
    expect(entries).toHaveLength(all.length - 100)
    expect(entries.some((entry) => learned.some(({ prompt }) => entry.endsWith(`: ${prompt.slice(0, -2)}`)))).toBe(false)
  })

  test('where there are too few of a kind, all of them are asked', () => {
    const { learned, heldOut } = kindTask(all, { learned: 800, heldOut: 80 })
    const nouns = [learned, heldOut].map((part) => part.filter(({ kind }) => kind === 'noun').length)
    expect(nouns).toEqual([20, 20])
  })
})

test('the share of the gain', () => {
  const of = (crossEntropy: number): Tuned => ({ crossEntropy, before: { crossEntropy: 3, accuracy: 0 } }) as Tuned
  expect([gained(of(1), of(1)), gained(of(2), of(1)), gained(of(0.5), of(1)), gained(of(1), of(4))]).toEqual([1, 0.5, 1.25, Number.NaN])
})

describe('hebb train lora', () => {
  test('every way in its short version, adapters that load, and the same numbers stopped and gone on with', { timeout: 300_000 }, async ({
    skip,
  }) => {
    const all = await definitions().catch((error: Error) => error)
    if (all instanceof Error) return skip(`no data: ${all.message}`)
    const { result, folder } = await quick('straight', endless)
    const numbers = result!.numbers as Record<string, number>
    expect(result!.headline).toMatch(/^LoRA of rank 2 has .* of what full tuning gains/)
    for (const name of ['full', 'lora', 'qlora8', 'qlora4'])
      expect(numbers[`${name}.crossEntropy`]).toBeLessThan(numbers['base.crossEntropy']!)
    expect(Math.abs(numbers['qlora8.crossEntropy']! - numbers['lora.crossEntropy']!)).toBeLessThan(0.1)
    expect(numbers.trainable! / numbers.parameters!).toBeLessThan(0.05)
    expect(readFileSync(join(folder, 'report.html'), 'utf8')).toContain('Side by side')

    const model = await loadLLM(join(folder, 'base'))
    await loadAdapter(model, join(folder, 'parts/lora'))
    const task = kindTask(all, { learned: 320, heldOut: 100 })
    expect(await answers(model, task.heldOut)).toEqual({ crossEntropy: numbers['lora.crossEntropy'], accuracy: numbers['lora.accuracy'] })

    const stop = new AbortController()
    const watch = setInterval(() => existsSync('runs/halted/parts/full/metrics.jsonl') && stop.abort(), 20)
    const halted = await quick('halted', stop.signal)
    clearInterval(watch)
    expect(halted.result).toBeUndefined()
    const resumed = await quick('halted', endless, true)
    for (const name of ['full.crossEntropy', 'lora.crossEntropy', 'qlora4.crossEntropy'])
      expect(resumed.result!.numbers[name]).toBe(numbers[name])
  })
})
