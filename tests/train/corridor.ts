/** A policy gradient on a corridor, written on `run`: rewards to go, less their mean [Williams 1992]. */

import type { Run, RunOptions, Saved, Stateful, Tensor } from '../../src/index.js'
import {
  adam,
  compile,
  Draws,
  type Linear,
  logSoftmax,
  plainFields,
  run,
  softmax,
  stateful,
  takeAlong,
  tensor,
  trainStep,
} from '../../src/index.js'

/** Seven places in a row: each step costs 1 until the right end is reached, and one in ten goes the other way. */
class Corridor implements Stateful {
  place = 0
  /** the place as a row of 0 and a 1 */
  get seen(): number[] {
    return Array.from({ length: 6 }, (_, i) => Number(i === this.place))
  }
  /** Moves; true at the end, where it begins anew. */
  step(right: boolean): boolean {
    this.place = Math.max(0, this.place + (right ? 1 : -1))
    if (this.place < 6) return false
    this.place = 0
    return true
  }
  state(): Saved {
    return { plain: { place: this.place } }
  }
  check({ plain }: Saved): void {
    plainFields(plain, { place: 'count' })
  }
  restore({ plain }: Saved): void {
    this.place = plainFields(plain, { place: 'count' }).place
  }
}

export interface Round {
  readonly kind: 'round'
  readonly step: number
  readonly loss: number
  /** ends reached in the round */
  readonly ends: number
}

/** Trains `policy` for so many rounds of 64 steps. */
export function walkCorridor(policy: Linear, options: RunOptions & { rounds: number; seed?: number }): Run<Round> {
  const { rounds, seed = 0 } = options
  const [corridor, draws, lr] = [new Corridor(), new Draws(seed, 'corridor'), stateful({ value: 0.05 })]
  const odds = compile((x: Tensor) => softmax(policy.forward(x)))
  type Batch = { x: Tensor; actions: Tensor; gains: Tensor }
  const learner = trainStep(policy, adam({ lr: () => lr.value }), ({ x, actions, gains }: Batch) =>
    takeAlong(logSoftmax(policy.forward(x)), actions, 1)
      .mul(gains)
      .mean()
      .neg(),
  )
  return run({ learner, corridor, draws, lr }, { ...options, settings: { seed }, called: walkCorridor }, async function* (r) {
    while (r.step < rounds && (await r.goesOn())) {
      const [seen, actions, ended]: [number[][], number[][], boolean[]] = [[], [], []]
      for (let t = 0; t < 64; t++) {
        seen.push(corridor.seen)
        const action = draws.categorical(Array.from(await (await odds(tensor([corridor.seen]))).data(), Number))
        actions.push([action])
        ended.push(corridor.step((action === 1) !== draws.bernoulli(0.1)))
      }
      const gains = ended.map(() => 0)
      for (let t = 63, gain = 0; t >= 0; t--) gains[t] = gain = -1 + (ended[t] ? 0 : 0.95 * gain)
      const mean = gains.reduce((sum, gain) => sum + gain, 0) / 64
      const { loss } = await learner({
        x: tensor(seen),
        actions: tensor(actions, { dtype: 'i32' }),
        gains: tensor(gains.map((gain) => [gain - mean])),
      })
      lr.value *= 0.99
      r.step++
      if (r.due) yield r.event({ kind: 'round' as const, loss, ends: ended.filter(Boolean).length })
    }
  })
}
