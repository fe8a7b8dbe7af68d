/** PyTorch's losses said in Hebb: what golden cases of losses call. */
import * as hebb from '../../src/index.js'
import type { Tensor } from '../../src/tensor/tensor.js'

type Keywords = Readonly<Record<string, unknown>>
type Call = (inputs: readonly Tensor[], keywords: Keywords) => Tensor

const number = (k: Keywords, key: string): number => k[key] as number
/** The reduction, in options of their own. */
const how = (k: Keywords): { reduction?: hebb.Reduction } => (k.reduction === undefined ? {} : { reduction: k.reduction as hebb.Reduction })
const pair =
  (f: (x: Tensor, y: Tensor, options: hebb.LossOptions) => Tensor): Call =>
  ([x, y], k) =>
    f(x!, y!, how(k))
const ignoring = (k: Keywords): { ignoreIndex?: number } => (k.ignore_index === undefined ? {} : { ignoreIndex: number(k, 'ignore_index') })

/** By PyTorch's name. */
export const lossCalls: Readonly<Record<string, Call>> = {
  mse_loss: pair(hebb.meanSquaredError),
  l1_loss: pair(hebb.meanAbsoluteError),
  smooth_l1_loss: ([x, y], k) => hebb.smoothL1(x!, y!, { ...how(k), beta: number(k, 'beta') }),
  huber_loss: ([x, y], k) => hebb.huber(x!, y!, { ...how(k), delta: number(k, 'delta') }),
  binary_cross_entropy: ([p, y, weight], k) => hebb.binaryCrossEntropy(p!, y!, { ...how(k), ...(weight && { weight }) }),
  binary_cross_entropy_with_logits: ([x, y, positiveWeight], k) =>
    hebb.binaryCrossEntropyWithLogits(x!, y!, { ...how(k), ...(positiveWeight && { positiveWeight }) }),
  cross_entropy: ([x, y, weight], k) =>
    hebb.crossEntropy(x!, y!, {
      ...how(k),
      ...ignoring(k),
      ...(weight && { weight }),
      ...(k.label_smoothing !== undefined && { labelSmoothing: number(k, 'label_smoothing') }),
    }),
  nll_loss: ([x, y, weight], k) => hebb.nll(x!, y!, { ...how(k), ...ignoring(k), ...(weight && { weight }) }),
  kl_div: ([x, t], k) =>
    hebb.klDivergence(x!, t!, {
      logTarget: k.log_target === true,
      reduction: k.reduction === 'batchmean' ? 'batchMean' : (k.reduction as hebb.Reduction),
    }),
  hinge: ([x, y], k) => hebb.hinge(x!, y!, { margin: number(k, 'margin') }),
  hinge_embedding_loss: ([x, y], k) => hebb.hingeEmbedding(x!, y!, { ...how(k), margin: number(k, 'margin') }),
  multi_margin_loss: ([x, y], k) => hebb.multiMargin(x!, y!, { ...how(k), margin: number(k, 'margin'), power: k.p as 1 | 2 }),
  margin_ranking_loss: ([a, b, y], k) => hebb.marginRanking(a!, b!, y!, { ...how(k), margin: number(k, 'margin') }),
  cosine_embedding_loss: ([a, b, y], k) => hebb.cosineEmbedding(a!, b!, y!, { ...how(k), margin: number(k, 'margin') }),
  triplet_margin_loss: ([a, p, n], k) =>
    hebb.tripletMargin(a!, p!, n!, {
      ...how(k),
      margin: number(k, 'margin'),
      order: number(k, 'p'),
      eps: number(k, 'eps'),
      swap: k.swap === true,
    }),
  gaussian_nll_loss: ([m, y, v], k) => hebb.gaussianNll(m!, y!, v!, { ...how(k), full: k.full === true, eps: number(k, 'eps') }),
  poisson_nll_loss: ([x, y], k) => hebb.poissonNll(x!, y!, { ...how(k), logInput: k.log_input === true, full: k.full === true }),
  ctc_loss_from_logits: ([x, targets, inputLengths, targetLengths], k) =>
    hebb.ctc(hebb.logSoftmax(x!, -1), targets!, inputLengths!, targetLengths!, {
      ...how(k),
      blank: number(k, 'blank'),
      zeroInfinity: k.zero_infinity === true,
    }),
}
