/** What could end the process is tried in another one, which says what it is about to try. */
import { expect, test } from 'vitest'
import { outcomesOf } from './children.js'

test('a situation that ends its process is told by its name, and the others are tried all the same', async () => {
  const outcomes = await outcomesOf(new URL('./deaths.ts', import.meta.url))
  expect(outcomes.map(({ name, problem }) => [name, problem?.slice(0, 26)])).toEqual([
    ['ends well', undefined],
    ['says what is wrong', 'too many'],
    ['ends the process', 'ended the process: SIGABRT'],
    ['throws', 'RangeError: outside'],
    ['leaves', 'ended the process: exit co'],
    ['is tried after all of them', undefined],
  ])
}, 120_000)

test('integers at the ends of their range, and everything of which there is nothing: products, convolutions, pools, loops, branches, losses, recurrent layers', async () => {
  const outcomes = await outcomesOf(new URL('./dangers/all.ts', import.meta.url))
  expect(outcomes.length).toBeGreaterThan(600)
  expect(outcomes.filter(({ problem }) => problem !== undefined)).toEqual([])
}, 600_000)
