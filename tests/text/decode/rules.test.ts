/** The rules of writing one by one: against numbers worked out by hand, and those of transformers. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import * as penalties from '../../../src/text/decode/rules/penalties.js'
import * as truncate from '../../../src/text/decode/rules/truncate.js'
import { expectClose } from '../../compare.js'

const never = Number.NEGATIVE_INFINITY
interface Case {
  readonly rule: string
  readonly arg: number & readonly (readonly number[])[]
  readonly scores: readonly (number | null)[]
  readonly result: readonly (number | null)[]
}
const { ids, cases } = JSON.parse(readFileSync(new URL('rules.json', import.meta.url), 'utf8')) as {
  readonly ids: readonly number[]
  readonly cases: readonly Case[]
}
const numbers = (list: readonly (number | null)[]): number[] => list.map((x) => x ?? never)

const byScores: Readonly<Record<string, (scores: number[], arg: Case['arg']) => Float64Array>> = {
  penalizeRepetition: (scores, arg) => penalties.penalizeRepetition(scores, ids, arg),
  forbidRepeatedNgrams: (scores, arg) => penalties.forbidRepeatedNgrams(scores, ids, arg),
  forbidSequences: (scores, arg) => penalties.forbidSequences(scores, ids, arg),
  keepTopK: truncate.keepTopK,
  keepTopP: truncate.keepTopP,
  keepMinP: truncate.keepMinP,
  keepTypical: truncate.keepTypical,
  dropBelowEpsilon: truncate.dropBelowEpsilon,
  dropBelowEta: truncate.dropBelowEta,
}

test.each(cases)('as transformers: $rule $arg of $scores', ({ rule, arg, scores, result }) => {
  const given = numbers(scores)
  const found = [...byScores[rule]!(given, arg)]
  // of equals transformers keeps any
  if (rule === 'keepTopP') expectClose(found.sort(), numbers(result).sort(), { rtol: 1e-8 })
  else expectClose(found, numbers(result), { rtol: 1e-8 })
  expect(given).toEqual(numbers(scores))
})

describe('by hand', () => {
  const logs = (...p: readonly number[]): number[] => p.map(Math.log)
  const kept = (scores: Float64Array): number[] => [...scores.entries()].filter(([, s]) => s > never).map(([i]) => i)

  test('topP: the fewest that reach p, the one that reaches it included; of equals the first', () => {
    expect(kept(truncate.keepTopP(logs(0.25, 0.5, 0.25), 0.5))).toEqual([1])
    expect(kept(truncate.keepTopP(logs(0.25, 0.5, 0.25), 0.75))).toEqual([0, 1])
    expect(kept(truncate.keepTopP(logs(0.25, 0.5, 0.25), 1))).toEqual([0, 1, 2])
    expect(kept(truncate.keepTopP(logs(0.25, 0.5, 0.25), 0))).toEqual([1])
    expect(kept(truncate.keepTopP(logs(0, 1, 0), 1))).toEqual([1])
  })
  test('topK keeps equals of the last', () => {
    expect(kept(truncate.keepTopK([3, 1, 1, 1, 0], 2))).toEqual([0, 1, 2, 3])
    expect(kept(truncate.keepTopK([3, 1, never], 3))).toEqual([0, 1])
    expect(kept(truncate.keepTopK([3, 1], 0))).toEqual([0, 1])
  })
  test('eta: √ε e^−H where the entropy is high', () => {
    // H = log 4: √0.09 / 4 = 0.075 lies below ε
    expect(kept(truncate.dropBelowEta(logs(0.25, 0.25, 0.25, 0.25), 0.09))).toEqual([0, 1, 2, 3])
    expect(kept(truncate.dropBelowEpsilon(logs(0.25, 0.25, 0.25, 0.25), 0.3))).toEqual([0, 1, 2, 3])
    expect(kept(truncate.dropBelowEpsilon(logs(0.9, 0.06, 0.04), 0.05))).toEqual([0, 1])
  })
  test('presence costs once, frequency each time, as OpenAI has it', () => {
    expect([...penalties.penalizePresence([1, 1, 1], [0, 2, 0], 0.5, 0.25)]).toEqual([0, 1, 0.25])
    expect([...penalties.penalizePresence([1, 1], [], 0.5, 0.25)]).toEqual([1, 1])
  })
  test('nothing is forbidden by what is too short or empty', () => {
    expect([...penalties.forbidRepeatedNgrams([1, 2], [0], 3)]).toEqual([1, 2])
    expect([...penalties.forbidSequences([1, 2], [0], [[], [1, 0, 1]])]).toEqual([1, 2])
    expect([...penalties.forbidTokens([1, 2], [])]).toEqual([1, 2])
    expect([...penalties.forceTokens([1, 2, 3], [1])]).toEqual([never, 0, never])
  })
})
