/** Hard attention: one place is drawn and looked at alone, and REINFORCE tells which draws were good. */
import { stopGradient } from '../../autodiff/index.js'
import { logSoftmax } from '../../functional/index.js'
import { nll } from '../../loss/index.js'
import { init, latest, Param, updateBuffer } from '../../nn/index.js'
import {
  add,
  argmax,
  clamp,
  concat,
  log,
  matmul,
  mul,
  neg,
  oneHot,
  reshape,
  slice,
  squeeze,
  sub,
  sum,
  unsqueeze,
  where,
} from '../../ops/index.js'
import { type Tensor, tensor } from '../../tensor/index.js'
import { nextTokenCrossEntropy } from '../nextToken.js'

/** What one draw gave. */
export interface Glimpse {
  /** weight 1 at the place drawn: (N, S) */
  readonly chosen: Tensor
  /** log of the probability with which it was drawn, and the entropy of the draw, in nats: (N) each */
  readonly logProbability: Tensor
  readonly entropy: Tensor
}

const least = 1e-8

/**
 * A place drawn from weights (N, S) with noise (N, S), numbers of [0, 1): the highest of log w − log(−log u) [Gumbel 1954]. Where `soft` (N, 1)
 * is true, the weights themselves take the place of the draw, which then says nothing about their quality [Xu 2015].
 */
export function drawPlace(weights: Tensor, noise: Tensor, soft: Tensor): Glimpse {
  const logs = log(clamp(weights, { min: least }))
  const gumbel = neg(log(clamp(neg(log(clamp(noise, { min: least }))), { min: least })))
  const drawn = oneHot(argmax(stopGradient(add(logs, gumbel)), 1), weights.shape[1]!)
  return {
    chosen: where(soft, weights, drawn),
    logProbability: where(squeeze(soft, 1), 0, sum(mul(drawn, logs), 1)),
    entropy: neg(sum(mul(weights, logs), 1)),
  }
}

/** Settings of REINFORCE. */
export interface ReinforceOptions {
  /** how far ahead a draw is held responsible: rewards k steps later count γᵏ; default 0.5 */
  readonly discount?: number
  /** factor of the entropy that is added to what is to grow; default 0.01 */
  readonly entropy?: number
  /** factor of the policy's term beside the likelihood; default 1 */
  readonly weight?: number
}

/**
 * The loss of draws made on the way: cross entropy of the targets, and −(R − b) log π(draw), where R sums the log-likelihoods of this target and
 * those after it, and b is their running mean at this place: draws that did better than usual become likelier [Williams 1992, Xu 2015].
 */
export class Reinforce {
  /** running mean of the rewards by step, (T) */
  readonly baseline: Param
  private readonly ahead: Tensor

  constructor(
    steps: number,
    private readonly options: ReinforceOptions = {},
  ) {
    const { discount = 0.5 } = options
    this.baseline = new Param([steps], init.zeros, { trainable: false })
    const powers = new Float32Array(steps * steps)
    for (let later = 0; later < steps; later++)
      for (let now = 0; now <= later; now++) powers[later * steps + now] = discount ** (later - now)
    this.ahead = tensor(powers, { shape: [steps, steps] })
  }

  /** output (N, T, V + 2): logits, then log π and entropy of each step's draw, as {@link withDraws} joins them; target (N, T), 0 ignored */
  loss(output: Tensor, target: Tensor): Tensor {
    const { entropy: share = 0.01, weight = 1 } = this.options
    const V = output.shape[2]! - 2
    const [logits, draws] = [slice(output, [null, null, [0, V]]), slice(output, [null, null, [V, V + 2]])]
    const counted = target.notEqual(0).cast('f32')
    const each = reshape(
      nll(reshape(logSoftmax(logits, 2), [-1, V]), reshape(target, [-1]), { reduction: 'none', ignoreIndex: 0 }),
      target.shape,
    )
    const rewards = matmul(stopGradient(neg(mul(each, counted))), this.ahead)
    const total = sum(counted)
    const perStep = sum(counted, 0)
    const mean = sum(mul(rewards, counted), 0).div(clamp(perStep, { min: 1 }))
    const before = latest(this.baseline)
    updateBuffer(this.baseline, where(perStep.greater(0), before.mul(0.9).add(mean.mul(0.1)), before))
    const advantage = stopGradient(sub(rewards, unsqueeze(before, 0)))
    const part = (i: number): Tensor => squeeze(slice(draws, [null, null, [i, i + 1]]), 2)
    const policy = add(mul(mul(advantage, part(0)), weight), mul(part(1), share))
    return sub(nextTokenCrossEntropy(logits, target, { ignoreIndex: 0 }), sum(mul(policy, counted)).div(total))
  }
}

/** Logits (N, T, V) with the log-probability and entropy of the draws (N, T) behind them: (N, T, V + 2). */
export const withDraws = (logits: Tensor, logProbability: Tensor, entropy: Tensor): Tensor =>
  concat([logits, unsqueeze(logProbability, 2), unsqueeze(entropy, 2)], 2)
