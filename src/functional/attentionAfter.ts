/** Attention that goes on: new places look at those read before, whose keys and values are kept, and join them. */

import { describe, literal } from '../graph/leaf.js'
import { defineMultiOp, float } from '../graph/op.js'
import { add, mul, sub } from '../ops/elementwise/arithmetic.js'
import { and, greater, greaterEqual, less, lessEqual } from '../ops/elementwise/compare.js'
import { clamp, where } from '../ops/elementwise/select.js'
import { takeAlong } from '../ops/gather/along.js'
import { take } from '../ops/gather/take.js'
import { arange } from '../ops/move/create.js'
import { expand, reshape, transpose, unsqueeze } from '../ops/move/reshape.js'
import { split } from '../ops/move/slice.js'
import { matmul } from '../ops/products/matmul.js'
import { isFloat } from '../tensor/dtype.js'
import { DtypeError, HebbError, ShapeError } from '../tensor/errors.js'
import { showShape, sizeOf } from '../tensor/shape.js'
import type { Attrs, Tensor } from '../tensor/tensor.js'
import { capped, hidden } from './attention.js'
import { softmax } from './normal/softmax.js'
import { pad } from './pad.js'
import { turnPairs } from './turnPairs.js'

/** Keys and values of some places in one layer: k (N, G, S, W), v (N, G, S, W). */
export interface KeysValues {
  readonly k: Tensor
  readonly v: Tensor
}

/** Keys and values kept in memory that has room for more. */
export interface KeptKeysValues extends KeysValues {
  /** (N) i32: how many of the S places count; the others are not looked at, whatever finite numbers stand there */
  readonly length: Tensor
}

/** Angles of all places, of which queries and keys are turned by their own ([Su 2021]). */
export interface RotaryTables {
  /** (P, R/2): cosines of the angles of R leading numbers, P at least S; they may carry a factor */
  readonly cos: Tensor
  readonly sin: Tensor
  /** whether 2i and 2i + 1 turn together instead of i and i + R/2; default false */
  readonly interleaved?: boolean | undefined
}

/** Options of attentionAfter. */
export interface AttentionAfterOptions {
  /** factor of the scores; default 1/√D */
  readonly scale?: number | undefined
  /** how many keys a query sees at most, its own the last of them; default all before it */
  readonly window?: number | undefined
  /** scores become cap · tanh(score/cap); default as they are */
  readonly softCap?: number | undefined
  /** turns queries and keys by their places before they meet */
  readonly rotary?: RotaryTables | undefined
}

/** What attention that goes on gives. */
export interface Attended {
  /** (N, T, H, D) */
  readonly y: Tensor
  /** the kept keys and values with those of the new places behind the ones that counted, of the same shapes */
  readonly kept: KeysValues
}

interface AfterAttrs extends Attrs {
  readonly scale: number
  /** 0: none */
  readonly window: number
  /** 0: none */
  readonly softCap: number
  readonly interleaved: boolean
}

/** The width in which keys and values of D numbers are kept: the runtime's kernel takes multiples of 8. */
export const keptWidth = (width: number): number => Math.ceil(width / 8) * 8

/**
 * The places of T tokens that come after those a text has, for position vectors and rotation: length + 0 … T − 1.
 *
 * Shapes: length (N) → (N, T), or (1) → (T), which stands for the one text as well.
 *
 * @example placesAfter(tensor([7, 0], { dtype: 'i32' }), 2) // [[7, 8], [0, 1]]
 */
export const placesAfter = (length: Tensor, steps: number): Tensor =>
  add(arange(steps), length.size === 1 ? length : reshape(length, [length.size, 1]))

