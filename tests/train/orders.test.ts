/** Calls in random order against the straight run: whatever is looked at, saved or resumed in between, the steps give the same bytes. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import {
  BatchNorm1d,
  clearPrograms,
  crossEntropy,
  Dropout,
  dataset,
  ema,
  evaluate,
  type FitEvent,
  type FitOptions,
  fit,
  initialize,
  Linear,
  load,
  lossSlice,
  nadam,
  predict,
  reduceOnPlateau,
  save,
  sequential,
  type Tensor,
  tanh,
  tensor,
  trainStep,
} from '../../src/index.js'
import { bytesOf, throughFile } from './task.js'

const folder = mkdtempSync(join(tmpdir(), 'hebb-orders-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const rows = (n: number, turn: number): Float32Array => Float32Array.from({ length: 3 * n }, (_, i) => Math.sin(7 * i + turn))
const targets = (n: number, turn: number): Int32Array =>
  Int32Array.from({ length: n }, (_, i) => ((i + turn) % 4 === 3 ? -100 : (i + turn) % 2))
const data = dataset({ x: { data: rows(7, 0), shape: [3] }, y: { data: targets(7, 0), shape: [] } })

/** Everything that must not get lost: dropout, running statistics, averages, sums of batches, weights that only some steps touch, a plateau. */
class World {
  readonly model = {
    body: sequential(new Linear(3, 5), new BatchNorm1d(5), tanh, new Dropout(0.3)),
    heads: [new Linear(5, 2), new Linear(5, 2)],
    forward: (x: Tensor): Tensor => this.model.heads[0]!.forward(this.model.body.forward(x)),
  }
  readonly plateau = reduceOnPlateau({ lr: 0.05, factor: 0.5, patience: 1 })
  readonly step = trainStep(
    this.model,
    nadam({ lr: this.plateau, weightDecay: 0.01 }),
    ({ x, y, head, scale }: { x: Tensor; y: Tensor; head: 'first' | 'second'; scale: Tensor }) =>
      crossEntropy(this.model.heads[head === 'first' ? 0 : 1]!.forward(this.model.body.forward(x)), y).mul(scale),
    { accumulate: 2, ema: ema({ decay: 0.9 }), clip: { norm: 1 }, seed: 4 },
  )
  constructor(readonly turn = 0) {
    initialize(this.model, { seed: 4 })
  }
}

type Command = { readonly kind: string; readonly n: number; readonly head: 'first' | 'second' }
const moves = ['step', 'step', 'step', 'flush', 'observe']
const looks = ['evaluate', 'predict', 'averaged', 'save', 'load', 'resume', 'clear', 'both', 'slice', 'refused']
const commands = fc.array(
  fc.record({
    kind: fc.constantFrom(...moves, ...looks),
    n: fc.integer({ min: 2, max: 4 }),
    head: fc.constantFrom('first' as const, 'second' as const),
  }),
  { minLength: 4, maxLength: 14 },
)

async function move(world: World, { kind, n, head }: Command, turn: number): Promise<void> {
  if (kind === 'step')
    await world.step({ x: tensor(rows(n, turn), { shape: [n, 3] }), y: tensor(targets(n, turn)), head, scale: 1 + (turn % 3) })
  if (kind === 'flush') await world.step.flush()
  if (kind === 'observe') world.plateau.observe(n)
}

let files = 0
/** Does what must change nothing; gives the world that goes on. */
async function look(world: World, { kind, n }: Command): Promise<World> {
  const { model, step } = world
  const path = join(folder, `${files++}.safetensors`)
  if (kind === 'evaluate') await evaluate(model, data, { loss: crossEntropy, batchSize: n })
  if (kind === 'predict') await predict(model, data, { batchSize: n })
  if (kind === 'averaged') await step.learner.averaged(() => evaluate(model, data, { loss: crossEntropy }))
  if (kind === 'save') await save(model, path)
  if (kind === 'load') {
    await save(model, path)
    await load(model, path)
  }
  if (kind === 'clear') clearPrograms()
  if (kind === 'both') {
    // programs of one model asked for at the same time, by two who want different things
    await Promise.all([
      predict(model, data, { batchSize: n }),
      evaluate(model, data, { loss: crossEntropy, batchSize: n }),
      save(model, path),
    ])
  }
  if (kind === 'slice') await lossSlice(model, data, { loss: crossEntropy, size: 2 })
  if (kind === 'refused')
    await expect(step({ x: tensor([[1, 2]]), y: tensor([0], { dtype: 'i32' }), head: 'first', scale: 1 })).rejects.toThrow()
  if (kind !== 'resume') return world
  const next = new World()
  await throughFile(path, step, next.step)
  return next
}

test('steps give the bytes of the straight run, whatever is called between them', { timeout: 240_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(commands, async (list) => {
      let world = new World()
      const straight = new World()
      for (const [turn, command] of list.entries()) {
        const before = bytesOf(world.model)
        await move(world, command, turn)
        if (looks.includes(command.kind)) {
          world = await look(world, command)
          expect(bytesOf(world.model)).toBe(before)
        }
        await move(straight, command, turn)
      }
      expect(bytesOf(world.model)).toBe(bytesOf(straight.model))
      expect(world.plateau.state).toEqual(straight.plateau.state)
      expect(world.step.step).toBe(straight.step.step)
    }),
    { numRuns: 25, seed: 13 },
  )
})

test('a run aborted and resumed anywhere, again and again, is the straight run', { timeout: 240_000 }, async () => {
  const options = (lr: FitOptions['optimizer']): FitOptions => ({
    loss: crossEntropy,
    optimizer: lr,
    batchSize: 2,
    accumulate: 3,
    epochs: 4,
    seed: 2,
    ema: ema({ decay: 0.8 }),
    validation: data,
  })
  const make = () => sequential(new Linear(3, 5), new BatchNorm1d(5), tanh, new Dropout(0.3), new Linear(5, 2))
  const whole = dataset({ x: { data: rows(9, 1), shape: [3] }, y: { data: targets(9, 1), shape: [] } })
  const told = (e: FitEvent): unknown => ({ ...e, seconds: 0 })
  const run = async (model: ReturnType<typeof make>, more: Partial<FitOptions>, after = Number.POSITIVE_INFINITY): Promise<unknown[]> => {
    const plateau = reduceOnPlateau({ lr: 0.1, factor: 0.5, patience: 0 })
    const stopper = new AbortController()
    const events: unknown[] = []
    let seen = 0
    const made = fit(model, whole, { ...options(nadam({ lr: plateau })), dropLast: true, every: 1, signal: stopper.signal, ...more })
    for await (const e of made) {
      events.push(told(e))
      if (e.kind === 'epoch') plateau.observe(e.validation!.loss)
      if (++seen === after) stopper.abort()
    }
    return events
  }
  const straight = make()
  const all = await run(straight, {})
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }), async (stops) => {
      const path = join(folder, `fit-${files++}.safetensors`)
      const events: unknown[] = []
      let resume: Partial<FitOptions> = {}
      for (const after of stops) {
        events.push(...(await run(make(), { checkpoint: { path }, ...resume }, after)))
        resume = { resume: path }
      }
      const last = make()
      events.push(...(await run(last, resume)))
      expect(events).toEqual(all)
      expect(bytesOf(last)).toBe(bytesOf(straight))
    }),
    { numRuns: 10, seed: 3 },
  )
})
