import { spawn } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import {
  type EpochEvent,
  earlyStopping,
  evaluate,
  type FitEvent,
  type FitOptions,
  fit,
  Linear,
  parameters,
  sequential,
  sgd,
  type Tensor,
  tensor,
  trainStep,
} from '../../src/index.js'
import { assertMaxCompiles } from '../../src/runtime/index.js'
import { expectClose } from '../compare.js'
import { bytesOf, meanSquares, network, settings, task } from './task.js'

const folder = mkdtempSync(join(tmpdir(), 'hebb-fit-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const run = async (model: ReturnType<typeof network>, options: Partial<FitOptions> = {}, data = task()): Promise<FitEvent[]> => {
  const events: FitEvent[] = []
  for await (const e of fit(model, data, { ...settings(), ...options })) events.push(e)
  return events
}
const summary = (events: readonly FitEvent[]): object[] => events.filter((e) => e.kind === 'epoch').map(({ seconds: _, ...rest }) => rest)

describe('fit', () => {
  test('gives the same bytes for the same seed, others for another', async () => {
    const [a, b, c] = [network(), network(), network()]
    expect(summary(await run(a))).toEqual(summary(await run(b)))
    await run(c, { seed: 8 })
    expect(bytesOf(a)).toBe(bytesOf(b))
    expect(bytesOf(a)).not.toBe(bytesOf(c))
  })

  test('takes the mean of a loss that gives one number for each example', async () => {
    const [a, b] = [network(), network()]
    const squares = (output: Tensor, target: Tensor): Tensor => output.sub(target).square().mean(1)
    await run(a, { loss: squares })
    await run(b, { loss: (output: Tensor, target: Tensor) => squares(output, target).mean() })
    expect(bytesOf(a)).toBe(bytesOf(b))
  })

  test('accumulates 4 batches of 2 into the step of one batch of 8', async () => {
    const [a, b] = [network(0), network(0)]
    const options = { optimizer: sgd({ lr: 0.1, momentum: 0.9 }), epochs: 2 }
    await run(a, { ...options, batchSize: 8, accumulate: 1 })
    await run(b, { ...options, batchSize: 2, accumulate: 4 })
    const numbers = (m: object): number[] =>
      bytesOf(m)
        .split('\n')
        .flatMap((l) => [...new Float32Array(new Uint8Array(Buffer.from(l.split(' ')[1]!, 'hex')).buffer)])
    expectClose(numbers(b), numbers(a), { rtol: 0, atol: 1e-6 })
  })

  test('ends epochs after so many batches, each with other examples', async () => {
    const [whole, cut] = [network(), network()]
    const events = await run(cut, { epochs: 2, batchesPerEpoch: 1, accumulate: 1, every: 1 })
    expect(events.map((e) => [e.kind, e.epoch, e.step])).toEqual([
      ['step', 1, 1],
      ['epoch', 1, 1],
      ['step', 2, 2],
      ['epoch', 2, 2],
    ])
    const all = await run(whole, { epochs: 1, accumulate: 1, every: 1 })
    expect(events[0]).toMatchObject({ loss: all[0]!.loss })
    await expect(run(network(), { batchesPerEpoch: 0 })).rejects.toThrow(/batchesPerEpoch 0/)
  })

  test('goes on after an abort in the middle of an epoch as if nothing had happened', async () => {
    const straight = network()
    const whole = summary(await run(straight, { validation: task(12) }))
    for (const batchesDone of [1, 3, 5]) {
      const path = join(folder, `abort-${batchesDone}.safetensors`)
      const stopper = new AbortController()
      const first = network()
      const events: object[] = []
      let seen = 0
      const loss: FitOptions['loss'] = (o, t) => meanSquares(o, t)
      for await (const e of fit(first, task(), {
        ...settings(),
        loss,
        every: 1,
        validation: task(12),
        checkpoint: { path },
        signal: stopper.signal,
      })) {
        if (e.kind === 'epoch') events.push(...summary([e]))
        if (++seen === batchesDone) stopper.abort()
      }
      const second = network()
      events.push(...summary(await run(second, { resume: path, validation: task(12) })))
      expect(bytesOf(second)).toBe(bytesOf(straight))
      expect(events).toEqual(whole)
    }
  })

  test('writes its state after the event: a run killed in between repeats the event rather than losing it', async () => {
    const straight = network()
    const whole = await run(straight, { every: 1, accumulate: 1 })
    for (const end of [1, 2, 5, 6, 7, 11, 18]) {
      const path = join(folder, `order-${end}.safetensors`)
      const copy = join(folder, `order-${end}.copy.safetensors`)
      const events: FitEvent[] = []
      for await (const e of fit(network(), task(), { ...settings(), every: 1, accumulate: 1, checkpoint: { path, seconds: 0 } })) {
        events.push(e)
        // the file of this moment is what a process killed now leaves behind
        if (events.length === end) {
          if (existsSync(path)) copyFileSync(path, copy)
          break
        }
      }
      const model = network()
      const rest = await run(model, { every: 1, accumulate: 1, ...(existsSync(copy) && { resume: copy }) })
      const key = (e: FitEvent): string => `${e.kind} ${e.step} ${e.loss}`
      expect(rest.map(key)).toEqual(whole.slice(end - 1).map(key))
      expect(events.map(key)).toEqual(whole.slice(0, end).map(key))
      expect(bytesOf(model)).toBe(bytesOf(straight))
    }
  })

  test('goes on after kill -9', { retry: 2 }, async () => {
    const straight = network()
    await run(straight)
    const path = join(folder, 'killed.safetensors')
    const child = spawn(process.execPath, ['--import', 'tsx', fileURLToPath(new URL('runner.ts', import.meta.url)), path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await new Promise<void>((done, fail) => {
      child.stdout.on('data', (text: Buffer) => String(text).includes('step 4') && child.kill('SIGKILL'))
      child.on('exit', (_, signal) => (signal === 'SIGKILL' ? done() : fail(new Error('the run ended before it was killed'))))
    })
    const second = network()
    const events = await run(second, { resume: path })
    expect(events.length).toBeGreaterThan(0)
    expect(bytesOf(second)).toBe(bytesOf(straight))
  })

  test('stops early and gives the best weights back, and stays stopped', async () => {
    const model = network(0)
    const path = join(folder, 'early.safetensors')
    const validation = task(16, -1)
    const options = { optimizer: sgd({ lr: 0.2 }), accumulate: 1, validation, epochs: 50, stop: earlyStopping({ patience: 3 }) }
    const events = (await run(model, { ...options, checkpoint: { path } })) as EpochEvent[]
    expect(events.length).toBeLessThan(50)
    const losses = events.map((e) => e.validation!.loss)
    const best = losses.indexOf(Math.min(...losses))
    expect(events.length).toBe(best + 1 + 3)
    expect(events.map((e) => e.best)).toEqual(events.map((e) => losses[e.epoch - 1] === Math.min(...losses.slice(0, e.epoch))))
    expect((await evaluate(model, validation, { loss: meanSquares })).loss).toBe(losses[best])
    const again = network(0)
    expect(await run(again, { ...options, resume: path })).toEqual([])
    expect(bytesOf(again)).toBe(bytesOf(model))
  })

  test('compiles once, whatever the schedule does', async () => {
    assertMaxCompiles(1)
    try {
      await run(network(), { epochs: 4, optimizer: sgd({ lr: (t) => 0.1 / (t + 1) }) })
    } finally {
      assertMaxCompiles(Number.POSITIVE_INFINITY)
    }
  })

  test('asks a schedule once for each update', async () => {
    const asked: number[] = []
    const lr = (t: number): number => {
      asked.push(t)
      return 0.1 / (t + 1)
    }
    const events = await run(network(), { optimizer: sgd({ lr }), accumulate: 1, every: 1, epochs: 1 })
    expect(asked).toEqual([0, 1, 2, 3, 4])
    expect(events.flatMap((e) => (e.kind === 'step' ? [e.lr] : []))).toEqual(asked.map((t) => 0.1 / (t + 1)))
  })

  test('recovers from an infinite gradient that is clipped', async () => {
    const model = sequential(new Linear(4, 1))
    const step = trainStep(model, sgd({ lr: 0.1 }), ({ x }: { x: Tensor }) => model.forward(x).mean(), {
      accumulate: 2,
      clip: { value: 1 },
    })
    const huge = tensor(new Float32Array(8).fill(3e38), { shape: [2, 4] })
    const small = tensor(new Float32Array(8).fill(1e-3), { shape: [2, 4] })
    for (const { storage } of parameters(model).values()) storage.array!.fill(0 as never)
    for (const x of [huge, huge, small, small]) await step({ x })
    for (const { storage } of parameters(model).values()) expect((storage.array as Float32Array).every(Number.isFinite)).toBe(true)
  })

  test('moves nothing that a batch does not use', async () => {
    const model = { a: new Linear(2, 1), b: new Linear(3, 1) }
    const step = trainStep(model, sgd({ lr: 0.1 }), ({ x }: { x: Tensor }) => (x.shape[1] === 2 ? model.a : model.b).forward(x).mean())
    await step({ x: tensor([[1, 2]]) })
    const a = Array.from(model.a.weight.storage.array as Float32Array)
    await step({ x: tensor([[1, 2, 3]]) })
    expect(Array.from(model.a.weight.storage.array as Float32Array)).toEqual(a)
  })
})