/** The op in a form without its kernel, with gradients: what exported models have, and every number format. */
function plainly([q, k, v, pastK, pastV, length, cos, sin]: readonly Tensor[], attrs: AfterAttrs): Tensor[] {
  const [batch, steps, heads, width] = q!.shape as readonly [number, number, number, number]
  const [, groups, places, wide] = pastK!.shape as readonly [number, number, number, number]
  const at = add(arange(steps), reshape(length!, [batch, 1]))
  const turned = (x: Tensor): Tensor => (cos ? turn(x, [cos, sin!], at, attrs.interleaved) : x)
  const byHead = (x: Tensor): Tensor => pad(transpose(x, 1, 2), [...[0, 0, 0].map(() => [0, 0] as const), [0, wide - width]])
  // place s gets new place s − length
  const from = sub(arange(places), reshape(length!, [batch, 1]))
  const isNew = reshape(and(greaterEqual(from, 0), less(from, steps)), [batch, 1, places, 1])
  const source = reshape(clamp(from, { min: 0, max: steps - 1 }), [batch, 1, places, 1])
  const joined = (past: Tensor, x: Tensor): Tensor => where(isNew, takeAlong(byHead(x), expand(source, past.shape), 2), past)
  const [keptK, keptV] = [joined(pastK!, turned(k!)), joined(pastV!, v!)]
  const rows = [batch, groups, (heads / groups) * steps, wide] as const
  const scores = capped(matmul(reshape(mul(byHead(turned(q!)), attrs.scale), rows), transpose(keptK)), attrs.softCap || undefined)
  const own = reshape(at, [batch, 1, 1, steps, 1])
  const upTo = lessEqual(arange(places), own)
  const sees = attrs.window ? and(upTo, greater(arange(places), sub(own, attrs.window))) : upTo
  const shade = where(sees, literal(0, q!.dtype), literal(hidden, q!.dtype))
  const weights = softmax(reshape(add(reshape(scores, [batch, groups, heads / groups, steps, places]), shade), scores.shape))
  const mixed = transpose(reshape(matmul(weights, keptV), [batch, heads, steps, wide]), 1, 2)
  return [wide === width ? mixed : split(mixed, [width, wide - width], 3)[0]!, keptK, keptV]
}

/** x (N, T, H, D) turned by the angles of its places at (N, T), of tables of cosines and sines. */
const turn = (x: Tensor, [cos, sin]: readonly [Tensor, Tensor], at: Tensor, interleaved: boolean): Tensor =>
  turnPairs(x, unsqueeze(take(cos, at, 0), 2), unsqueeze(take(sin, at, 0), 2), interleaved)

/** Whether the runtime's kernel takes it: one text, or one place of each. */
const isFused = ([q, , , pastK]: readonly Tensor[]): boolean =>
  pastK!.shape[3]! % 8 === 0 && (q!.shape[0] === 1 || q!.shape[1] === 1 || q!.shape[1] === pastK!.shape[2])

const after = defineMultiOp({
  name: 'attentionAfter',
  kernels: ['f32'],
  args: (inputs: readonly Tensor[], attrs: AfterAttrs) => [inputs, attrs],
  spec: ([q, , , pastK, pastV]) => [q!, pastK!, pastV!],
  inPlace: [undefined, 3, 4],
  plain: (inputs, attrs, native) => (native && isFused(inputs) ? undefined : plainly(inputs, attrs as AfterAttrs)),
  vjp: (gs, { inputs, attrs, pullback }) => pullback(plainly(inputs, attrs), gs, inputs),
  onnx: (e, [q, k, v, pastK, pastV, length, cos, sin], { scale, window, softCap, interleaved }, node) => {
    const [batch, steps, heads, width] = node.inputs[0]!.shape as readonly [number, number, number, number]
    const [, groups, places, wide] = node.inputs[3]!.shape as readonly [number, number, number, number]
    const rows = (x: string, count: number): string => {
      const wider = wide === width ? x : e('Pad', [x, e.ints([0, 0, 0, 0, 0, 0, 0, wide - width])])
      return e('Reshape', [wider, e.ints([batch, steps, count * wide])])
    }
    const last = e('Add', [length, e.scalar(steps - 1, 'i32')])
    const inputs = [rows(q!, heads), rows(k!, groups), rows(v!, groups), pastK, pastV, last, e.scalar(places, 'i32'), cos, sin]
    const [y, keptK, keptV] = e.many(
      'GroupQueryAttention',
      inputs.slice(0, cos ? 9 : 7),
      3,
      {
        num_heads: heads,
        kv_num_heads: groups,
        scale: float(scale),
        softcap: softCap ? float(softCap) : undefined,
        local_window_size: window || undefined,
        do_rotary: cos ? 1 : undefined,
        rotary_interleaved: cos && interleaved ? 1 : undefined,
      },
      'com.microsoft',
    )
    const apart = e('Reshape', [y, e.ints([batch, steps, heads, wide])])
    const narrow = (): string => e('Slice', [apart, e.ints([0]), e.ints([width]), e.ints([3])])
    return [wide === width ? apart : narrow(), keptK!, keptV!]
  },
  flops: ({ inputs: [q, , , pastK] }) => (4 * sizeOf(q!.shape) + 5 * q!.shape[1]! * q!.shape[2]!) * pastK!.shape[2]!,
})

