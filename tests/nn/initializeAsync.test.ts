/** First values drawn in pieces are those drawn at once, and the event loop has its turns meanwhile. */
import { expect, test } from 'vitest'
import { Embedding, init, initialize, initializeAsync, Linear, Param, parameters, predict, zeros } from '../../src/index.js'

const kinds = {
  zeros: init.zeros,
  ones: init.ones,
  constant: init.constant(3),
  uniform: init.uniform(-2, 1),
  normal: init.normal(0.1, 2),
  truncatedNormal: init.truncatedNormal(0.3),
  xavierUniform: init.xavierUniform(),
  xavierNormal: init.xavierNormal(2),
  kaimingUniform: init.kaimingUniform(),
  kaimingNormal: init.kaimingNormal(),
}

test('every kind of first values, and a table with a row of zeros where pieces meet', async () => {
  const make = (): object => ({
    ...Object.fromEntries(Object.entries(kinds).map(([name, kind]) => [name, new Param([(1 << 18) + 3, 4], kind)])),
    orthogonal: new Param([40, 50], init.orthogonal()),
    own: new Param([(1 << 20) + 1], (out) => void out.fill(5 as never)),
    table: new Embedding(1 << 15, 33, { paddingIndex: Math.floor((1 << 19) / 33) }),
    first: new Embedding(7, 3, { paddingIndex: 0 }),
    empty: new Param([0, 3], init.zeros),
  })
  const [atOnce, inPieces] = [make(), make()]
  initialize(atOnce, { seed: 5 })
  let turns = 0
  const timer = setInterval(() => turns++, 1)
  await initializeAsync(inPieces, { seed: 5 })
  clearInterval(timer)
  expect(turns).toBeGreaterThan(3)
  const wanted = parameters(atOnce)
  for (const [path, p] of parameters(inPieces))
    expect(
      Buffer.compare(Buffer.from(p.storage.array!.slice().buffer), Buffer.from(wanted.get(path)!.storage.array!.slice().buffer)),
      path,
    ).toBe(0)
})

test('parameters that have values keep them, and nobody sees half of a model', async () => {
  const model = { a: new Linear(3, 2), b: new Param([3 << 19], init.normal(1)) }
  model.a.weight.storage.array = new Float32Array(6).fill(7)
  const drawing = initializeAsync(model, { seed: 1 })
  expect(model.b.storage.array).toBeUndefined()
  await drawing
  expect(await model.a.weight.sum().item()).toBe(42)
  const other = new Linear(3, 2)
  const both = initializeAsync(other, { seed: 1 })
  const now = predict(other, zeros([1, 3]))
  await both
  await now
  expect(other.weight.storage.array).toHaveLength(6)
})
