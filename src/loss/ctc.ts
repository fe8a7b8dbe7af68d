/** Connectionist temporal classification: a loss for labels without times. */
import { describe } from '../graph/leaf.js'
import { scan } from '../ops/control/scan.js'
import { add, div, maximum, mod, mul, neg, sub } from '../ops/elementwise/arithmetic.js'
import { cast } from '../ops/elementwise/cast.js'
import { equal, less, or } from '../ops/elementwise/compare.js'
import { real } from '../ops/elementwise/real.js'
import { clamp, where } from '../ops/elementwise/select.js'
import { takeAlong } from '../ops/gather/along.js'
import { concat, stack } from '../ops/move/concat.js'
import { arange, full } from '../ops/move/create.js'
import { expand, reshape, unsqueeze } from '../ops/move/reshape.js'
import { slice } from '../ops/move/slice.js'
import { logSumExp } from '../ops/reduce/norm.js'
import { isFloat } from '../tensor/dtype.js'
import { DtypeError, HebbError, ShapeError } from '../tensor/errors.js'
import { type Tensor, tensor } from '../tensor/tensor.js'
import { fromStart } from './classes.js'
import { type LossOptions, reduced } from './reduction.js'

/** Options of ctc. */
export interface CtcOptions extends LossOptions {
  /** id of the class that means "no label"; default 0 */
  readonly blank?: number | undefined
  /** whether a label that does not fit into its input counts as 0 instead of ∞; default false */
  readonly zeroInfinity?: boolean | undefined
}

/** Lengths as the data has them. */
export type Lengths = Tensor | readonly number[]

/** Stands for log 0 where a sum goes on: finite, so that gradients stay so, yet nothing beside any log-probability. */
const never = -1e30

/**
 * −log of the probability that some alignment of the input spells the label: each step emits a class or `blank`, repeats merge, blanks vanish
 * [Graves 2006]. The mean divides each loss by its label's length (at least 1) first, as PyTorch does.
 *
 * Shapes: logProbs (T, N, C), log-probabilities; targets (N, L), class ids, padded at will; inputLengths (N) up to T, targetLengths (N) up to L.
 * Or (T, C), (L), () and () for one example. A label that fits in no way costs ∞ and has gradient 0.
 * Throws ShapeError when shapes do not fit or known lengths are too long, DtypeError for ids or lengths that are not integers.
 *
 * @example ctc(logSoftmax(logits), labels, [50, 44], [12, 9])
 */
export function ctc(logProbs: Tensor, targets: Tensor, inputLengths: Lengths, targetLengths: Lengths, options: CtcOptions = {}): Tensor {
  const { blank = 0, zeroInfinity = false, reduction } = options
  if (logProbs.rank === 2) {
    const one = (l: Lengths): Tensor => reshape(lengthsOf(l), [1])
    const each = ctc(unsqueeze(logProbs, 1), unsqueeze(targets, 0), one(inputLengths), one(targetLengths), options)
    return reduction === 'none' ? reshape(each, []) : each
  }
  const [inputs, labels] = [lengthsOf(inputLengths), lengthsOf(targetLengths)]
  check(logProbs, targets, inputs, labels, blank)
  const [steps, batch, length] = [logProbs.shape[0]!, logProbs.shape[1]!, targets.shape[1]!]
  const scores = real(logProbs)
  const path = withBlanks(targets, labels, blank, logProbs.shape[2]!)
  const states = 2 * length + 1
  // log-probability of each state's class at each step
  const emitted = takeAlong(clamp(scores, { min: never }), expand(path, [steps, batch, states]), 2)
  const running = unsqueeze(less(unsqueeze(arange(steps), 1), inputs), 2)
  const skips = skipping(path, batch, states, scores)
  const none = (width: number): Tensor => full([batch, width], never, { dtype: scores.dtype })
  const start = concat([full([batch, 1], 0, { dtype: scores.dtype }), none(states - 1)], 1)
  const back = (a: Tensor, by: number): Tensor => (states <= by ? none(states) : concat([none(by), slice(a, [null, [0, states - by]])], 1))
  const { carry: ends } = scan(
    (alpha: Tensor, [score, goesOn]: readonly [Tensor, Tensor]) => {
      const reached = logSumExp(stack([alpha, back(alpha, 1), add(back(alpha, 2), skips)]), 0)
      return [where(goesOn, add(reached, score), alpha), []] as const
    },
    start,
    [emitted, running] as const,
  )
  const each = cost(ends, labels, zeroInfinity)
  return reduction === undefined || reduction === 'mean'
    ? reduced(div(each, cast(maximum(labels, 1), each.dtype)))
    : reduced(each, reduction)
}

