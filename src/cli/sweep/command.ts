/** `hebb sweep <recipe>`: the recipe under many settings, several at a time. */
import { mkdirSync, writeSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import type { Recipe } from '../../recipes/index.js'
import { HebbError } from '../../tensor/errors.js'
import {
  gridSearch,
  halving,
  type Plan,
  processes,
  randomSearch,
  ranked,
  sweep,
  sweepSection,
  type TrialResult,
  writeReport,
} from '../../train/index.js'
import { lockFolder } from '../run.js'
import { stopOnSignals } from '../stop.js'
import { type Halving, halvingOf, spaceOf } from './settings.js'
import { trialModule } from './trial.js'

interface SweepWords {
  readonly set: readonly string[]
  readonly trials?: string | undefined
  readonly halving?: string | undefined
  readonly workers: string
  readonly metric: string
  readonly goal?: string | undefined
  readonly seed: string
  readonly name?: string | undefined
  readonly quick?: true | undefined
  readonly json?: true | undefined
}

/** Adds `sweep`. */
export function addSweepCommand(program: Command, recipes: readonly Recipe[]): void {
  program
    .command('sweep')
    .description(
      'train a recipe under many settings; leaves runs/<name>/ with a report. The same command again goes on where it was stopped',
    )
    .argument('<recipe>', 'see hebb list')
    .option('--set <option=values>', 'values of an option: lr=1e-3,3e-3 or a range lr=1e-4..1e-1; may be given several times', collect, [])
    .option('--trials <n>', 'choose so many at random instead of all combinations')
    .option(
      '--halving <option=range>',
      'successive halving: all trials with the least of it, the better third with three times as much: epochs=1..9',
    )
    .option('--workers <n>', 'trials at a time, each a process', '1')
    .option('--metric <name>', 'the number of --json to judge by', 'testAccuracy')
    .option('--goal <word>', 'least or most; default by the name of the metric: losses and errors least')
    .option('--seed <n>', 'decides the choice of trials, and the seed of each', '0')
    .option('--name <name>', 'folder below runs/; default sweep-<recipe>')
    .option('--quick', 'settings for a first look in each trial')
    .option('--json', 'the last line printed is one JSON object')
    .action((name: string, words: SweepWords) => perform(recipes, name, words))
}

const collect = (word: string, all: readonly string[]): string[] => [...all, word]

function whole(text: string, name: string, least: number): number {
  const n = Number(text)
  if (text.trim() === '' || !Number.isSafeInteger(n) || n < least)
    throw new HebbError(`${name}: '${text}' is no whole number of at least ${least}`)
  return n
}

async function perform(recipes: readonly Recipe[], recipeName: string, words: SweepWords): Promise<void> {
  const recipe = recipes.find(({ name }) => name === recipeName)
  if (!recipe) throw new HebbError(`there is no recipe '${recipeName}': choose one of ${recipes.map(({ name }) => name).join(', ')}`)
  if (words.set.length === 0)
    throw new HebbError(`sweep: which settings? Give at least one option of ${recipe.name} with its values: --set lr=1e-3,3e-3`)
  const space = spaceOf(recipe, words.set)
  const rounds = words.halving === undefined ? undefined : halvingOf(recipe, words.halving)
  const trials = words.trials === undefined ? undefined : whole(words.trials, '--trials', 1)
  const workers = whole(words.workers, '--workers', 1)
  const seed = whole(words.seed, '--seed', 0)
  const { metric, name = `sweep-${recipe.name}` } = words
  const goal = goalOf(words.goal, metric)
  const folder = join('runs', name)
  mkdirSync(folder, { recursive: true })
  const lock = await lockFolder(folder)
  const stopping = stopOnSignals()
  const pool = processes(
    trialModule({
      recipe: recipe.name,
      name,
      metric,
      quick: words.quick === true,
      seed,
      threads: Math.max(1, Math.floor(availableParallelism() / workers)),
      budget: rounds?.option,
    }),
  )
  const done: TrialResult[] = []
  try {
    const options = { plan: planOf(trials, rounds), goal, workers, seed, journal: join(folder, 'sweep.jsonl'), signal: stopping.signal }
    for await (const result of sweep(pool.trial, space, options)) {
      done.push(result)
      say(
        `${done.length}  ${result.name}  ${result.error ?? `${metric} ${Number(result.score.toPrecision(5))}`}  ${result.earlier ? 'done before' : `${result.seconds.toFixed(1)} s`}\n`,
      )
    }
  } finally {
    pool.close()
    await lock.release()
  }
  if (stopping.signal.aborted) {
    say('stopped; the same command goes on from here\n')
    process.exitCode = stopping.code()
    return
  }
  const [best] = ranked(done, goal)
  if (!best || best.error !== undefined)
    throw new HebbError(`sweep: every trial failed, the first with: ${best?.error ?? 'nothing was tried'}`)
  await writeReport(join(folder, 'report.html'), {
    title: `Sweep of ${recipe.name}`,
    description: recipe.summary,
    created: new Date().toISOString().slice(0, 16).replace('T', ' '),
    command: ['npx hebb sweep', ...process.argv.slice(3)].join(' '),
    tiles: [
      { label: `Best ${metric}`, value: best.score, note: best.name },
      { label: 'Trials', value: done.length, format: 'count' },
      { label: 'Seed', value: String(seed) },
    ],
    sections: [sweepSection(done, { score: metric, goal, title: 'Trials' })],
    config: { recipe: recipe.name, space: words.set, metric, goal, workers, seed },
  })
  for (const { name: trial, score } of ranked(done, goal).slice(0, 10)) console.log(`${Number(score.toPrecision(5))}  ${trial}`)
  console.log(`  ${join(folder, 'report.html')}`)
  if (words.json)
    console.log(
      JSON.stringify({
        recipe: recipe.name,
        metric,
        goal,
        best: best.score,
        settings: best.settings,
        trials: done.length,
        failed: done.filter(({ error }) => error !== undefined).length,
        run: folder,
      }),
    )
}

const say = (text: string): unknown => writeSync(2, text)

function planOf(trials: number | undefined, rounds: Halving | undefined): Plan {
  if (rounds) return halving({ least: rounds.least, most: rounds.most, trials })
  return trials === undefined ? gridSearch() : randomSearch({ trials })
}

function goalOf(word: string | undefined, metric: string): 'least' | 'most' {
  if (word === 'least' || word === 'most') return word
  if (word !== undefined) throw new HebbError(`--goal: '${word}' is none of least, most`)
  return /loss|error|perplexity|seconds|memory/i.test(metric) ? 'least' : 'most'
}
