/** More runs at once than there are threads, or than koffi has room for. */
import { expect, test } from 'vitest'
import { compile, type Tensor, tensor } from '../../src/index.js'
import { ort } from '../../src/runtime/ort/ort.js'
import { f32, square } from './bound.js'

test('300 long computations at once give 300 results', async () => {
  const n = 160
  const a = tensor(new Float32Array(n * n).fill(1 / n), { shape: [n, n] })
  const results = Array.from({ length: 300 }, (_, i) => {
    let x = a.mul(i)
    for (let k = 0; k < 8; k++) x = x.matmul(a)
    return x
  })
  const values = await Promise.all(results.map((x) => x.data()))
  for (const [i, v] of values.entries()) expect(Math.abs(Number(v[7]) - i / n)).toBeLessThan(1e-5 * (i + 1))
})

test('1000 runs beside the event loop wait for one another, one that cannot run among them', async () => {
  const session = ort.sessionNow(square())
  const gone = new Float32Array([1, 2, 3])
  const slots = Array.from({ length: 1000 }, (_, i) => (i === 999 ? { array: gone, dtype: 'f32' as const, shape: [3] } : f32(i, 1, 2)))
  const results = slots.map(() => f32(0, 0, 0))
  const runs = slots.map((slot, i) => session.bind([slot], [results[i]!]).run())
  structuredClone(gone.buffer, { transfer: [gone.buffer] })
  const settled = await Promise.allSettled(runs)
  expect(settled.filter(({ status }) => status === 'rejected')).toHaveLength(1)
  expect((settled[999] as PromiseRejectedResult).reason.message).toContain('transferred, resized')
  for (let i = 0; i < 999; i++) expect([...(results[i]!.array as Float32Array)]).toEqual([i * i, 1, 4])
  session.release()
})

test('300 calls of compiled functions of 300 shapes at once', async () => {
  const f = compile((x: Tensor) => x.square().sum())
  const sums = await Promise.all(Array.from({ length: 300 }, async (_, n) => (await f(tensor(new Float32Array(n + 1).fill(2)))).item()))
  expect(sums).toEqual(Array.from({ length: 300 }, (_, n) => 4 * (n + 1)))
})
