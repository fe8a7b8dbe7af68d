/** The same numbers in another dress: what a case gives must not depend on what its inputs are made of, nor on what is done with its result. */
import { gradients } from '../../src/autodiff/grad.js'
import { compile, compute } from '../../src/index.js'
import { Param } from '../../src/nn/param.js'
import { cond } from '../../src/ops/control/cond.js'
import { scan } from '../../src/ops/control/scan.js'
import { concat, stack } from '../../src/ops/index.js'
import { isFloat } from '../../src/tensor/dtype.js'
import { fromData, type Tensor } from '../../src/tensor/tensor.js'
import { outputsOf, scoreOf } from './calls.js'
import type { Case } from './row.js'

/** What a call gives: its outputs, and the gradients of a score of them for the float inputs. */
export interface Found {
  readonly outputs: readonly Tensor[]
  readonly gradients: readonly Tensor[]
}

/** A result and what it has to be, both computed. */
export interface Pair {
  readonly what: string
  readonly got: Tensor
  readonly want: Tensor
}

/** One way of giving a call its inputs, or of reading its outputs. */
export interface Disguise {
  readonly name: string
  /** numbers it can dress, made from the case's own; undefined where there are none. Default: the case's own */
  plain?(inputs: readonly Tensor[]): Promise<readonly Tensor[] | undefined>
  /** all it finds, beside what plain constants gave */
  wear(c: Case, plain: readonly Tensor[], found: Found): Promise<Pair[]>
}

/** The score of outputs, where gradients of it for `wrt` are to be compared. */
const scored = (c: Case, outputs: readonly Tensor[], wrt: readonly Tensor[], read?: (y: Tensor) => Tensor): Tensor | undefined =>
  c.gradient === 0 || wrt.length === 0 ? undefined : scoreOf(outputs, 'some', read)

/** Outputs and gradients as graphs; `read` is a view through which the score looks at outputs. */
function graphsOf(c: Case, inputs: readonly Tensor[], wrt: readonly Tensor[], read?: (y: Tensor) => Tensor): Found {
  const outputs = outputsOf(c, inputs)
  const score = scored(c, outputs, wrt, read)
  return { outputs, gradients: score ? gradients(score, wrt) : [] }
}
const floats = (tensors: readonly Tensor[]): readonly Tensor[] => tensors.filter((t) => isFloat(t.dtype))

/** Several groups of tensors, computed in one program. */
async function computed<G extends readonly (readonly Tensor[])[]>(...groups: G): Promise<{ [K in keyof G]: Tensor[] }> {
  const values = await compute(groups.flat())
  let at = 0
  return groups.map((group) => group.map((t) => fromData(values[at++]!, t.shape, t.dtype))) as { [K in keyof G]: Tensor[] }
}
const pairs = (what: string, got: readonly Tensor[], want: readonly Tensor[]): Pair[] => {
  if (got.length !== want.length) throw new Error(`${got.length} ${what}s for ${want.length}`)
  return got.map((g, i) => ({ what: `${what} ${i}`, got: g, want: want[i]! }))
}

/** What constants give. */
export async function foundPlain(c: Case, inputs: readonly Tensor[]): Promise<Found> {
  const graphs = graphsOf(c, inputs, floats(inputs))
  const [outputs, slopes] = await computed(graphs.outputs, graphs.gradients)
  return { outputs, gradients: slopes }
}

type Dress = (t: Tensor) => readonly [leaf: Tensor, seen: Tensor]

/** A dress for each input: the leaf below, and what the call sees. The gradients of what is seen are the constant's; those of the leaf are what the views make of them. */
const dressed = (name: string, dress: Dress, plain?: Disguise['plain']): Disguise => ({
  name,
  ...(plain && { plain }),
  async wear(c, constants, found) {
    const worn = constants.map(dress)
    const inputs = worn.map(([, seen]) => seen)
    const below = worn.flatMap(([leaf, seen]) => (isFloat(seen.dtype) ? [leaf] : []))
    const outputs = outputsOf(c, inputs)
    const score = scored(c, outputs, below)
    const seen = score ? gradients(score, floats(inputs)) : []
    const leaves = score ? gradients(score, below) : []
    // what the views' own rules make of the constant's gradients, and nothing else
    const expected = found.gradients.map((g, i) => gradients(floats(inputs)[i]!.mul(g).sum(), [below[i]!])[0]!)
    const [got, seenBy, leavesGot] = await computed(outputs, seen, leaves)
    const [wanted] = await computed(expected)
    return [
      ...pairs('output', got, found.outputs),
      ...pairs('gradient', seenBy, found.gradients),
      ...pairs('gradient below', leavesGot, wanted),
    ]
  },
})

/** All axes of size 1 but those in `keep`: the first slice of each. */
const first = (t: Tensor, keep: (axis: number) => boolean): Tensor => t.slice(t.shape.map((_, axis) => (keep(axis) ? null : [0, 1])))
/** The inputs with the same numbers along some axes, which then can be stretched; undefined where nothing can. */
const alike =
  (keep: (axis: number, rank: number) => boolean) =>
  async (inputs: readonly Tensor[]): Promise<readonly Tensor[] | undefined> => {
    const one = (t: Tensor): Tensor => first(t, (axis) => keep(axis, t.rank))
    if (inputs.every((t) => t.size === 0 || t.shape.every((d, axis) => d === 1 || keep(axis, t.rank)))) return undefined
    return (await computed(inputs.map((t) => (t.size === 0 ? t : one(t).expand(t.shape)))))[0]
  }
