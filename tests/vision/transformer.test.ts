/** The vision Transformer: patches in order, what its class token sees, and errors. */
import { describe, expect, test } from 'vitest'
import { initialize, parameters, predict, type Tensor, tensor, VisionTransformer } from '../../src/index.js'

const config = { picture: [2, 4, 6], patch: 2, classes: 3, width: 8, heads: 2, layers: 2 } as const
const picture = (n: number): number[] => Array.from({ length: n * 48 }, (_, i) => Math.sin(i * 0.7))

describe('VisionTransformer', () => {
  test('cuts pictures into patches, row by row, channels first within one', async () => {
    const model = new VisionTransformer({ ...config, width: 8, layers: 1 })
    initialize(model)
    // the first patch: rows 0 and 1, columns 0 and 1 of both channels; the weight picks its numbers
    const weight = model.patch.weight.storage.array as Float32Array
    weight.fill(0)
    for (let i = 0; i < 8; i++) weight[i * 8 + i] = 1
    ;(model.patch.bias!.storage.array as Float32Array).fill(0)
    ;(model.positions.storage.array as Float32Array).fill(0)
    const x = tensor(
      Float32Array.from({ length: 48 }, (_, i) => i),
      { shape: [1, 2, 4, 6] },
    )
    let seen: Tensor | undefined
    Object.assign(model.encoder, {
      forward: (h: Tensor): Tensor => {
        seen = h
        return h
      },
    })
    model.forward(x)
    const places = await seen!.data()
    expect([...places.slice(8, 24)].map(Number)).toEqual([0, 1, 6, 7, 24, 25, 30, 31, 2, 3, 8, 9, 26, 27, 32, 33])
    expect([...places.slice(8 * 4, 8 * 5)].map(Number)).toEqual([12, 13, 18, 19, 36, 37, 42, 43])
  })

  test('knows places: the same patches elsewhere give another answer, until places are all the same', async () => {
    const model = new VisionTransformer(config)
    initialize(model)
    const [a, b] = [picture(1), picture(1)]
    // the left and the middle patches change places
    for (let c = 0; c < 2; c++)
      for (let y = 0; y < 4; y++)
        for (let x = 0; x < 2; x++) {
          const at = c * 24 + y * 6 + x
          b[at] = a[at + 2]!
          b[at + 2] = a[at]!
        }
    const answer = async (values: number[]): Promise<number[]> =>
      Array.from((await (await predict(model, tensor(values, { shape: [1, 2, 4, 6] }))).data()) as Float32Array)
    const distance = async (): Promise<number> => {
      const [p, q] = [await answer(a), await answer(b)]
      return Math.max(...p.map((v, i) => Math.abs(v - q[i]!)))
    }
    expect(await distance()).toBeGreaterThan(1e-4)
    ;(model.positions.storage.array as Float32Array).fill(0)
    expect(await distance()).toBeLessThan(1e-5)
  })

  test('rollout is a share of each patch', async () => {
    const model = new VisionTransformer(config)
    initialize(model)
    const map = model.rollout(tensor(picture(2), { shape: [2, 2, 4, 6] }))
    expect(map.shape).toEqual([2, 2, 3])
    const values = (await map.data()) as Float32Array
    for (let n = 0; n < 2; n++) expect(values.subarray(n * 6, n * 6 + 6).reduce((s, v) => s + v, 0)).toBeCloseTo(1, 5)
    expect(Math.min(...values)).toBeGreaterThan(0)
  })

  test('names its parameters and says what is wrong', () => {
    const model = new VisionTransformer(config)
    expect([...parameters(model).keys()].slice(0, 4)).toEqual(['patch.weight', 'patch.bias', 'class_token', 'positions'])
    expect(() => new VisionTransformer({ ...config, patch: 3 })).toThrow(/patches of 3 do not tile pictures of 4 × 6/)
    expect(() => model.forward(tensor(picture(1), { shape: [1, 2, 6, 4] }))).toThrow(/is not \(N, 2, 4, 6\)/)
  })
})