/**
 * Causal attention of T places that come after others: each text of a batch has a past of its own length, new keys and values are written behind those that
 * count, and each new place sees all up to itself, without computing anything of the others again [Shazeer 2019]. Where a program gives the kept keys and
 * values back into the memory they came from, nothing else of them is moved.
 *
 * Shapes: q (N, T, H, D), k and v (N, T, G, D) where G divides H [Ainslie 2023], past k and v (N, G, S, W) with W = D or {@link keptWidth}(D), length (N) with
 * length + T ≤ S → y (N, T, H, D), kept as the past. A place that does not count has weight exactly 0.
 * One node of the runtime for f32, for one text or one place of each; a graph of others else. Throws ShapeError when shapes do not fit, DtypeError for
 * integers.
 *
 * @example const { y, kept } = attentionAfter(q, k, v, { k: keys, v: values, length: tensor([7], { dtype: 'i32' }) })
 */
export function attentionAfter(q: Tensor, k: Tensor, v: Tensor, past: KeptKeysValues, options: AttentionAfterOptions = {}): Attended {
  check(q, k, v, past)
  const { scale = 1 / Math.sqrt(q.shape[3]!), window = 0, softCap = 0, rotary } = options
  if (!Number.isInteger(window) || window < 0 || !(softCap >= 0))
    throw new HebbError(`attentionAfter: window ${window}, softCap ${softCap}: give a whole number of keys and a cap above 0, or none`)
  const { interleaved = false } = rotary ?? {}
  const attrs = { scale, window, softCap, interleaved }
  let [asked, found] = [q, k]
  const tables = rotary ? tablesOf(rotary, q, past.k.shape[2]!) : []
  // the kernel turns multiples of 16 numbers
  if (rotary && rotary.cos.shape[1]! % 8 !== 0) {
    const at = add(arange(q.shape[1]!), reshape(past.length, [q.shape[0]!, 1]))
    ;[asked, found] = [q, k].map((x) => turn(x, [rotary.cos, rotary.sin], at, interleaved)) as [Tensor, Tensor]
    tables.length = 0
  }
  const inputs = [asked, found, v, past.k, past.v, past.length, ...tables]
  const [y, keptK, keptV] = inputs.every((t) => t.dtype === 'f32' || !isFloat(t.dtype)) ? after(inputs, attrs) : plainly(inputs, attrs)
  return { y: y!, kept: { k: keptK!, v: keptV! } }
}

function tablesOf({ cos, sin }: RotaryTables, q: Tensor, places: number): Tensor[] {
  const [rows = 0, half = 0] = cos.shape
  if (cos.rank !== 2 || String(cos.shape) !== String(sin.shape) || rows < places || half < 1 || 2 * half > q.shape[3]!)
    throw new ShapeError(
      `attentionAfter: tables of angles ${describe(cos)}, ${describe(sin)}: give (P, R/2) each, P at least the ${places} places kept, R up to ${q.shape[3]}`,
    )
  return [cos, sin]
}

function check(q: Tensor, k: Tensor, v: Tensor, past: KeptKeysValues): void {
  const shapes = [q, k, v, past.k, past.v].map((x) => x.shape)
  const [batch, steps, heads, width] = q.shape as readonly [number, number, number, number]
  const groups = k.shape[2] ?? 0
  const [, , places = 0, wide = 0] = past.k.shape
  const fresh = [batch, steps, groups, width].join()
  const kept = [batch, groups, places, wide].join()
  const right = [[batch, steps, heads, width].join(), fresh, fresh, kept, kept]
  const fits = wide === width || wide === keptWidth(width ?? 0)
  if (q.rank !== 4 || shapes.some((s, i) => s.join() !== right[i]) || !fits || groups === 0 || heads % groups !== 0 || steps > places)
    throw new ShapeError(
      `attentionAfter: needs q (N, T, H, D), k and v (N, T, G, D), kept k and v (N, G, S, D or the next multiple of 8), G dividing H, T up to S: got ${shapes.map(showShape).join(', ')}`,
    )
  if (past.length.rank !== 1 || past.length.size !== batch || past.length.dtype !== 'i32')
    throw new ShapeError(`attentionAfter: lengths ${describe(past.length)} of the past: give (${batch}) i32, one a text`)
  for (const t of [q, k, v])
    if (!isFloat(t.dtype)) throw new DtypeError(`attentionAfter: q, k and v are fractions, not ${describe(t)}: cast them`)
}
