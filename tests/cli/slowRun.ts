/** Child of the tests of run folders: a recipe that writes its journal and checkpoint until it is told to stop; argv: how, which. */
import '../../src/entry/node.js'
import { runRecipe } from '../../src/cli/run.js'
import { defineRecipe } from '../../src/recipes/recipe.js'
import { train } from '../../src/recipes/training.js'
import { network, settings, task } from '../train/task.js'

const [how, name] = process.argv.slice(2)
const recipe = defineRecipe({
  name: 'slow',
  summary: 'trains slowly, for tests',
  options: {},
  quick: {},
  async run(context) {
    const done = await train(context, network(), task(), { ...settings(), epochs: how === 'end' ? 12 : 100_000, every: 1 })
    return done && { headline: 'done', baseline: 'none', numbers: { steps: done.journal.length } }
  },
})
const stopper = new AbortController()
process.on('SIGTERM', () => stopper.abort())
try {
  const { result } = await runRecipe(recipe, { given: {}, ...(how === 'new' ? { name: name! } : { resume: name! }) }, stopper.signal)
  console.log(JSON.stringify(result ?? 'stopped'))
} catch (error) {
  console.log((error as Error).message)
  process.exitCode = 2
}
