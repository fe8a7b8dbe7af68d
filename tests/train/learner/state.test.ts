/** A learner with several objectives stopped anywhere goes on as if it had not been. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import {
  adamW,
  BatchNorm1d,
  Dropout,
  ema,
  Linear,
  learner,
  nadam,
  type Plain,
  reduceOnPlateau,
  run,
  type Saved,
  sequential,
  type Tensor,
  tanh,
} from '../../../src/index.js'
import { bytesOf } from '../task.js'
import { wave } from './waves.js'

const folder = mkdtempSync(join(tmpdir(), 'hebb-learner-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Everything that must not get lost, twice: two optimizers, dropout, statistics, averages, sums, clocks that differ, a plateau. */
class World {
  readonly net = {
    trunk: sequential(new Linear(3, 5), new BatchNorm1d(5), tanh, new Dropout(0.3)),
    first: new Linear(5, 2),
    second: new Linear(5, 2),
    forward: (x: Tensor, head: 'first' | 'second'): Tensor => this.net[head].forward(this.net.trunk.forward(x)),
  }
  readonly plateau = reduceOnPlateau({ lr: 0.05, factor: 0.5, patience: 0 })
  readonly learner = learner(
    this.net,
    nadam({ lr: this.plateau, groups: [{ match: 'second', optimizer: adamW({ lr: (t) => 0.1 / (t + 1) }) }] }),
    { seed: 3, accumulate: 2, ema: ema({ decay: 0.8 }), clip: { norm: 1 } },
  )
  readonly steps = [
    this.learner.objective('first', ({ x }: { x: Tensor }) => this.net.forward(x, 'first').square().mean(), { only: ['trunk', 'first'] }),
    this.learner.objective('second', ({ x }: { x: Tensor }) => this.net.forward(x, 'second').square().mean(), { only: 'second' }),
  ] as const
  /** One batch of the k-th call: three of the first objective to one of the second. */
  async move(k: number): Promise<unknown> {
    if (k % 5 === 4) this.plateau.observe(k)
    const { loss, step, lr } = await this.steps[k % 4 === 3 ? 1 : 0]({ x: wave(4, 3, k) })
    return [loss, step, lr]
  }
  async averages(): Promise<string> {
    return this.learner.averaged(() => bytesOf(this.net))
  }
}

describe('the state of a learner', () => {
  test('at any batch is that of the straight run, weights, averages, losses and rates', async () => {
    const straight = new World()
    const told: unknown[] = []
    for (let k = 0; k < 20; k++) told.push(await straight.move(k))
    for (const cut of [1, 4, 7, 10, 13, 16]) {
      const [first, second] = [new World(), new World()]
      const again: unknown[] = []
      for (let k = 0; k < cut; k++) again.push(await first.move(k))
      const saved = first.learner.state()
      second.learner.check(saved)
      second.learner.restore(saved)
      expect(bytesOf(second.net)).toBe(bytesOf(first.net))
      expect(second.steps.map((s) => s.step)).toEqual(first.steps.map((s) => s.step))
      for (let k = cut; k < 20; k++) again.push(await second.move(k))
      expect(again).toEqual(told)
      expect(bytesOf(second.net)).toBe(bytesOf(straight.net))
      expect(await second.averages()).toBe(await straight.averages())
    }
  })

  test('is a part of a run, which goes on from its file', async () => {
    const train = (world: World, path: string, rounds: number, resume: boolean) =>
      run({ learner: world.learner }, { checkpoint: path, resume }, async function* (r) {
        while (r.step < rounds && (await r.goesOn())) {
          await world.move(r.step)
          r.step++
          yield r.event({ kind: 'round' })
        }
      })
    const [straight, first, second] = [new World(), new World(), new World()]
    await train(straight, join(folder, 'straight.safetensors'), 14, false)
    await train(first, join(folder, 'cut.safetensors'), 9, false)
    await train(second, join(folder, 'cut.safetensors'), 14, true)
    expect(bytesOf(second.net)).toBe(bytesOf(straight.net))
    expect(await second.averages()).toBe(await straight.averages())
  })

  test('of other objectives or with numbers that cannot be is refused, and nothing changes', async () => {
    const [from, to] = [new World(), new World()]
    for (let k = 0; k < 5; k++) await from.move(k)
    const saved = from.learner.state()
    const before = bytesOf(to.net)
    const changed = (name: string, change: object): Saved => {
      const plain = structuredClone(saved.plain) as { objectives: { [name: string]: object } }
      Object.assign(plain.objectives[name]!, change)
      return { ...saved, plain: plain as Plain }
    }
    const says = (wrong: Saved): string => {
      try {
        to.learner.check(wrong)
      } catch (error) {
        return String(error)
      }
      return 'nothing'
    }
    expect(says(saved)).toBe('nothing')
    const only = learner(new World().net, nadam())
    only.objective('first', ({ x }: { x: Tensor }) => x.sum())
    expect(() => only.check(saved)).toThrow("it has the objectives 'first, second', this one 'first'")
    expect(says(changed('first', { step: -1 }))).toContain('step is -1')
    expect(says(changed('second', { pending: 2 }))).toContain('pending is 2')
    expect(says({ ...saved, arrays: new Map([...saved.arrays!].slice(1)) })).toContain('there is no array')
    expect(bytesOf(to.net)).toBe(before)
    expect(to.steps.map((s) => s.step)).toEqual([0, 0])
  })
})
