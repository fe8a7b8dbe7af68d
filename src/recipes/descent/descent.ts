/** Gradient descent: how many examples per step, how long the steps, and which rule makes them. */
import { count } from '../options.js'
import { defineRecipe, type Recipe } from '../recipe.js'
import { recipeReport } from '../report.js'
import { compareSizes, gradientNoise, pathsOnBowl, sizesSection } from './batchSizes.js'
import { compareOptimizers, optimizersSection } from './optimizers.js'
import { compareRates, ratesSection } from './rates.js'
import { digitTask } from './task.js'

/** `hebb train descent` */
export const descentRecipe: Recipe = defineRecipe({
  name: 'descent',
  summary: 'descent by full, mini and single batches; learning rates by range test; every optimizer on one task',
  options: {
    epochs: count(10, 'times through the 1438 digits that each run may spend'),
    rates: count(5, 'learning rates tried for each way: 1, 3 or 5'),
    draws: count(100, 'batches of each size whose gradients are compared'),
  },
  quick: { epochs: 1, rates: 1, draws: 5 },
  async run(context) {
    const { seed, epochs, rates, draws } = context.settings
    const task = await digitTask(context)
    const ranges = await compareRates(context, task, epochs)
    const sizes = ranges && (await compareSizes(context, task, { epochs, rates }))
    const optimizers = sizes && (await compareOptimizers(context, task, { epochs, rates }))
    if (!optimizers) return undefined
    const noise = await gradientNoise(task, seed, draws)
    const best = optimizers[0]!
    const plain = optimizers.find(({ name }) => name === 'sgd')!
    const suggested = ranges.runs.find(({ name }) => name === 'suggested')!.went
    await recipeReport(context, {
      title: 'Gradient descent',
      description: 'How many examples per step, how long the steps, and which rule makes them: one small task, 8 × 8 digits.',
      tiles: [
        { label: 'Suggested rate', value: Number(ranges.finding.suggestion.toPrecision(2)), note: 'for plain descent' },
        { label: 'Best optimizer', value: best.name, note: `training loss ${best.went.score.toPrecision(2)}` },
        { label: 'Its test accuracy', value: best.went.testAccuracy, format: 'percent' },
      ],
      sections: [
        sizesSection(sizes, noise, await pathsOnBowl(seed), epochs),
        ratesSection(ranges),
        ...optimizersSection(optimizers, epochs),
      ],
      config: { recipe: 'descent', network: '64-32-10, tanh' },
    })
    const loss = (value: number): string => value.toPrecision(2)
    return {
      headline: `training loss on one budget: ${sizes.map(({ name, went }) => `${loss(went.score)} (${name})`).join(', ')}; best optimizer ${best.name} ${loss(best.went.score)}, ${(100 * best.went.testAccuracy).toFixed(1)} % of the test digits`,
      baseline: `plain descent at its best rate ${loss(plain.went.score)}, at the rate suggested by the range test ${loss(suggested.score)}; ln 10 = 2.30 without learning`,
      numbers: {
        suggestion: ranges.finding.suggestion,
        lossAtSuggestion: suggested.score,
        bestOptimizer: best.name,
        testAccuracy: best.went.testAccuracy,
        trainingLoss: Object.fromEntries(optimizers.map(({ name, went }) => [name, went.score])),
        bySize: Object.fromEntries(sizes.map(({ name, went }) => [name, went.score])),
        noiseOfOne: noise[0]!.noise,
        noiseOf32: noise.find(({ size }) => size === 32)!.noise,
      },
    }
  },
})
