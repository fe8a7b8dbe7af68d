/**
 * Rules that leave out what is unlikely, so that none of many bad tokens is drawn. Each is a function of scores, which it leaves alone; what it leaves out gets −∞.
 * p are probabilities, softmax of the scores; what has −∞ already counts for nothing. The likeliest token always stays.
 */
import { likeliest } from './likeliest.js'

const never = Number.NEGATIVE_INFINITY

/** s′ = s / T: below 1 the likely becomes likelier. */
export function scaleByTemperature(scores: ArrayLike<number>, temperature: number): Float64Array {
  // loops, not callbacks, for as many scores as there are tokens: 5 ms less of 49,000
  const left = new Float64Array(scores.length)
  for (let i = 0; i < left.length; i++) left[i] = scores[i]! / temperature
  return left
}

/** The k likeliest, and those exactly as likely as the last of them [Fan 2018]; all for k of 0. */
export function keepTopK(scores: ArrayLike<number>, k: number): Float64Array {
  const left = new Float64Array(scores)
  if (k < 1 || k >= left.length) return left
  const least = left[likeliest(left, k).at(-1)!]!
  for (let i = 0; i < left.length; i++) if (left[i]! < least) left[i] = never
  return left
}

/** The fewest of the likeliest whose probabilities reach p together, the one that reaches it among them [Holtzman 2020]. Of equals the lower ids come first. */
export function keepTopP(scores: ArrayLike<number>, p: number): Float64Array {
  const left = new Float64Array(scores.length).fill(never)
  const { weights, total } = weightsOf(scores)
  // the likeliest are looked for as far as they are needed: a vocabulary of 100,000 is not sorted for ten of them
  for (let most = 64; most <= 512; most *= 8) {
    const order = likeliest(weights, most)
    let sum = 0
    let count = 0
    while (count < order.length) {
      sum += weights[order[count++]!]!
      if (sum >= p * total) break
    }
    if (sum < p * total && order.length < weights.length) continue
    for (let n = 0; n < count; n++) left[order[n]!] = scores[order[n]!]!
    return left
  }
  let { least, equals } = reaching(weights, p * total)
  for (let i = 0; i < weights.length; i++) if (weights[i]! > least || (weights[i] === least && equals-- > 0)) left[i] = scores[i]!
  return left
}

/** What reaches a sum, and how many of those exactly as large as the least of them belong to it: where many are needed, numbers sort much faster than places. */
function reaching(weights: Float64Array, most: number): { readonly least: number; readonly equals: number } {
  const sorted = weights.slice().sort()
  let sum = 0
  let at = sorted.length
  while (at > 0) {
    sum += sorted[--at]!
    if (sum >= most) break
  }
  const least = sorted[at]!
  let equals = 0
  for (let i = at; i < sorted.length && sorted[i] === least; i++) equals++
  return { least, equals }
}

/** Those at least `share` times as likely as the likeliest: p ≥ share · max p [Nguyen 2025]. */
export function keepMinP(scores: ArrayLike<number>, share: number): Float64Array {
  const { weights } = weightsOf(scores)
  const left = new Float64Array(scores.length).fill(never)
  for (let i = 0; i < left.length; i++) if (weights[i]! >= share) left[i] = scores[i]!
  return left
}

/**
 * Those whose surprise is nearest to the expected one: by |−log p − H|, H = −Σ p log p, the first that reach a probability of `mass` together, and those as
 * near as the last of them [Meister 2023].
 */
export function keepTypical(scores: ArrayLike<number>, mass: number): Float64Array {
  const { logs, entropy } = logsOf(scores)
  const far = logs.map((l) => (l === never ? Number.POSITIVE_INFINITY : Math.abs(-l - entropy)))
  const order = Array.from(far.keys())
    .filter((i) => logs[i]! !== never)
    .sort((a, b) => far[a]! - far[b]! || a - b)
  let sum = 0
  let last = 0
  while (last < order.length - 1) {
    sum += Math.exp(logs[order[last]!]!)
    if (sum >= mass) break
    last++
  }
  const most = far[order[last]!] ?? Number.POSITIVE_INFINITY
  const left = new Float64Array(scores.length).fill(never)
  for (let i = 0; i < left.length; i++) if (far[i]! <= most) left[i] = scores[i]!
  return left
}

/** Those with p ≥ ε [Hewitt 2022]. */
export function dropBelowEpsilon(scores: ArrayLike<number>, epsilon: number): Float64Array {
  const { logs } = logsOf(scores)
  return atLeast(scores, logs, epsilon)
}

/** Those with p ≥ min(ε, √ε · exp(−H)), H = −Σ p log p: where much is open, less likely ones may come [Hewitt 2022]. */
export function dropBelowEta(scores: ArrayLike<number>, epsilon: number): Float64Array {
  const { logs, entropy } = logsOf(scores)
  return atLeast(scores, logs, Math.min(epsilon, Math.sqrt(epsilon) * Math.exp(-entropy)))
}

function atLeast(scores: ArrayLike<number>, logs: Float64Array, p: number): Float64Array {
  const highest = highestOf(scores)
  const left = new Float64Array(scores.length).fill(never)
  for (let i = 0; i < left.length; i++) if (scores[i] === highest || Math.exp(logs[i]!) >= p) left[i] = scores[i]!
  return left
}

/** The highest of scores; −∞ where there are none. */
export function highestOf(scores: ArrayLike<number>): number {
  let highest = never
  for (let i = 0; i < scores.length; i++) if (scores[i]! > highest) highest = scores[i]!
  return highest
}

/** exp of scores, the likeliest 1, and their sum. */
export function weightsOf(scores: ArrayLike<number>): { readonly weights: Float64Array; readonly total: number } {
  const highest = highestOf(scores)
  const weights = new Float64Array(scores.length)
  let total = 0
  for (let i = 0; i < weights.length; i++) {
    const s = scores[i]!
    // most scores are −∞ once a rule has been there
    if (s === never) continue
    weights[i] = Math.exp(s - highest)
    total += weights[i]!
  }
  return { weights, total }
}

/** log p, and the entropy in nats. */
function logsOf(scores: ArrayLike<number>): { readonly logs: Float64Array; readonly entropy: number } {
  const highest = highestOf(scores)
  const normal = highest + Math.log(weightsOf(scores).total)
  const logs = new Float64Array(scores.length)
  for (let i = 0; i < logs.length; i++) logs[i] = scores[i]! - normal
  let entropy = 0
  for (const l of logs) if (l !== never) entropy -= Math.exp(l) * l
  return { logs, entropy }
}
