/** The models of all cases and their gradients, as this machine runs them and as they are exported, keep to the rules of the linter. */
import { describe, expect, test } from 'vitest'
import { lint } from '../runtime/linter.js'
import { inF32, outputsOf, pulled } from './calls.js'
import { families, rowsOf } from './families.js'

describe.each(families)('%s', async (family) => {
  for (const row of await rowsOf(family))
    test(row.name, async () => {
      const complaints: string[] = []
      for (const c of row.cases)
        for (const inputs of [c.inputs(), c.inputs().map(inF32)]) {
          const results = [...outputsOf(c, inputs), ...(c.gradient === 0 ? [] : pulled(c, inputs, 'some'))]
          for (const form of ['native', 'exported'] as const)
            complaints.push(...(await lint(results, form)).map((text) => `${c.name}, ${form}: ${text}`))
        }
      expect(complaints).toEqual([])
    })
})
