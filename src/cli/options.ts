/** Options as the command line has them: flags with their help, read by their own rules. */
import { type Command, InvalidArgumentError } from 'commander'
import type { Option, Options, OptionValue } from '../recipes/index.js'
import { HebbError } from '../tensor/errors.js'
import { optionName } from './settings.js'

/** Gives a command the options: `hiddenWidth` is `--hidden-width <n>`. */
export function addOptions(command: Command, options: Options): void {
  for (const [name, option] of Object.entries(options)) {
    const flags = `${optionName(name)}${option.placeholder === undefined ? '' : ` ${option.placeholder}`}`
    const shown = `${option.help}${option.placeholder === undefined || option.default === '' ? '' : ` (default ${option.default})`}`
    if (option.placeholder === undefined) command.option(flags, shown)
    else command.option(flags, shown, (text: string) => parsed(option, text))
  }
}

function parsed(option: Option, text: string): OptionValue {
  try {
    return option.parse(text)
  } catch (error) {
    if (error instanceof HebbError) throw new InvalidArgumentError(error.message)
    throw error
  }
}
