/** Preferences as people write them down: pairs of answers. */
import { HebbError } from '../../tensor/errors.js'
import { kindOf } from '../../tensor/options.js'
import { type Answer, answerOf, type Encoder, isNothing, type Said, saidIn, sharedPrompt } from './answers.js'
import type { Reason } from './survey.js'

/** Two answers to one prompt, the preferred one first. Without `prompt` it is what both answers begin with. */
export interface Preference {
  readonly prompt?: Said
  readonly chosen: Said
  readonly rejected: Said
  /** by how much the first is better, where that is known */
  readonly margin?: number
}

/** A pair as ids. */
export interface Pair {
  readonly chosen: Answer
  readonly rejected: Answer
  readonly margin: number
}

function fieldsOf(where: string, example: unknown): Readonly<Record<string, unknown>> {
  if (typeof example !== 'object' || example === null || Array.isArray(example))
    throw new HebbError(`${where}: it is ${kindOf(example)}, not an object with prompt, chosen and rejected`)
  return example as Readonly<Record<string, unknown>>
}

/** A pair, or why it is left out. Throws HebbError for what is none. */
export function pairOf(where: string, example: unknown, how: Encoder): Pair | Reason {
  const fields = fieldsOf(where, example)
  if (fields.chosen === undefined || fields.rejected === undefined)
    throw new HebbError(`${where}: it has ${Object.keys(fields).join(', ') || 'no fields'}: give prompt, chosen and rejected`)
  const sides = [saidIn(where, 'chosen', fields.chosen), saidIn(where, 'rejected', fields.rejected)] as const
  if (JSON.stringify(sides[0]) === JSON.stringify(sides[1])) return 'equal'
  const { margin = 0 } = fields
  if (typeof margin !== 'number' || !Number.isFinite(margin)) throw new HebbError(`${where}: margin is ${String(margin)}: give a number`)
  const [prompt, chosen, rejected] =
    fields.prompt === undefined || fields.prompt === null
      ? sharedPrompt(...sides)
      : ([saidIn(where, 'prompt', fields.prompt), ...sides] as const)
  if (isNothing(chosen) || isNothing(rejected)) return 'empty'
  const pair = { chosen: answerOf(where, prompt, chosen, how), rejected: answerOf(where, prompt, rejected, how), margin }
  if (pair.chosen.answer.length === 0 || pair.rejected.answer.length === 0) return 'empty'
  return pair.chosen.prompt.length >= how.maxLength ? 'long' : pair
}
