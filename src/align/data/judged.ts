/** Answers as people judge them one by one: good or bad. */
import { HebbError } from '../../tensor/errors.js'
import { kindOf } from '../../tensor/options.js'
import { type Answer, answerOf, type Encoder, isNothing, saidIn } from './answers.js'
import type { Reason } from './survey.js'

/** An answer as ids, and whether it is good. */
export interface Judged extends Answer {
  readonly isGood: boolean
}

/** `true`, 1, and in tables 'true' and '1'. */
const goodness = new Map<unknown, boolean>([
  ...([true, 1, 'true', '1'] as const).map((value) => [value, true] as const),
  ...([false, 0, 'false', '0'] as const).map((value) => [value, false] as const),
])

/** A judged answer, or why it is left out. Throws HebbError, beginning with `where`, for what is none. */
export function judgedOf(where: string, example: unknown, how: Encoder): Judged | Reason {
  if (typeof example !== 'object' || example === null || Array.isArray(example))
    throw new HebbError(`${where}: it is ${kindOf(example)}, not an object with prompt, completion and label`)
  const { prompt, completion, label } = example as Readonly<Record<string, unknown>>
  if (prompt === undefined || completion === undefined || label === undefined)
    throw new HebbError(`${where}: it has ${Object.keys(example).join(', ') || 'no fields'}: give prompt, completion and label`)
  const isGood = goodness.get(typeof label === 'string' ? label.toLowerCase() : label)
  if (isGood === undefined)
    throw new HebbError(`${where}: label is ${JSON.stringify(label)}: give true for a good answer, false for a bad one`)
  const [asked, said] = [saidIn(where, 'prompt', prompt), saidIn(where, 'completion', completion)]
  if (isNothing(said)) return 'empty'
  const answer = answerOf(where, asked, said, how)
  if (answer.answer.length === 0) return 'empty'
  return answer.prompt.length >= how.maxLength ? 'long' : { ...answer, isGood }
}
