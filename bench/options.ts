/** What the bench is asked on the command line. */
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

/** The user asked for something that is not there: its message is all that is printed, and the exit code is 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export const HELP = `npm run bench [-- work…] [options]

  work…             names, or beginnings of names: xor mlp mnist gpt decode conv matmul …; all of them when none is given.
                    gpt-100m, memory-… and llm-… run only when they are named
  --peers a,b       only these libraries, as printed (case and dashes aside), or all: PyTorch compiled runs only when it is named
  --before folder   runs the build in another checkout of Hebb as well, as 'Hebb before', in turn with this one
  --threads n       threads for every library; default all cores
  --rounds n        turns of each library that count, after two that do not; default 10
  --seconds s       length of a turn; default 0.5
  --limit           measures what the machine can do at most, and shows each work's share of it
  --scale           measures how cost grows with width, depth, batch and length instead, and draws it: bench/scale.html
  --json file       where the numbers go; default bench/results.json (--scale: bench/scale.json)
  --resume          goes on with the run that was stopped, after the last work it finished
  --readme          puts the table of a run (--json: which) into docs/bench.md, a few rows into README.md; measures nothing
  --help            this text
`

/** Everything that can be set. */
export interface Options {
  readonly works: readonly string[]
  readonly peers: string | undefined
  readonly before: string | undefined
  readonly threads: number
  readonly rounds: number
  readonly seconds: number
  readonly limit: boolean
  readonly scale: boolean
  readonly json: string
  readonly readme: boolean
  readonly resume: boolean
  readonly help: boolean
}

/** The folder of the project. */
export const root = fileURLToPath(new URL('..', import.meta.url))

/** Reads a command line. Throws UsageError naming the option that is unknown or makes no sense. */
export function optionsOf(args: readonly string[]): Options {
  const { values, positionals } = parsed(args)
  const { scale, readme, resume, help, limit } = values
  const json = values.json === undefined ? join(root, scale ? 'bench/scale.json' : 'bench/results.json') : resolve(values.json)
  if (!existsSync(dirname(json))) throw new UsageError(`--json ${values.json}: there is no folder ${dirname(json)}`)
  if (scale && (positionals.length || limit || readme))
    throw new UsageError('--scale has works of its own: name none, and leave --limit and --readme away')
  if (resume && args.some((word) => word !== '--resume' && word !== '--json' && word !== values.json))
    throw new UsageError('--resume goes on with what was asked before: name nothing else but --json')
  const number = (name: 'threads' | 'rounds' | 'seconds', whole: boolean): number => {
    const value = Number(values[name])
    if (!(value > 0) || !Number.isFinite(value) || (whole && !Number.isInteger(value)))
      throw new UsageError(`--${name} ${values[name]}: a ${whole ? 'whole number of 1 or more' : 'number above 0'} is needed`)
    return value
  }
  return {
    works: positionals,
    peers: values.peers,
    before: beforeOf(values.before),
    ...{ threads: number('threads', true), rounds: number('rounds', true), seconds: number('seconds', false) },
    ...{ limit, scale, json, readme, resume, help },
  }
}

function beforeOf(folder: string | undefined): string | undefined {
  if (folder === undefined) return undefined
  const home = resolve(folder)
  if (!existsSync(join(home, 'dist/index.js'))) throw new UsageError(`--before ${folder}: no build there: run npm run build in it`)
  return home
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        peers: { type: 'string' },
        before: { type: 'string' },
        threads: { type: 'string', default: String(availableParallelism()) },
        rounds: { type: 'string', default: '10' },
        seconds: { type: 'string', default: '0.5' },
        limit: { type: 'boolean', default: false },
        scale: { type: 'boolean', default: false },
        json: { type: 'string' },
        resume: { type: 'boolean', default: false },
        readme: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    // what parseArgs says names the option; the second sentence is about its own peculiarities
    throw new UsageError(`${(error as Error).message.split('. ')[0]}: npm run bench -- --help lists what there is`)
  }
}
