/** `hebb tune <method>`: one command per method, with what every method is told and its own options. */
import type { Command } from 'commander'
import type { OptionValue } from '../../recipes/index.js'
import { numbersIn } from '../../report/curves/journal.js'
import { HebbError } from '../../tensor/errors.js'
import { addOptions } from '../options.js'
import { stopOnSignals } from '../stop.js'
import { baseOptions } from './base.js'
import type { TuneMethod } from './method.js'
import { tune } from './run.js'

/** Adds `tune` with a command for every method. */
export function addTuneCommands(program: Command, methods: readonly TuneMethod[]): void {
  const names = methods.map(({ name }) => name).join(', ')
  const command = program
    .command('tune')
    .description('shape a language model by examples; leaves an adapter, or a model, in --out')
    .argument('[method]', `one of ${names}; hebb tune <method> --help tells its options`)
    .allowUnknownOption()
    .allowExcessArguments()
    .action((name: string | undefined) => {
      throw new HebbError(`${name === undefined ? 'tune: which method?' : `there is no method '${name}':`} choose one of ${names}`)
    })
  for (const method of methods) addMethod(command, method)
}

function addMethod(parent: Command, method: TuneMethod): void {
  const command = parent.command(method.name).description(method.summary).exitOverride().allowExcessArguments(false)
  addOptions(command, { ...baseOptions, ...method.options })
  command
    .addHelpText('after', `\nExamples are .jsonl, .csv or .parquet files; a row holds ${method.rows}.`)
    .option('--resume', 'go on with the run that is in --out')
    .option('--json', 'the last line printed is one JSON object')
    .action(async (words: Readonly<Record<string, OptionValue>>) => {
      const { resume, json, ...given } = words
      await perform(method, { given, resume: resume !== undefined }, json !== undefined)
    })
}

/** Tunes and says what came of it. The first signal stops it in good order, the second at once. */
async function perform(method: TuneMethod, asked: Parameters<typeof tune>[1], json: boolean): Promise<void> {
  const stop = stopOnSignals()
  const { last, out, share, seconds, peakMemoryMb } = await tune(method, asked, stop.signal, process.stderr)
  if (stop.signal.aborted) {
    console.error(`stopped; go on with: npx hebb tune ${method.name} --out ${out} --resume`)
    process.exitCode = stop.code()
    return
  }
  const numbers = last ? numbersIn(last) : {}
  const told = ['loss', 'validation.loss'].flatMap((name) =>
    numbers[name] === undefined ? [] : [`${name.replace('.', ' ')} ${numbers[name].toPrecision(4)}`],
  )
  console.log([...told, `${last?.step ?? 0} steps`].join(', '))
  console.log(`  ${seconds.toFixed(1)} s in all, ${peakMemoryMb} MB of memory at most`)
  console.log(`  ${out}`)
  if (json) console.log(JSON.stringify({ method: method.name, out, share, ...numbers, seconds, peakMemoryMb }))
}
