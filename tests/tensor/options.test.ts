/** Options that are undefined are options left out; results hold no undefined. */
import { expect, expectTypeOf, test } from 'vitest'
import { adamW, Embedding, reduceOnPlateau, tensor, variance } from '../../src/index.js'
import { type Defined, defined, type Settled } from '../../src/tensor/options.js'

test('results hold what is there', () => {
  const found = defined({ loss: 1, accuracy: undefined as number | undefined, best: null })
  expect(Object.keys(found)).toEqual(['loss', 'best'])
  expectTypeOf<Defined<{ loss: number; accuracy: number | undefined }>>().toExtend<{ loss: number; accuracy?: number }>()
  expectTypeOf<Settled<{ lr: number; decay?: number | undefined }>>().toEqualTypeOf<{ readonly lr: number; readonly decay: number }>()
})

test('an option may be undefined, which is leaving it out', async () => {
  const maybe = undefined as number | undefined
  expect(new Embedding(3, 2, { paddingIndex: maybe }).weight.shape).toEqual([3, 2])
  expect(await variance(tensor([1, 4]), undefined, { correction: maybe }).item()).toBe(4.5)
  expect(adamW({ lr: maybe, eps: maybe }).hyper).toEqual(adamW().hyper)
  expect(reduceOnPlateau({ lr: 0.1, factor: maybe, patience: maybe }).state).toEqual(reduceOnPlateau({ lr: 0.1 }).state)
})
