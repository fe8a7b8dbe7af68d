import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import {
  adam,
  BatchNorm1d,
  type EpochEvent,
  earlyStopping,
  type FitOptions,
  fit,
  initialize,
  Linear,
  load,
  lrFind,
  muon,
  perEpoch,
  reduceOnPlateau,
  type Schedule,
  save,
  sequence,
  sequential,
  sgd,
  sweep,
  type Tensor,
  tensor,
  trainStep,
} from '../../src/index.js'
import { bytesOf, meanSquares, network, settings, task } from './task.js'

const folder = mkdtempSync(join(tmpdir(), 'hebb-run-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('a run', () => {
  test('awaited trains as it does when iterated, and gives the last event', async () => {
    const [a, b] = [network(), network()]
    let last: EpochEvent | undefined
    for await (const e of fit(a, task(), settings())) last = e
    const e = (await fit(b, task(), settings()))!
    expect(bytesOf(b)).toBe(bytesOf(a))
    expect({ ...e, seconds: 0 }).toEqual({ ...last, seconds: 0 })
  })
  test('goes on from where it is, and is the same however often it is awaited', async () => {
    const [a, b] = [network(), network()]
    const run = fit(a, task(), settings())
    await run.next()
    const [first, second] = await Promise.all([run, run])
    expect(second).toBe(first)
    expect(await run).toBe(first)
    await fit(b, task(), settings())
    expect(bytesOf(a)).toBe(bytesOf(b))
    expect((await run.next()).done).toBe(true)
  })
  test('left early stays where it was left', async () => {
    const run = fit(network(), task(), { ...settings(), epochs: 5 })
    for await (const e of run) if (e.epoch === 2) break
    expect((await run)?.epoch).toBe(2)
    expect(await fit(network(), task(), { ...settings(), epochs: 0 })).toBeUndefined()
  })
  test('awaited is refused as iterated', async () => {
    const broken = fit(network(), task(), { ...settings(), loss: (o) => o })
    await expect(broken).rejects.toThrow(/not one number/)
    await expect(Promise.resolve(broken)).rejects.toThrow(/not one number/)
  })
  test('a search gives its steps and its finding, a sweep its trials and the last of them', async () => {
    const options = { loss: meanSquares, steps: 12 }
    const steps: number[] = []
    for await (const { step } of lrFind(network(), task(), options)) steps.push(step)
    const finding = await lrFind(network(), task(), options)
    expect(steps).toEqual(finding.curve.map((_, i) => i + 1))
    expect((await sweep(async ({ lr }) => Number(lr), { lr: [1, 2, 3] }))?.score).toBe(3)
  })

  const child = (way: string): { stderr: string; status: number | null } =>
    spawnSync(process.execPath, ['--expose-gc', '--import', 'tsx', fileURLToPath(new URL('dropped.ts', import.meta.url)), way], {
      encoding: 'utf8',
    })
  test('never begun is warned of when it is forgotten and when the process ends, and nothing else is', { timeout: 120_000 }, () => {
    for (const [way, called] of [
      ['dropped', 'fit'],
      ['search', 'lrFind'],
      ['sweep', 'sweep'],
    ]) {
      const { stderr } = child(way!)
      expect(stderr).toContain(`${called} was called, but its run was never begun`)
      expect(stderr).toContain('dropped.ts')
    }
    expect(child('collected').stderr.match(/was never begun/g)).toHaveLength(3)
    for (const way of ['awaited', 'looped', 'failed']) expect(child(way).stderr).toBe('')
  })

  test('tells of errors where it was called', async () => {
    function mine(): Promise<unknown> {
      return Promise.resolve(fit(network(), task(), { ...settings(), loss: (o) => o }))
    }
    const error = await mine().catch((e: Error) => e)
    expect((error as Error).stack).toContain('at mine')
    const model = { forward: (x: Tensor) => deep(x, 6), w: new Linear(4, 2) }
    function deep(x: Tensor, n: number): Tensor {
      return n === 0 ? x.matmul(tensor([[1, 2, 3]])) : deep(x, n - 1)
    }
    const inside = await Promise.resolve(fit(model, task(), settings())).catch((e: Error) => e)
    expect((inside as Error).stack).toContain('at deep')
    expect((inside as Error).stack).toContain('run.test.ts')
    const step = trainStep(model, sgd(), ({ x }: { x: Tensor }) => deep(model.forward(x), 20))
    async function stepping(): Promise<void> {
      await step({ x: tensor([[1, 2, 3, 4]]) })
    }
    expect(((await stepping().catch((e: Error) => e)) as Error).stack).toContain('at stepping')
    expect(Error.stackTraceLimit).toBeLessThan(100)
  })
})

