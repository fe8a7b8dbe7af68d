/** Every case again in disguise: inputs that are views, parameters, arguments and slices of loops, and results that are read through views. */
import { describe, expect, test } from 'vitest'
import type { Tensor } from '../../src/tensor/tensor.js'
import { inF32 } from './calls.js'
import { type Disguise, foundPlain, inputDisguises, type Pair, resultDisguises } from './disguises.js'
import { families, rowsOf } from './families.js'
import type { Case } from './row.js'

/** Of the 16 disguises of each case in f64 and in f32, a sixth by its name; HEBB_ALL_DISGUISES=1 tries all. */
const share = process.env.HEBB_ALL_DISGUISES ? 1 : 6
const hash = (text: string): number => [...text].reduce((h, letter) => (Math.imul(h, 31) + letter.charCodeAt(0)) >>> 0, 7)

const precision: Readonly<Record<string, number>> = { f64: 1e-11, f32: 2e-4 }

/**
 * Where a result is not what it should be: the same numbers where they are whole. Fractions may differ in the last digits, as sums in another order do
 * (a transpose folded into a product, a vector of another length); `precision` is relative to the largest.
 */
function difference({ what, got, want }: Pair): string | undefined {
  if (got.dtype !== want.dtype || got.shape.join() !== want.shape.join())
    return `${what} is (${got.shape.join(', ')}) ${got.dtype}, not (${want.shape.join(', ')}) ${want.dtype}`
  const [a, b] = [got, want].map((t) => Array.from(t.value!, Number)) as [number[], number[]]
  const largest = b.reduce((most, v) => (Number.isFinite(v) ? Math.max(most, Math.abs(v)) : most), 1)
  const most = (precision[want.dtype] ?? 0) * largest
  const at = a.findIndex((v, i) => !Object.is(v, b[i]) && !(Math.abs(v - b[i]!) <= most))
  return at < 0 ? undefined : `${what} is ${a[at]} at ${at}, not ${b[at]}`
}

/** What goes wrong in one disguise, if anything. */
async function tried(c: Case, inputs: readonly Tensor[], disguise: Disguise): Promise<string | undefined> {
  const plain = disguise.plain ? await disguise.plain(inputs) : inputs
  if (!plain) return undefined
  try {
    const found = await foundPlain(c, plain)
    return (await disguise.wear(c, plain, found)).map(difference).find((d) => d !== undefined)
  } catch (e) {
    return (e as Error).message
  }
}

describe.each(families)('%s', async (family) => {
  for (const row of await rowsOf(family))
    test(row.name, async () => {
      const failures: string[] = []
      for (const c of row.cases)
        for (const dtype of ['f64', 'f32'])
          for (const disguise of [...inputDisguises, ...resultDisguises]) {
            const title = `${c.name} in ${dtype}, ${disguise.name}`
            if (hash(`${row.name}: ${title}`) % share !== 0) continue
            const inputs = dtype === 'f64' ? c.inputs() : c.inputs().map(inF32)
            const wrong = await tried(c, inputs, disguise)
            if (wrong) failures.push(`${title}: ${wrong}`)
          }
      expect(failures).toEqual([])
    })
})
