#!/usr/bin/env node
/** The command line: `hebb train <recipe>`, `hebb list`. */
import { readFileSync } from 'node:fs'
import { Command, InvalidArgumentError } from 'commander'
import '../runtime/index.js'
import { recipes } from '../recipes/index.js'
import { HebbError } from '../tensor/errors.js'
import { type RunOptions, runRecipe } from './run.js'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }

const whole =
  (least: number) =>
  (text: string): number => {
    const value = Number(text)
    if (!Number.isSafeInteger(value) || value < least) throw new InvalidArgumentError(`Give a whole number of at least ${least}.`)
    return value
  }

const program = new Command('hebb')
  .description('Deep learning in TypeScript.')
  .version(version)
  .exitOverride()
  .showHelpAfterError('(hebb --help says more)')

program
  .command('list')
  .description('all recipes, one line each')
  .action(() => {
    for (const { name, summary } of recipes) console.log(`${name.padEnd(12)} ${summary}`)
  })

program
  .command('train')
  .description('train a recipe; leaves runs/<name>/ with config, metrics, model and report')
  .argument('<recipe>', `one of: ${recipes.map((r) => r.name).join(', ')}`)
  .option('--seed <n>', 'decides first values, order and all randomness', whole(0))
  .option('--epochs <n>', 'times through the training set', whole(1))
  .option('--name <name>', 'folder of the run below runs/')
  .option('--resume <run>', 'go on with an earlier run, by name or path')
  .option('--json', 'the last line printed is one JSON object')
  .action(async (name: string, options: RunOptions & { json?: boolean }) => {
    const recipe = recipes.find((r) => r.name === name)
    if (!recipe) throw new HebbError(`there is no recipe '${name}': choose one of ${recipes.map((r) => r.name).join(', ')}`)
    const controller = new AbortController()
    let exit = 0
    const stop = (signal: NodeJS.Signals): void => {
      if (controller.signal.aborted) process.exit(exit)
      exit = signal === 'SIGINT' ? 130 : 143
      controller.abort()
    }
    process.on('SIGINT', stop)
    process.on('SIGTERM', stop)
    const { result, folder } = await runRecipe(recipe, options, controller.signal)
    if (!result) {
      console.error(`stopped; go on with: npx hebb train ${name} --resume ${folder}`)
      process.exitCode = exit
      return
    }
    const accuracy = typeof result.testAccuracy === 'number' ? `${(100 * result.testAccuracy).toFixed(2)} % right on the test set, ` : ''
    const seconds = typeof result.seconds === 'number' ? `${result.seconds.toFixed(1)} s of training` : ''
    console.log(`${accuracy}${seconds}`)
    for (const file of ['config.json', 'metrics.jsonl', 'model.safetensors', 'model.onnx', 'report.html'])
      console.log(`  ${folder}/${file}`)
    if (options.json) console.log(JSON.stringify({ ...result, run: folder }))
  })

try {
  await program.parseAsync()
} catch (error) {
  const code = (error as { code?: unknown }).code
  if (typeof code === 'string' && code.startsWith('commander.')) process.exitCode = (error as { exitCode?: number }).exitCode === 0 ? 0 : 2
  else if (error instanceof HebbError) {
    console.error(`hebb: ${error.message}`)
    process.exitCode = 2
  } else throw error
}
