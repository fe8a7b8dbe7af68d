/** Tensors as pictures: what is black, white, red and blue. */
import { expect, test } from 'vitest'
import { HebbError, type Picture, ShapeError, tensor } from '../../src/index.js'
import { filterPictures, mapPictures, overlayPictures, picturesOf, signedPictures } from '../../src/vision/index.js'
import { expectClose } from '../compare.js'

const pixels = (p: Picture | undefined): number[] => [...p!.pixels]
const of = (values: readonly number[], shape: readonly number[]) => tensor(Float32Array.from(values), { shape })

test('pictures keep their pixels', async () => {
  const list = await picturesOf(of([0, 0.25, 0.5, 1, 1, 0, 0.5, 0.25], [2, 1, 2, 2]))
  expect(list).toMatchObject([{ width: 2, height: 2, channels: 1 }, {}])
  expect(list.map(pixels)).toEqual([
    [0, 0.25, 0.5, 1],
    [1, 0, 0.5, 0.25],
  ])
  await expect(picturesOf(of([1, 2], [1, 2, 1, 1]))).rejects.toThrow('2 channels are no colours')
  await expect(picturesOf(of([1, 2], [1, 2]))).rejects.toThrow(ShapeError)
})

test('kernels: 0 is grey, the largest weight of each is white or black', async () => {
  const [a, b, zero] = await filterPictures(of([2, -4, 0.5, 0, 0, 0], [3, 1, 1, 2]))
  expect([pixels(a), pixels(b), pixels(zero)]).toEqual([
    [0.75, 0],
    [1, 0.5],
    [0.5, 0.5],
  ])
  await expect(filterPictures(of([1, 2], [1, 2, 1, 1]))).rejects.toThrow('a first layer have 1 or 3')
})

test('maps: each by its own largest number', async () => {
  expect((await mapPictures(of([0, 2, -1, 4, 0, 0, 0, 0], [2, 2, 2]))).map(pixels)).toEqual([
    [0, 0.5, 0, 1],
    [0, 0, 0, 0],
  ])
})

test('shares: red raises, blue lowers, white is nothing; channels add up', async () => {
  const [p] = await signedPictures(of([3, 0, -1, 1, 0, -1], [1, 2, 1, 3]))
  // sums 4, 0, −2; the 99th of 100 pixels is the middle one here, 2
  expect(p).toMatchObject({ width: 3, height: 1, channels: 3 })
  expect(pixels(p)).toEqual([1, 1, 0, 0, 1, 0, 0, 1, 1])
})

test('maps over pictures: grey where they are 0, orange where they are largest', async () => {
  const [p] = await overlayPictures(of([0.2, 0.4, 0.6, 0.8], [1, 2, 1, 2]), of([0, 5], [1, 1, 2]))
  expectClose(pixels(p), [0.4, 0.25 * 0.6 + 0.75, 0.4, 0.25 * 0.6 + 0.75 * 0.45, 0.4, 0.25 * 0.6], { atol: 1e-6 })
  await expect(overlayPictures(of([1, 1], [1, 1, 1, 2]), of([1], [1, 1, 1]))).rejects.toThrow(HebbError)
})