/** −log of the two ways to end: after the last class, or after the blank behind it. */
function cost(ends: Tensor, labels: Tensor, zeroInfinity: boolean): Tensor {
  const last = unsqueeze(mul(labels, 2), 1)
  const withClass = where(equal(last, 0), never, takeAlong(ends, maximum(sub(last, 1), 0), 1))
  const total = logSumExp(stack([takeAlong(ends, last, 1), withClass]), [0, 2])
  return where(less(total, never / 10), zeroInfinity ? 0 : Number.POSITIVE_INFINITY, neg(total))
}

/** Targets with a blank before, between and behind them: (N, L) → (N, 2L + 1). What lies behind a target's end is never read. */
function withBlanks(targets: Tensor, labels: Tensor, blank: number, classes: number): Tensor {
  const [batch, length] = targets.shape as readonly [number, number]
  const own = fromStart(where(less(arange(length), unsqueeze(labels, 1)), cast(targets, 'i32'), blank), 'ctc', classes)
  const pairs = reshape(stack([full([batch, length], blank, { dtype: 'i32' }), own], 2), [batch, 2 * length])
  return concat([pairs, full([batch, 1], blank, { dtype: 'i32' })], 1)
}

/** What it adds to jump over a blank: 0 between two different classes, else never. (N, 2L + 1) */
function skipping(path: Tensor, batch: number, states: number, like: Tensor): Tensor {
  const no = full([batch, Math.min(states, 2)], never, { dtype: like.dtype })
  if (states < 3) return no
  const same = equal(slice(path, [null, [2]]), slice(path, [null, [0, states - 2]]))
  const atBlank = equal(mod(arange(states - 2), 2), 0)
  return concat([no, where(or(atBlank, same), never, full([batch, states - 2], 0, { dtype: like.dtype }))], 1)
}

const lengthsOf = (l: Lengths): Tensor => ('node' in l ? l : tensor(l as readonly number[], { dtype: 'i32' }))

function check(logProbs: Tensor, targets: Tensor, inputs: Tensor, labels: Tensor, blank: number): void {
  const given = `\n  inputs: logProbs ${describe(logProbs)}, targets ${describe(targets)}, lengths ${describe(inputs)} and ${describe(labels)}`
  const batch = logProbs.shape[1]
  if (logProbs.rank !== 3 || targets.rank !== 2 || targets.shape[0] !== batch || inputs.rank !== 1 || labels.rank !== 1)
    throw new ShapeError(`ctc: needs logProbs (T, N, C), targets (N, L) and lengths (N)${given}`)
  if (inputs.size !== batch || labels.size !== batch)
    throw new ShapeError(`ctc: there is not one length for each of ${batch} examples${given}`)
  for (const t of [targets, inputs, labels])
    if (isFloat(t.dtype) || t.dtype === 'bool') throw new DtypeError(`ctc: targets and lengths are whole numbers: cast them to i32${given}`)
  const classes = logProbs.shape[2]!
  if (!(Number.isInteger(blank) && blank >= 0 && blank < classes))
    throw new HebbError(`ctc: blank is ${blank}, but there are classes 0 to ${classes - 1}`)
  const tooLong = (lengths: Tensor, most: number): number | undefined =>
    lengths.value && Array.from(lengths.value, Number).find((n) => n < 0 || n > most)
  const wrongInput = tooLong(inputs, logProbs.shape[0]!)
  if (wrongInput !== undefined)
    throw new ShapeError(`ctc: an input of length ${wrongInput} does not fit into ${logProbs.shape[0]} steps${given}`)
  const wrongTarget = tooLong(labels, targets.shape[1]!)
  if (wrongTarget !== undefined)
    throw new ShapeError(`ctc: a target of length ${wrongTarget} does not fit into ${targets.shape[1]}${given}`)
}
