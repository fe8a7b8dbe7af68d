/** `hebb train <recipe>`: one command per recipe, with the recipe's own options. */
import { readdirSync } from 'node:fs'
import type { Command } from 'commander'
import type { OptionValue, Recipe } from '../recipes/index.js'
import { HebbError } from '../tensor/errors.js'
import { addOptions } from './options.js'
import { type Outcome, type RunOptions, runRecipe } from './run.js'
import { stopOnSignals } from './stop.js'

/** Adds `train` with a command for every recipe. */
export function addTrainCommands(program: Command, recipes: readonly Recipe[]): void {
  const names = recipes.map(({ name }) => name).join(', ')
  const train = program
    .command('train')
    .description('train a recipe; leaves runs/<name>/ with config, metrics and report')
    .argument('[recipe]', 'see hebb list; hebb train <recipe> --help tells its options')
    .allowUnknownOption()
    .allowExcessArguments()
    .action((name: string | undefined) => {
      throw new HebbError(`${name === undefined ? 'train: which recipe?' : `there is no recipe '${name}':`} choose one of ${names}`)
    })
  for (const recipe of recipes) addRecipe(train, recipe)
}

function addRecipe(train: Command, recipe: Recipe): void {
  const command = train.command(recipe.name).description(recipe.summary).exitOverride().allowExcessArguments(false)
  addOptions(command, recipe.options)
  command
    .option('--quick', 'settings for a first look: seconds instead of minutes')
    .option('--name <name>', 'folder of the run below runs/')
    .option('--resume <run>', 'go on with an earlier run, by name or path')
    .option('--json', 'the last line printed is one JSON object')
    .action(async (options: Readonly<Record<string, OptionValue>>) => {
      const { quick, name, resume, json, ...given } = options
      const run: RunOptions = {
        given,
        quick: quick !== undefined,
        name: typeof name === 'string' ? name : undefined,
        resume: typeof resume === 'string' ? resume : undefined,
      }
      await perform(recipe, run, json !== undefined)
    })
}

/** Runs a recipe and says what came of it. The first signal stops it in good order, the second at once. */
async function perform(recipe: Recipe, options: RunOptions, json: boolean): Promise<void> {
  const stop = stopOnSignals()
  const outcome = await runRecipe(recipe, options, stop.signal)
  const { result, folder } = outcome
  if (!result) {
    console.error(`stopped; go on with: npx hebb train ${recipe.name} --resume ${folder}`)
    process.exitCode = stop.code()
    return
  }
  console.log(result.headline)
  console.log(`  to be held against: ${result.baseline}`)
  console.log(`  ${outcome.seconds.toFixed(1)} s in all, ${outcome.peakMemoryMb} MB of memory at most`)
  for (const file of readdirSync(folder).sort()) console.log(`  ${folder}/${file}`)
  if (json) console.log(JSON.stringify(lineOf(recipe, result, outcome)))
}

const lineOf = (recipe: Recipe, { headline, baseline, numbers }: NonNullable<Outcome['result']>, outcome: Outcome): object => ({
  recipe: recipe.name,
  headline,
  baseline,
  seconds: outcome.seconds,
  ...numbers,
  peakMemoryMb: outcome.peakMemoryMb,
  run: outcome.folder,
})
