import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import {
  crossEntropy,
  type FitEvent,
  type FitOptions,
  fit,
  initialize,
  Linear,
  meanSquaredError,
  sequential,
  sgd,
  type Tensor,
  tensor,
  trainStep,
} from '../../src/index.js'
import { expectClose } from '../compare.js'
import { bytesOf, meanSquares, network, settings, task } from './task.js'

const folder = mkdtempSync(join(tmpdir(), 'hebb-accumulate-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

type Batch = { readonly x: Tensor; readonly y: Tensor }
const rows = (n: number, width: number, from = 0): Tensor =>
  tensor(
    Float32Array.from({ length: n * width }, (_, i) => Math.sin(1 + (from * width + i) * 1.7)),
    { shape: [n, width] },
  )
const numbers = (m: object): number[] =>
  bytesOf(m)
    .split('\n')
    .flatMap((l) => [...new Float32Array(new Uint8Array(Buffer.from(l.split(' ')[1]!, 'hex')).buffer)])

describe('batches summed to one step have the gradient of all their examples', () => {
  const losses: Record<string, { loss: (o: Tensor, t: Tensor) => Tensor; y: (n: number, from: number) => Tensor }> = {
    'mean of numbers': { loss: meanSquaredError, y: (n, from) => rows(n, 3, from + 50) },
    'a mean of one’s own': { loss: meanSquares, y: (n, from) => rows(n, 3, from + 50) },
    sum: { loss: (o, t) => meanSquaredError(o, t, { reduction: 'sum' }), y: (n, from) => rows(n, 3, from + 50) },
    'classes, some ignored': {
      loss: crossEntropy,
      y: (n, from) => tensor(Int32Array.from({ length: n }, (_, i) => [0, -100, 2, 1, -100, -100, 1, 0][(from + i) % 8]!)),
    },
    'weighted classes': {
      loss: (o, t) => crossEntropy(o, t, { weight: tensor([0.2, 1, 5]) }),
      y: (n, from) => tensor(Int32Array.from({ length: n }, (_, i) => (from + i) % 3)),
    },
    'one that says what counts': {
      loss: meanSquares,
      y: (n, from) => rows(n, 3, from + 50),
    },
  }
  for (const [name, { loss, y }] of Object.entries(losses))
    test(name, async () => {
      for (const sizes of [
        [2, 1],
        [1, 2],
        [3, 2, 1],
        [4, 4],
      ]) {
        const total = sizes.reduce((a, b) => a + b)
        const made = [1, sizes.length].map((accumulate) => {
          const model = sequential(new Linear(4, 3))
          initialize(model, { seed: 5 })
          const step = trainStep(
            model,
            sgd({ lr: 0.1, momentum: 0.9 }),
            ({ x, y: target }: Batch) => {
              const value = loss(model.forward(x), target)
              return name.startsWith('one that') ? { loss: value, counts: tensor(x.shape[0]!) } : value
            },
            { accumulate },
          )
          return { model, step }
        })
        for (let round = 0; round < 2; round++) {
          await made[0]!.step({ x: rows(total, 4), y: y(total, 0) })
          let at = 0
          for (const n of sizes) {
            await made[1]!.step({ x: rows(n, 4, at), y: y(n, at) })
            at += n
          }
        }
        expectClose(numbers(made[1]!.model), numbers(made[0]!.model), { rtol: 1e-5, atol: 1e-6 })
      }
    })
})

describe('batches left at the end', () => {
  test('make a step in fit, the last of the epoch, before its validation', async () => {
    const [a, b] = [network(0), network(0)]
    const options = { loss: meanSquares, optimizer: sgd({ lr: 0.1, momentum: 0.9 }), seed: 3, epochs: 2 }
    const events: FitEvent[] = []
    for await (const e of fit(a, task(12), { ...options, batchSize: 5, accumulate: 4, every: 1, validation: task(6) })) events.push(e)
    // three batches of 5, 5 and 2 examples are the whole set
    await fit(b, task(12), { ...options, batchSize: 12 })
    expectClose(numbers(a), numbers(b), { rtol: 1e-5, atol: 1e-6 })
    expect(events.map((e) => [e.kind, e.step])).toEqual([
      ['step', 1],
      ['epoch', 1],
      ['step', 2],
      ['epoch', 2],
    ])
  })

  test('make a step when a loop of one’s own says so', async () => {
    const model = network(0)
    const step = trainStep(model, sgd({ lr: 0.1 }), ({ x, y }: Batch) => meanSquares(model.forward(x), y), { accumulate: 3 })
    expect(await step.flush()).toBeUndefined()
    initialize(model)
    const before = bytesOf(model)
    expect((await step({ x: rows(2, 4), y: rows(2, 2) })).step).toBe(0)
    expect(bytesOf(model)).toBe(before)
    expect(await step.flush()).toEqual({ step: 1, lr: 0.1 })
    expect(bytesOf(model)).not.toBe(before)
    expect(await step.flush()).toBeUndefined()
    expect((await step({ x: rows(2, 4), y: rows(2, 2) })).step).toBe(1)
  })

  test('go on from a checkpoint in the middle of a sum as if nothing had happened', async () => {
    const data = task(23)
    const options = (): FitOptions => ({ ...settings(), accumulate: 4, batchSize: 3, epochs: 2 })
    const straight = network()
    await fit(straight, data, options())
    for (const stopAfter of [1, 2, 3, 5, 9]) {
      const path = join(folder, `middle-${stopAfter}.safetensors`)
      const stopper = new AbortController()
      let seen = 0
      const loss: FitOptions['loss'] = (o, t) => meanSquares(o, t)
      const watched = { ...options(), loss, checkpoint: { path, seconds: 0 }, signal: stopper.signal }
      const metrics = { seen: (o: Tensor) => o.sum() }
      const run = fit(network(), data, { ...watched, metrics, every: 1 })
      for await (const _ of run) if (++seen >= stopAfter) stopper.abort()
      const model = network()
      await fit(model, data, { ...options(), metrics, resume: path })
      expect(bytesOf(model)).toBe(bytesOf(straight))
    }
  })
})