const stretched = (name: string, keep: (axis: number, rank: number) => boolean): Disguise =>
  dressed(
    name,
    (t) => {
      if (t.size === 0) return [t, t]
      const small = fromData(t.value!, t.shape, t.dtype)
      return [small, first(small, (axis) => keep(axis, t.rank)).expand(t.shape)]
    },
    alike(keep),
  )

const constant = (t: Tensor): Tensor => fromData(t.value!, t.shape, t.dtype)
/** The constant of a view, whose opposite shows the numbers again. */
const known = async (inputs: readonly Tensor[], view: (t: Tensor) => Tensor): Promise<Tensor[]> => (await computed(inputs.map(view)))[0]

/** A dress whose leaf holds other numbers than the input, or in another order. */
const over = (name: string, make: (t: Tensor) => Tensor, show: (leaf: Tensor, t: Tensor) => Tensor): Disguise => ({
  name,
  async wear(c, plain, found) {
    const leaves = await known(plain, make)
    const at = new Map(plain.map((t, i) => [t, leaves[i]!]))
    return dressed(name, (t) => [at.get(t)!, show(at.get(t)!, t)]).wear(c, plain, found)
  },
})

const turn = (t: Tensor): Tensor => (t.rank < 2 ? t : t.transpose())
const reversed = (t: Tensor): number[] => t.shape.map((_, i) => t.rank - 1 - i)

/** Ways of giving inputs. */
export const inputDisguises: readonly Disguise[] = [
  stretched('stretched along the first axis', (axis) => axis !== 0),
  stretched('stretched along the last axis', (axis, rank) => axis !== rank - 1),
  stretched('stretched from one number', () => false),
  dressed('transposed twice', (t) => {
    const leaf = constant(t)
    return [leaf, turn(turn(leaf))]
  }),
  over('transposed', turn, turn),
  over(
    'with all axes the other way round',
    (t) => t.transpose(reversed(t)),
    (leaf) => leaf.transpose(reversed(leaf)),
  ),
  over(
    'reshaped',
    (t) => t.reshape([t.size]),
    (leaf, t) => leaf.reshape(t.shape),
  ),
  over(
    'sliced',
    (t) => (t.rank === 0 ? stack([t, t]) : concat([t, t, t], t.rank - 1)),
    (leaf, t) => (t.rank === 0 ? leaf.at(1) : leaf.slice(t.shape.map((d, axis) => (axis === t.rank - 1 ? [d, 2 * d] : null)))),
  ),
  dressed('a parameter', (t) => {
    const param = new Param(t.shape, () => undefined as never, { dtype: t.dtype })
    param.storage.array = t.value!
    return [param, param]
  }),
  {
    name: 'arguments of a compiled function',
    async wear(c, plain, found) {
      const f = compile((...inputs: Tensor[]) => {
        const graphs = graphsOf(c, inputs, floats(inputs))
        return { outputs: graphs.outputs, gradients: graphs.gradients }
      })
      const got = await f(...plain)
      return [...pairs('output', got.outputs, found.outputs), ...pairs('gradient', got.gradients, found.gradients)]
    },
  },
  {
    name: 'the body of a loop',
    plain: async (inputs) => (inputs.length > 0 ? inputs : undefined),
    async wear(c, plain, found) {
      const rows = await known(plain, (t) => stack([t, t]))
      const { ys } = scan(
        (carry: Tensor, xs: readonly Tensor[]) => [carry.add(1), outputsOf(c, xs)] as const,
        fromData(new Float32Array(1), [], 'f32'),
        rows,
      )
      const wrt = floats(rows)
      const score =
        c.gradient === 0 || wrt.length === 0
          ? undefined
          : scoreOf(
              ys.map((y) => y.at(1)),
              'some',
            )
      const slopes = score ? gradients(score, wrt).map((g) => g.at(1)) : []
      const [one, two, pulled] = await computed(
        ys.map((y) => y.at(0)),
        ys.map((y) => y.at(1)),
        slopes,
      )
      return [
        ...pairs('output of step 0,', one, found.outputs),
        ...pairs('output of step 1,', two, found.outputs),
        ...pairs('gradient', pulled, found.gradients),
      ]
    },
  },
  {
    name: 'a branch',
    async wear(c, plain, found) {
      const inputs = plain.map(constant)
      const yes = fromData(Float32Array.of(1), [], 'f32').greater(0)
      const outputs = cond(
        yes,
        () => outputsOf(c, inputs),
        () => outputsOf(c, inputs),
      )
      const wrt = floats(inputs)
      const score = c.gradient === 0 || wrt.length === 0 ? undefined : scoreOf(outputs, 'some')
      const [got, slopes] = await computed(outputs, score ? gradients(score, wrt) : [])
      return [...pairs('output', got, found.outputs), ...pairs('gradient', slopes, found.gradients)]
    },
  },
]

/** A view of the result: it shows the same numbers, and a score seen through it has the same gradients. */
const readThrough = (name: string, view: (y: Tensor) => Tensor): Disguise => ({
  name,
  async wear(c, plain, found) {
    const inputs = plain.map(constant)
    const graphs = graphsOf(c, inputs, floats(inputs), view)
    const [got, slopes, want] = await computed(graphs.outputs.map(view), graphs.gradients, found.outputs.map(view))
    return [...pairs('output', got, want), ...pairs('gradient', slopes, found.gradients)]
  },
})

/** Ways of reading results. */
export const resultDisguises: readonly Disguise[] = [
  readThrough('its result flattened', (y) => y.reshape([y.size])),
  readThrough('its result transposed', turn),
  readThrough('its result stretched', (y) => y.expand([1, ...y.shape])),
  readThrough('its result sliced', (y) => (y.rank === 0 ? y : y.slice([[0, null, 1]]))),
]
