/** Several texts in a row that do not see one another: each gives what it gives alone. */
import { expect, test } from 'vitest'
import { type LLM, tensor } from '../../src/index.js'
import { expectClose } from '../compare.js'
import { cases, filled } from './cases.js'

const row = (numbers: readonly number[]) => tensor([[...numbers]], { dtype: 'i32' })
const near = { rtol: 1e-5, atol: 1e-5 }

/** Texts of some model, and all of them in one row with two places behind. */
function packed(vocabulary: number) {
  const texts = [7, 3, 7, 7].map((length, n) => Array.from({ length }, (_, t) => (7 * n + 5 * t * t + 3) % vocabulary))
  const starts = [0, 7, 10, 17]
  const ids = [...texts.flat(), 0, 0]
  return { texts, starts, together: { ids: row(ids), starts: row([...texts.flatMap((text, n) => text.map(() => starts[n]!)), 24, 25]) } }
}

// one of each family and kind of attention
const models = new Map<string, LLM>()
for (const { config } of Object.values(cases)) {
  const model = filled(config)
  const { window, kinds, scoreCap, normHeads, keyHeads } = model.decoder
  if (model.context < 26 || model.cache.stretched) continue
  models.set(`${model.family}, ${JSON.stringify({ window, kinds: kinds?.slice(0, 2), scoreCap, normHeads, keyHeads })}`, model)
}

test.each([...models])('%s', { timeout: 60_000 }, async (_, model) => {
  const { texts, starts, together } = packed(model.vocabulary)
  const all = (await model.forward(together).data()) as Float32Array
  for (const [n, text] of texts.entries()) {
    const alone = (await model.forward(row(text)).data()) as Float32Array
    expectClose(all.subarray(starts[n]! * model.vocabulary, (starts[n]! + text.length) * model.vocabulary), alone, near)
  }
})

test('what cannot be packed is refused', () => {
  const dynamic = filled({
    ...Object.values(cases)[0]!.config,
    model_type: 'llama',
    max_position_embeddings: 10,
    rope_scaling: { type: 'dynamic', factor: 4 },
  })
  expect(() => dynamic.forward(packed(31).together)).toThrow("beyond 10 places the angles depend on a text's length")
  const [plain] = models.values()
  expect(() => plain!.forward({ ids: row([1, 2, 3]), starts: row([0, 0]) })).toThrow('starts (1, 2) are not one for each id (1, 3)')
})
