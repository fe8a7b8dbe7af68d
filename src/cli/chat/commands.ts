/** The /commands of `hebb chat`. */
import { HebbError } from '../../tensor/errors.js'
import type { Talk } from './talk.js'

interface TalkCommand {
  readonly name: string
  /** what stands behind it */
  readonly takes: string
  readonly help: string
  /** gives what is to be shown, or 'end' */
  run(talk: Talk, rest: string): Promise<string> | string
}

const number = (rest: string, what: string, is: (x: number) => boolean, kind: string): number => {
  const x = Number(rest)
  if (rest === '' || !is(x)) throw new HebbError(`/${what} '${rest}': give ${kind}`)
  return x
}
const whole = (x: number): boolean => Number.isSafeInteger(x) && x >= 1

/** All of them, in the order of /help. */
const commands: readonly TalkCommand[] = [
  { name: 'help', takes: '', help: 'this list', run: () => helpText() },
  {
    name: 'reset',
    takes: '',
    help: 'forget what was said',
    run(talk) {
      talk.reset()
      return 'a new conversation'
    },
  },
  {
    name: 'undo',
    takes: '',
    help: 'take the last question and its answer back',
    run(talk) {
      talk.undo()
      return `${talk.messages.length} messages are left`
    },
  },
  {
    name: 'system',
    takes: '[words]',
    help: 'what the model is told before all else; alone: nothing',
    run(talk, rest) {
      talk.system = rest === '' ? undefined : rest
      return rest === '' ? 'no system message' : 'told from the next answer on'
    },
  },
  {
    name: 'history',
    takes: '',
    help: 'all that was said',
    run: ({ all }) => all.map(({ role, content }) => `${role}: ${String(content)}`).join('\n') || 'nothing yet',
  },
  {
    name: 'save',
    takes: 'file',
    help: 'write the conversation as a line of .jsonl',
    async run(talk, rest) {
      if (rest === '') throw new HebbError('/save: give a file')
      await talk.save(rest)
      return rest
    },
  },
  {
    name: 'temperature',
    takes: 'x',
    help: 'how freely it draws; 0 takes the likeliest token',
    run({ settings }, rest) {
      settings.temperature = number(rest, 'temperature', (x) => x >= 0 && Number.isFinite(x), 'a number from 0 on')
      return `temperature ${settings.temperature}`
    },
  },
  {
    name: 'top-p',
    takes: 'x',
    help: 'draw from the likeliest tokens that are so likely together',
    run({ settings }, rest) {
      settings.topP = number(rest, 'top-p', (x) => x > 0 && x <= 1, 'a number above 0, at most 1')
      return `top-p ${settings.topP}`
    },
  },
  {
    name: 'top-k',
    takes: 'n',
    help: 'draw from so many of the likeliest tokens',
    run({ settings }, rest) {
      settings.topK = number(rest, 'top-k', whole, 'a whole number of 1 or more')
      return `top-k ${settings.topK}`
    },
  },
  {
    name: 'tokens',
    takes: 'n',
    help: 'the longest an answer may be',
    run({ settings }, rest) {
      settings.tokens = number(rest, 'tokens', whole, 'a whole number of 1 or more')
      return `at most ${settings.tokens} tokens`
    },
  },
  { name: 'exit', takes: '', help: 'end; Ctrl-D does too', run: () => 'end' },
]

const helpText = (): string =>
  [
    ...commands.map(({ name, takes, help }) => `${`/${name} ${takes}`.trimEnd().padEnd(18)} ${help}`),
    'Ctrl-C             stop the answer',
  ].join('\n')

/** Runs a line that begins with /. Throws HebbError for a command there is none of, and for what does not fit one. */
export async function runCommand(talk: Talk, line: string): Promise<string> {
  const [, name = '', rest = ''] = /^\/(\S*)\s*([\s\S]*)$/.exec(line) ?? []
  const command = commands.find((one) => one.name === name)
  if (!command) throw new HebbError(`there is no /${name}: /help lists what there is`)
  return command.run(talk, rest.trim())
}
