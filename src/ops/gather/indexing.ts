/** An index as people write it, read into cuts, new axes and tensors of places: what `at` and `indexPut` share. */
import { describe } from '../../graph/leaf.js'
import { DtypeError, HebbError, ShapeError } from '../../tensor/errors.js'
import { flatten, type Nested } from '../../tensor/nested.js'
import { type Shape, sameShape, showShape } from '../../tensor/shape.js'
import { fromData, Tensor, tensor } from '../../tensor/tensor.js'
import { indexOn, type Range } from '../move/ranges.js'
import { indices } from './ids.js'

/**
 * One item of an index, as NumPy and PyTorch write them: a number (its axis disappears; negative ones count from the end), a range as text
 * (`'1:3'`, `'::-1'`, `':'` for the whole axis), `'...'` for all axes that are left, `null` for a new axis of size 1, whole numbers as nested
 * lists or a tensor (one element for each, in its shape), booleans as nested lists or a tensor (the elements where they are true).
 */
export type Index = number | '...' | `${string}:${string}` | null | boolean | readonly Nested[] | Tensor

/** What becomes of one axis of the result before places are taken: cut from axis `from`, dropped, new, or looked up in `places`. */
export interface Item {
  /** the axis of x; undefined for new axes */
  readonly from: number | undefined
  readonly range: Range
  /** whether the axis, then of size 1, disappears */
  readonly dropped: boolean
  readonly places: Tensor | undefined
}

const ranges = /^\s*(-?\d*)\s*:\s*(-?\d*)\s*(?::\s*(-?\d*)\s*)?$/

function rangeOf(op: string, text: string): Range {
  const found = ranges.exec(text)
  if (!found || found.slice(1).includes('-'))
    throw new HebbError(
      `${op}: index '${text}' is no range: write 'start:stop:step' as in Python, ':' for a whole axis, '...' for all that are left`,
    )
  const [start, stop, step] = found.slice(1).map((n) => (n === undefined || n === '' ? null : Number(n)))
  if (step === 0) throw new HebbError(`${op}: range '${text}' has step 0`)
  return [start, stop, step]
}

/** Lists and tensors of an index as tensors: booleans, or whole numbers as i32 or i64. */
function tensorOf(op: string, index: boolean | readonly Nested[] | Tensor): Tensor {
  if (index instanceof Tensor) return index.dtype === 'bool' ? index : indices(index, op)
  const { values, shape } = flatten(index)
  if (values.length === 0) return fromData(new Int32Array(0), shape, 'i32')
  if (values.every((v) => typeof v === 'boolean')) return tensor(index, { dtype: 'bool' })
  const wrong = values.find((v) => typeof v === 'boolean' || !Number.isInteger(Number(v)))
  if (wrong !== undefined)
    throw new DtypeError(`${op}: ${String(wrong)} in a list of ${values.length} is no index: give whole numbers, or booleans alone`)
  return tensor(index, { dtype: values.some((v) => typeof v === 'bigint') ? 'i64' : 'i32' })
}

/** Where a mask is true, one list of places for each of its axes. */
export function truePlaces(mask: ArrayLike<number | bigint>, shape: Shape): Tensor[] {
  const flat: number[] = []
  for (let i = 0; i < mask.length; i++) if (Number(mask[i]) !== 0) flat.push(i)
  let step = mask.length
  return shape.map((size) => {
    step = size === 0 ? 0 : step / size
    const own = step
    return fromData(
      Int32Array.from(flat, (i) => Math.floor(i / own) % size),
      [flat.length],
      'i32',
    )
  })
}

function checkMask(op: string, x: Tensor, mask: Tensor, axis: number): void {
  if (!sameShape(mask.shape, x.shape.slice(axis, axis + mask.rank)))
    throw new ShapeError(`${op}: a mask ${describe(mask)} does not fit axes ${axis} on of ${describe(x)}: its sizes must be theirs`)
  if (!mask.value)
    throw new HebbError(
      `${op}: how many of the mask ${describe(mask)} are true is not known while the graph is built, and shapes are fixed: await mask.data() ` +
        `before, or await maskedSelect(x, mask); inside a compiled function give the size: nonzero(mask, { size }), or use where(mask, x, 0)`,
    )
}

function checkPlaces(op: string, x: Tensor, ids: Tensor, axis: number): void {
  const size = x.shape[axis]!
  if (size === 0 && ids.size > 0) indexOn(x, axis, 0, op)
  for (const id of ids.value ?? []) indexOn(x, axis, Number(id), op)
}

const used = (index: Index | Tensor): number =>
  index === null || index === '...' ? 0 : index instanceof Tensor && index.dtype === 'bool' ? index.rank : 1

/**
 * The items of an index, one for every axis of x and every new one.
 * Throws ShapeError for too many and for places outside, DtypeError for what is no index, HebbError for masks without values.
 */
export function itemsOf(op: string, x: Tensor, index: readonly Index[]): Item[] {
  const list = index.map((i) =>
    typeof i === 'boolean' || Array.isArray(i) || i instanceof Tensor ? tensorOf(op, i as boolean) : (i as Index),
  )
  const taken = list.reduce<number>((n, i) => n + used(i), 0)
  if (list.filter((i) => i === '...').length > 1) throw new HebbError(`${op}: '...' stands twice in one index: which axes it means is open`)
  if (taken > x.rank) throw new ShapeError(`${op}: ${taken} indices for the ${x.rank} axes of ${describe(x)}`)
  if (!list.includes('...')) list.push('...')
  const items: Item[] = []
  let axis = 0
  for (const i of list) {
    if (i === '...')
      for (const end = axis + x.rank - taken; axis < end; axis++) items.push({ from: axis, range: null, dropped: false, places: undefined })
    else if (i === null) items.push({ from: undefined, range: null, dropped: false, places: undefined })
    else if (typeof i === 'number') {
      const place = indexOn(x, axis, i, op)
      items.push({ from: axis++, range: [place, place + 1], dropped: true, places: undefined })
    } else if (typeof i === 'string') items.push({ from: axis++, range: rangeOf(op, i), dropped: false, places: undefined })
    else {
      const t = i as Tensor
      if (t.dtype !== 'bool') {
        checkPlaces(op, x, t, axis)
        items.push({ from: axis++, range: null, dropped: false, places: t })
        continue
      }
      checkMask(op, x, t, axis)
      // one boolean by itself keeps or drops a new axis
      if (t.rank === 0)
        items.push({
          from: undefined,
          range: null,
          dropped: false,
          places: fromData(new Int32Array(Number(t.value![0])), [Number(t.value![0])], 'i32'),
        })
      for (const places of truePlaces(t.value!, t.shape)) items.push({ from: axis++, range: null, dropped: false, places })
    }
  }
  return items
}

/** Message for shapes of places that do not broadcast. */
export const showPlaces = (ids: readonly Tensor[]): string => ids.map((t) => showShape(t.shape)).join(', ')
