import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import {
  type Dataset,
  dataset,
  type EpochEvent,
  earlyStopping,
  ema,
  evaluate,
  fit,
  Linear,
  load,
  predict,
  readSafetensors,
  save,
  sequential,
  sgd,
  type Tensor,
  tensor,
  trainStep,
} from '../../src/index.js'
import { bytesOf, meanSquares, network, settings, task } from './task.js'

const folder = mkdtempSync(join(tmpdir(), 'hebb-ema-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const lr = 0.25
const decay = 0.75
// the loss is the weight itself: its gradient is 1, so w(t) = w₀ − lr·t
const output = (o: Tensor): Tensor => o.mean()
const ones = (count: number): Dataset<'x' | 'y'> =>
  dataset({ x: { data: new Float32Array(count).fill(1), shape: [1] }, y: { data: new Float32Array(count), shape: [1] } })
const scalarModel = (start = 2) => {
  const layer = new Linear(1, 1, { bias: false })
  layer.weight.storage.array = Float32Array.of(start)
  return { model: sequential(layer), weight: () => (layer.weight.storage.array as Float32Array)[0]! }
}
// a(t) = d·a(t−1) + (1 − d)·w(t) from a(0) = w₀ lags behind by lr·(d + d² + … + dᵗ)
const weightAt = (t: number, start = 2): number => start - lr * t
const averageAt = (t: number, start = 2): number => weightAt(t, start) + (lr * decay * (1 - decay ** t)) / (1 - decay)

describe('averaged weights', () => {
  test('are the closed form; validation, the loop and the end of a run see them, training does not', async () => {
    const { model, weight } = scalarModel()
    const path = join(folder, 'run.safetensors')
    const seen: number[] = []
    const options = {
      loss: output,
      optimizer: sgd({ lr }),
      batchSize: 2,
      epochs: 3,
      ema: ema({ decay }),
      validation: ones(3),
      checkpoint: { path },
    }
    for await (const e of fit(model, ones(8), { ...options, every: 1 })) {
      if (e.kind === 'step') {
        expect(weight()).toBeCloseTo(weightAt(e.step), 6)
        expect(e.loss).toBeCloseTo(weightAt(e.step - 1), 6)
        continue
      }
      seen.push(e.validation!.loss)
      expect(e.validation!.loss).toBeCloseTo(averageAt(e.step), 6)
      expect(weight()).toBeCloseTo(averageAt(e.step), 6)
      expect((await evaluate(model, ones(3), { loss: output })).loss).toBe(e.validation!.loss)
      expect((await (await predict(model, tensor([[1]]))).data())[0]).toBeCloseTo(averageAt(e.step), 6)
    }
    expect(seen.length).toBe(3)
    expect(weight()).toBeCloseTo(averageAt(12), 6)
    const { tensors } = await readSafetensors(path)
    expect(Number(tensors.get('learner/model.0.weight')!.data[0])).toBeCloseTo(weightAt(12), 6)
    expect(Number(tensors.get('learner/average.0.weight')!.data[0])).toBeCloseTo(averageAt(12), 6)
  })

  test('follow min(decay, (1 + t) / (10 + t)) while they warm up', async () => {
    const { model, weight } = scalarModel()
    const step = trainStep(model, sgd({ lr }), ({ x }: { x: Tensor }) => model.forward(x).mean(), { ema: ema({ decay, warmup: true }) })
    let average = 2
    for (let t = 1; t <= 40; t++) {
      await step({ x: tensor([[1]]) })
      const keep = Math.min(decay, (1 + t) / (10 + t))
      average = keep * average + (1 - keep) * weightAt(t)
    }
    expect(await step.learner.averaged(weight)).toBeCloseTo(average, 5)
  })

  test('are lent to evaluate, predict and save by a step of one’s own, and given back', async () => {
    const { model, weight } = scalarModel()
    const step = trainStep(model, sgd({ lr }), ({ x }: { x: Tensor }) => model.forward(x).mean(), { ema: ema({ decay }) })
    const batch = { x: tensor([[1]]) }
    for (let t = 1; t <= 5; t++) {
      await step(batch)
      const loss = await step.learner.averaged(async () => {
        await expect(step(batch)).rejects.toThrow('averaged shows averaged weights of the same model')
        await save(model, join(folder, 'average.safetensors'))
        return (await evaluate(model, ones(2), { loss: output })).loss
      })
      expect(loss).toBeCloseTo(averageAt(t), 6)
      expect(weight()).toBeCloseTo(weightAt(t), 6)
    }
    await expect(step.learner.averaged(() => Promise.reject(new Error('by the caller')))).rejects.toThrow('by the caller')
    expect(weight()).toBeCloseTo(weightAt(5), 6)
    const copy = scalarModel()
    await load(copy.model, join(folder, 'average.safetensors'))
    expect(copy.weight()).toBeCloseTo(averageAt(5), 6)
  })

  test('cannot be lent where there are none', async () => {
    const { model } = scalarModel()
    const step = trainStep(model, sgd({ lr }), ({ x }: { x: Tensor }) => model.forward(x).mean())
    await expect(step.learner.averaged(() => 1)).rejects.toThrowErrorMatchingInlineSnapshot(
      `[HebbError: averaged: this step keeps no average of the weights: give it { ema: ema() }]`,
    )
  })

  test('are what the next run starts from', async () => {
    const { model, weight } = scalarModel()
    const options = { loss: output, optimizer: sgd({ lr }), batchSize: 2, ema: ema({ decay }) }
    for await (const _ of fit(model, ones(8), options));
    const start = weight()
    for await (const _ of fit(model, ones(8), options));
    expect(weight()).toBeCloseTo(averageAt(4, start), 6)
  })

  test('are the best weights an early stop gives back, also when the run was cut and went on', async () => {
    const validation = task(16, -1)
    const options = { ...settings(), ema: ema({ decay: 0.9 }), optimizer: sgd({ lr: 0.2 }), accumulate: 1, validation, epochs: 50 }
    const straight = network(0)
    const losses: number[] = []
    const stop = () => earlyStopping({ patience: 3 })
    for await (const e of fit(straight, task(), { ...options, stop: stop() })) losses.push(e.validation!.loss)
    expect(losses.length).toBeLessThan(50)
    expect((await evaluate(straight, validation, { loss: meanSquares })).loss).toBe(Math.min(...losses))
    for (const cut of [1, 7, 11]) {
      const path = join(folder, `cut-${cut}.safetensors`)
      const [first, second] = [network(0), network(0)]
      const stopper = new AbortController()
      let events = 0
      const again: number[] = []
      const note = (e: EpochEvent): unknown => again.push(e.validation!.loss)
      for await (const e of fit(first, task(), { ...options, stop: stop(), every: 1, checkpoint: { path }, signal: stopper.signal })) {
        if (e.kind === 'epoch') note(e)
        if (++events === cut) stopper.abort()
      }
      for await (const e of fit(second, task(), { ...options, stop: stop(), resume: path })) note(e)
      expect(again).toEqual(losses)
      expect(bytesOf(second)).toBe(bytesOf(straight))
    }
  })
})