describe('what a run remembers', () => {
  const learn = async (
    lr: (plateau: ReturnType<typeof reduceOnPlateau>) => Schedule | ((t: number) => number),
    epochs: number,
    more: Partial<FitOptions> = {},
  ) => {
    const plateau = reduceOnPlateau({ lr: 0.1, factor: 0.5, patience: 0 })
    const model = network()
    const rates: number[] = []
    const run = fit(model, task(), { ...settings(), optimizer: sgd({ lr: lr(plateau) }), every: 1, accumulate: 5, epochs, ...more })
    for await (const e of run)
      if (e.kind === 'step') rates.push(e.lr!)
      else plateau.observe(e.epoch % 2 === 0 ? 1 : 2)
    return { rates, bytes: bytesOf(model) }
  }
  test('a plateau goes on where it was, also behind other schedules', async () => {
    const ways = {
      alone: (p: ReturnType<typeof reduceOnPlateau>) => p,
      'per epoch': (p: ReturnType<typeof reduceOnPlateau>) => perEpoch(p, 1),
      'in a sequence': (p: ReturnType<typeof reduceOnPlateau>) => sequence([(t) => 0.1 * (t + 1), p], [1]),
      'in a function': (p: ReturnType<typeof reduceOnPlateau>) => (t: number) => p(t) / 2,
    }
    for (const [name, lr] of Object.entries(ways)) {
      const path = join(folder, `${name}.safetensors`)
      const straight = await learn(lr, 7)
      const first = await learn(lr, 4, { checkpoint: { path } })
      const second = await learn(lr, 7, { resume: path })
      expect([...first.rates, ...second.rates], name).toEqual(straight.rates)
      expect(second.bytes).toBe(straight.bytes)
      expect(new Set(straight.rates).size).toBeGreaterThan(2)
    }
  })

  test('a plateau that watches is shown each epoch by fit, as who calls observe would', async () => {
    const rates = async (watch: boolean, more: Partial<FitOptions> = {}): Promise<(number | undefined)[]> => {
      const lr = reduceOnPlateau({ lr: 0.1, factor: 0.5, patience: 0, mode: 'max', ...(watch && { watch: 'validation.loss' }) })
      const found: (number | undefined)[] = []
      const options = { ...settings(), optimizer: sgd({ lr }), every: 1, accumulate: 5, epochs: 4, validation: task(8), ...more }
      for await (const e of fit(network(), task(), options))
        if (e.kind === 'step') found.push(e.lr!)
        else if (!watch) lr.observe(e.validation!.loss)
      return found
    }
    const byHand = await rates(false)
    expect(new Set(byHand).size).toBeGreaterThan(2)
    expect(await rates(true)).toEqual(byHand)
    const path = join(folder, 'watched.safetensors')
    const first = await rates(true, { epochs: 2, checkpoint: path })
    expect([...first, ...(await rates(true, { resume: path }))]).toEqual(byHand)
    const lost = { ...settings(), optimizer: sgd({ lr: reduceOnPlateau({ lr: 1, watch: 'validation.loss' }) }) }
    await expect(fit(network(), task(), lost)).rejects.toThrow('it watches validation.loss, and an epoch tells loss, examples')
  })

  test('an early stop never takes NaN for the best, and waits through it', () => {
    for (const monitor of ['loss', 'accuracy'] as const) {
      const stop = earlyStopping({ patience: 3, monitor })
      const state = stop.start()
      expect([Number.NaN, 2, Number.NaN, 2, Number.NaN].map((value, i) => stop.see(state, i + 1, value))).toEqual([
        'wait',
        'best',
        'wait',
        'wait',
        'stop',
      ])
      expect(state).toMatchObject({ best: 2, bestEpoch: 2 })
    }
  })
  test('the best weights are those of an epoch that has a number', async () => {
    const model = network(0)
    let epoch = 0
    const bytes: string[] = []
    const options = {
      loss: meanSquares,
      optimizer: sgd({ lr: 0.05 }),
      validation: task(8),
      epochs: 4,
      seed: 1,
      stop: earlyStopping({ patience: 9 }),
    }
    const events: EpochEvent[] = []
    // a validation that is NaN after the first epoch and after the last: its targets are
    for await (const e of fit(model, task(), options)) {
      events.push(e)
      bytes.push(bytesOf(model))
      epoch++
    }
    expect(epoch).toBe(4)
    expect(bytesOf(model)).toBe(bytes[events.findLastIndex((e) => e.best)])
  })
})

