/** What a loss says of itself besides its number: how much counts in it, and what a right answer is. Means, accumulation and accuracy ask. */
import type { Node, Tensor } from '../tensor/tensor.js'

/** Which answers a loss takes for right. */
export type Answers =
  /** ids of classes, for these scores; those equal to `ignoreIndex` do not count, `valid` is how many do */
  | { readonly kind: 'ids'; readonly scores: Tensor; readonly ignoreIndex: number | undefined; readonly valid: Tensor | undefined }
  /** a probability for each class */
  | { readonly kind: 'distribution' }
  /** 0 or 1 for each output: a yes is one above `level` */
  | { readonly kind: 'decisions'; readonly level: number }
  /** numbers, of which none is right or wrong */
  | { readonly kind: 'values' }

/** What is known of a loss. */
export interface LossFacts {
  /** what it is a mean over: a number of elements, or a sum of weights that is known when it runs; 'sum' where it adds up and divides by nothing */
  readonly counts?: number | Tensor | 'sum' | undefined
  /** what `counts` is when everything counts */
  readonly rows?: number | undefined
  /** what decides `counts`: two losses of the same targets, say, count the same */
  readonly basis?: readonly unknown[] | undefined
  readonly answers?: Answers | undefined
  /** the same loss where each example has a weight: `weights` is (N), or has more of the axes of what is averaged */
  readonly weigh?: ((weights: Tensor) => Tensor) | undefined
}

const noted = new WeakMap<Node, LossFacts>()

/** Notes facts of a loss, beside those noted before. Gives the loss back. */
export function note(loss: Tensor, facts: LossFacts): Tensor {
  noted.set(loss.node, { ...noted.get(loss.node), ...facts })
  return loss
}

/** The losses a number is made of by arithmetic, each with its facts. */
export function losses(made: Tensor): { readonly loss: Tensor; readonly facts: LossFacts }[] {
  const found: { readonly loss: Tensor; readonly facts: LossFacts }[] = []
  const seen = new Set<Node>()
  const open = [made]
  for (let t = open.pop(); t; t = open.pop()) {
    if (seen.has(t.node) || t.size !== 1) continue
    seen.add(t.node)
    const facts = noted.get(t.node)
    if (facts) found.push({ loss: t, facts })
    else open.push(...t.node.inputs)
  }
  return found
}

/**
 * The facts of a loss, also of one made of others by arithmetic: a penalty added or a factor change nothing. Where several losses meet, a sum of
 * weights known at the run goes before numbers of elements, and what they do not agree on is left out.
 */
export function factsOf(loss: Tensor): LossFacts {
  const own = noted.get(loss.node)
  if (own) return own
  const found = losses(loss).map(({ facts }) => facts)
  if (found.length < 2) return found[0] ?? {}
  const live = found.filter(({ counts }) => typeof counts === 'object')
  const [first] = live.length > 0 ? live : found
  const agreed = (live.length > 0 ? live : found).every((f) => f.counts === first!.counts || sameBasis(f, first!))
  const answers = found.flatMap((f) => (f.answers && f.answers.kind !== 'values' ? [f.answers] : []))
  const kinds = new Set(answers.map((a) => (a.kind === 'ids' ? `ids ${a.ignoreIndex}` : JSON.stringify(a))))
  const { counts, rows, basis }: LossFacts = agreed ? first! : {}
  return { counts, rows, basis, answers: kinds.size === 1 ? answers[0] : undefined }
}

const sameBasis = (a: LossFacts, b: LossFacts): boolean => a.basis?.every((part, i) => part === b.basis?.[i]) ?? false
