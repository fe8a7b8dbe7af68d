import { expect, test } from 'vitest'
import { compile, type Tensor, tensor } from '../../src/index.js'

test('a row times a matrix of 64 MB and more, in pieces: exact in whole numbers, with either side transposed', async () => {
  const [inner, count] = [9000, 1900]
  const w = tensor(
    Float32Array.from({ length: inner * count }, (_, i) => (i % 7) - 3),
    { shape: [count, inner] },
  )
  const x = tensor(
    Float32Array.from({ length: inner }, (_, i) => (i % 5) - 2),
    { shape: [1, inner] },
  )
  const wanted = Float32Array.from({ length: count }, (_, r) => {
    let sum = 0
    for (let i = 0; i < inner; i++) sum += ((i % 5) - 2) * (((r * inner + i) % 7) - 3)
    return sum
  })
  const products = compile((row: Tensor, m: Tensor) => [row.matmul(m.transpose()), m.matmul(row.transpose()).transpose()])
  for (const y of await products(x, w)) expect(await y.data()).toEqual(wanted)
})