describe('a last batch of one example', () => {
  const model = () => sequential(new Linear(4, 8), new BatchNorm1d(8), new Linear(8, 2))
  test('and batch norm: the message names dropLast, which leaves it out', async () => {
    const options = { loss: meanSquares, optimizer: sgd({ lr: 0.1 }), batchSize: 32 }
    await expect(fit(model(), task(33), options)).rejects.toThrow(/dropLast: true/)
    const e = (await fit(model(), task(33), { ...options, dropLast: true }))!
    expect([e.examples, e.step]).toEqual([32, 1])
    await expect(fit(model(), task(3), { ...options, dropLast: true })).rejects.toThrow(/make no full batch of 32/)
  })
  test('dropLast belongs to the run', async () => {
    const path = join(folder, 'drop.safetensors')
    const options = { loss: meanSquares, optimizer: sgd({ lr: 0.1 }), batchSize: 32 }
    await fit(network(), task(33), { ...options, dropLast: true, checkpoint: { path } })
    await expect(fit(network(), task(33), { ...options, epochs: 2, resume: path })).rejects.toThrow(/dropLast was true/)
  })
})

describe('two at once', () => {
  type Batch = { readonly x: Tensor; readonly y: Tensor }
  const batch = (n: number) => ({
    x: tensor(
      Float32Array.from({ length: 4 * n }, (_, i) => Math.sin(i)),
      { shape: [n, 4] },
    ),
    y: tensor(new Float32Array(2 * n).fill(0.5), { shape: [n, 2] }),
  })
  const steps = (model: ReturnType<typeof network>) =>
    [sgd({ lr: 0.1, momentum: 0.9 }), adam({ lr: 0.01 }), muon({ lr: 0.01 })].map((o) =>
      trainStep(model, o, ({ x, y }: Batch) => meanSquares(model.forward(x), y)),
    )

  test('steps of one model take turns: nothing is lost', async () => {
    const [a, b] = [network(0), network(0)]
    const [one, other] = [steps(a), steps(b)]
    for (let i = 0; i < 5; i++) await Promise.all(one.map((step) => step(batch(3 + i))))
    for (let i = 0; i < 5; i++) for (const step of other) await step(batch(3 + i))
    expect(bytesOf(a)).toBe(bytesOf(b))
    const refused = await Promise.allSettled([one[0]!(batch(2)), one[0]!(batch(2)), one[1]!(batch(2))])
    expect(refused.map((r) => r.status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  })
  test('a failed step lets the next one go on', async () => {
    const model = network(0)
    const [one, two] = steps(model)
    const results = await Promise.allSettled([
      one!({
        ...batch(2),
        y: tensor([[1]])
          .reshape([1, 1])
          .expand([2, 3]),
      }),
      two!(batch(2)),
    ])
    expect(results.map((r) => r.status)).toEqual(['rejected', 'fulfilled'])
  })
  test('models that share a layer take turns too, others do not wait', async () => {
    const shared = new Linear(4, 4)
    const [a, b, c] = [sequential(shared, new Linear(4, 2)), sequential(shared, new Linear(4, 2)), sequential(new Linear(4, 2))]
    const made = [a, b, c].map((model) => trainStep(model, sgd({ lr: 0.1 }), ({ x, y }: Batch) => meanSquares(model.forward(x), y)))
    await Promise.all(made.map((step) => step(batch(4))))
    const again = [new Linear(4, 4)]
    const [d, e] = [sequential(again[0]!, new Linear(4, 2)), sequential(again[0]!, new Linear(4, 2))]
    for (const model of [d, e]) await trainStep(model, sgd({ lr: 0.1 }), ({ x, y }: Batch) => meanSquares(model.forward(x), y))(batch(4))
    expect(bytesOf(shared)).toBe(bytesOf(again[0]!))
  })

  test('a save not awaited holds the weights of one step', { timeout: 60_000 }, async () => {
    for (const [name, optimizer] of [
      ['adam', adam({ lr: 0.05 })],
      ['muon', muon({ lr: 0.05 })],
    ] as const) {
      const big = () =>
        sequential(new Linear(64, 256), (x: Tensor) => x.tanh(), new BatchNorm1d(256), new Linear(256, 64), new Linear(64, 2))
      const model = big()
      initialize(model)
      const seen = new Set<string>([bytesOf(model)])
      const step = trainStep(model, optimizer, ({ x }: { x: Tensor }) => model.forward(x).square().mean())
      const x = tensor(
        Float32Array.from({ length: 64 * 8 }, (_, i) => Math.sin(i)),
        { shape: [8, 64] },
      )
      const saves: Promise<void>[] = []
      let running = true
      const saver = (async () => {
        for (let i = 0; running && i < 60; i++) {
          saves.push(save(model, join(folder, `${name}-${i}.safetensors`)))
          await new Promise((go) => setImmediate(go))
        }
      })()
      for (let i = 0; i < 20; i++) {
        await step({ x })
        seen.add(bytesOf(model))
      }
      running = false
      await saver
      await Promise.all(saves)
      for (const i of saves.keys()) {
        const copy = big()
        await load(copy, join(folder, `${name}-${i}.safetensors`))
        expect(seen.has(bytesOf(copy))).toBe(true)
      }
    }
  })
})
