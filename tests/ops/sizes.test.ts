/** Every case again at other sizes and in another dtype, in a process of its own. */
import { expect, test } from 'vitest'
import { outcomesOf } from '../runtime/children.js'

test('sizes 0, 1, 2, 3 and 17 in every dtype are refused when called, or have clean models, run, and give what references say', async () => {
  const outcomes = await outcomesOf(new URL('./sizes.ts', import.meta.url))
  expect(outcomes.length).toBeGreaterThan(1000)
  expect(outcomes.filter(({ problem }) => problem !== undefined)).toEqual([])
}, 900_000)
