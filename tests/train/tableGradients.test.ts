import { expect, test } from 'vitest'
import { embedding, init, Param, sgd, type Tensor, tensor, trainStep } from '../../src/index.js'

const [rows, width] = [4200, 256]
const weights = (): Float32Array => Float32Array.from({ length: rows * width }, (_, i) => i % 7)

/** One step of size 1 on Σ c·w[ids] (+ Σ 3·w for `dense`), twice over two batches; the weights after each. */
async function trained(dense: boolean, batches: readonly { ids: Int32Array; c: Float32Array }[], dtype: 'i32' | 'i64') {
  const table = new Param([rows, width], init.zeros)
  const step = trainStep({ table }, sgd({ lr: 1 }), ({ ids, c }: { ids: Tensor; c: Tensor }) => {
    const once = embedding(table, ids)
      .mul(c.reshape([-1, 1]))
      .sum()
    const again = embedding(table, ids.slice([[0, 2]])).sum()
    return dense ? once.add(again).add(table.mul(3).sum()) : once.add(again)
  })
  ;(table.storage.array as Float32Array).set(weights())
  const after: Float32Array[] = []
  for (const { ids, c } of batches) {
    await step({ ids: tensor(ids).cast(dtype), c: tensor(c) })
    after.push(table.storage.array!.slice() as Float32Array)
  }
  return after
}

test.each([
  [false, 'i32'],
  [true, 'i64'],
] as const)('rows of a large table get their gradients, whatever else adds to them: dense %s, ids %s', async (dense, dtype) => {
  const batch = (start: number): { ids: Int32Array; c: Float32Array } => ({
    // meets rows several times, counts from the end, and leaves most rows alone
    ids: Int32Array.from({ length: 100 }, (_, n) => (n % 3 === 0 ? -1 - (n % 5) : (start + n * n) % rows)),
    c: Float32Array.from({ length: 100 }, (_, n) => (n % 9) - 4),
  })
  const batches = [batch(0), batch(1000), { ...batch(5), ids: Int32Array.of(-1, 0), c: Float32Array.of(2, 3) }]
  const want = weights()
  const got = await trained(dense, batches, dtype)
  for (const [turn, { ids, c }] of batches.entries()) {
    const add = (id: number, amount: number): void => {
      const row = id < 0 ? id + rows : id
      for (let i = 0; i < width; i++) want[row * width + i]! -= amount
    }
    ids.forEach((id, n) => {
      add(id, c[n]!)
    })
    ids.slice(0, 2).forEach((id) => {
      add(id, 1)
    })
    if (dense) for (let i = 0; i < want.length; i++) want[i]! -= 3
    expect(Buffer.compare(Buffer.from(got[turn]!.buffer), Buffer.from(want.buffer))).toBe(0)
  }
})

test('an id outside the table ends the step with a message, weights whole', async () => {
  const table = new Param([rows, width], init.ones)
  const step = trainStep({ table }, sgd({ lr: 1 }), ({ ids }: { ids: Tensor }) => embedding(table, ids).sum())
  await expect(step({ ids: tensor(Int32Array.of(3, rows)) })).rejects.toThrow(/index 4200 is outside/)
  expect((table.storage.array as Float32Array).every((w) => w === 1)).toBe(true)
})
