#!/usr/bin/env node
/** The command line: `hebb train <recipe>`, `hebb sweep <recipe>`, `hebb list`, `hebb tune <method>`, `hebb serve`. */
import '../entry/node.js'
import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import '../runtime/index.js'
import { recipes } from '../recipes/index.js'
import { HebbError } from '../tensor/errors.js'
import { addChatCommand } from './chat/command.js'
import { addServeCommand } from './serve.js'
import { addSweepCommand } from './sweep/command.js'
import { addTrainCommands } from './train.js'
import { addTuneCommands } from './tune/command.js'
import { methods } from './tune/methods.js'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }

const program = new Command('hebb')
  .description('Deep learning in TypeScript.')
  .version(version)
  .exitOverride()
  .showHelpAfterError('(hebb --help says more)')

program
  .command('list')
  .description('all recipes, one line each')
  .action(() => {
    const width = Math.max(...recipes.map(({ name }) => name.length)) + 2
    for (const { name, summary } of recipes) console.log(`${name.padEnd(width)}${summary}`)
  })

addTrainCommands(program, recipes)
addSweepCommand(program, recipes)
addTuneCommands(program, methods)
addChatCommand(program)
addServeCommand(program)

try {
  await program.parseAsync()
} catch (error) {
  const code = (error as { code?: unknown }).code
  if (typeof code === 'string' && code.startsWith('commander.'))
    process.exitCode = (error as { exitCode?: number | undefined }).exitCode === 0 ? 0 : 2
  else if (error instanceof HebbError) {
    console.error(`hebb: ${error.message}`)
    process.exitCode = 2
  } else throw error
}
