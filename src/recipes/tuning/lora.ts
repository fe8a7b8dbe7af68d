/** One base, one question, learned in full, by LoRA, and by LoRA on weights of 8 and 4 bits. */
import { definitions } from '../../sets/index.js'
import { loading } from '../loading.js'
import { percent } from '../numbers.js'
import { count, positive } from '../options.js'
import { defineRecipe, type Recipe } from '../recipe.js'
import { trainBase } from './base.js'
import { type Method, type Tuned, tuned } from './methods.js'
import { gained, loraReport, tableOf } from './report.js'
import { kinds, kindTask } from './task.js'

const methods: readonly Method[] = [
  { name: 'full', lora: false, bits: undefined },
  { name: 'lora', lora: true, bits: undefined },
  { name: 'qlora-8', lora: true, bits: 8 },
  { name: 'qlora-4', lora: true, bits: 4 },
]

/** `hebb train lora` */
export const loraRecipe: Recipe = defineRecipe({
  name: 'lora',
  summary: 'a small language model tuned whole, by LoRA and by QLoRA: quality, share of weights trained, file and seconds side by side',
  options: {
    depth: count(3, 'blocks of the base, 64 wide for each'),
    vocabulary: count(2048, 'tokens of its tokenizer', { least: 300 }),
    context: count(48, 'tokens it sees at once', { least: 32 }),
    baseSteps: count(1000, 'updates of the base, of 16 windows each'),
    questions: count(3200, 'questions that are learned from'),
    heldOut: count(500, 'questions that are held out'),
    epochs: count(1, 'times through the questions'),
    rank: count(1, 'of the adapters'),
    alpha: positive(8, 'their change is scaled by alpha / rank'),
    rate: positive(1e-3, 'highest learning rate of full tuning'),
    loraRate: positive(1e-2, 'highest learning rate of adapters'),
  },
  quick: { depth: 1, vocabulary: 512, context: 64, baseSteps: 30, questions: 320, heldOut: 100, epochs: 2 },
  async run(context) {
    const { questions, heldOut, rank, seed } = context.settings
    const all = await loading(context, 'definitions', definitions)
    const task = kindTask(all, { learned: questions, heldOut })
    if (!(await trainBase(context, task.entries))) return undefined
    const results: Tuned[] = []
    for (const method of methods) {
      const one = await tuned(context, method, task)
      if (!one) return undefined
      results.push(one)
    }
    const [full, adapter, eight, four] = results as [Tuned, Tuned, Tuned, Tuned]
    context.stream.write(`\n${tableOf(results)}\n\n`)
    await loraReport(context, results, task)
    return {
      headline: `LoRA of rank ${rank} has ${percent(gained(adapter, full), 1)} of what full tuning gains (${percent(adapter.accuracy, 1)} of ${task.heldOut.length} right, full ${percent(full.accuracy, 1)}), training ${percent(adapter.trainable / adapter.total)} of the weights; its file is ${percent(adapter.fileBytes / full.fileBytes)} of the model's`,
      baseline: `${percent(full.before.accuracy, 1)} before tuning, ${percent(1 / kinds.length, 0)} by guessing`,
      numbers: {
        ...Object.fromEntries(
          Object.entries({ full, lora: adapter, qlora8: eight, qlora4: four }).flatMap(([name, one]) => [
            [`${name}.crossEntropy`, one.crossEntropy],
            [`${name}.accuracy`, one.accuracy],
            [`${name}.gained`, gained(one, full)],
            [`${name}.seconds`, one.seconds],
          ]),
        ),
        'base.crossEntropy': full.before.crossEntropy,
        'base.accuracy': full.before.accuracy,
        parameters: full.total,
        trainable: adapter.trainable,
        adapterBytes: adapter.fileBytes,
        modelBytes: full.fileBytes,
        seed,
      },
    }
  },
})
