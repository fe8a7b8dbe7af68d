/** Sums over named axes: any product of tensors in one line of letters. */

import { describe } from '../../graph/leaf.js'
import { type Dtype, promote } from '../../tensor/dtype.js'
import type { Computed, Summed } from '../../tensor/dtypes.js'
import { HebbError, ShapeError } from '../../tensor/errors.js'
import { sizeOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { mul } from '../elementwise/arithmetic.js'
import { cast } from '../elementwise/cast.js'
import { expand, reshape, transpose } from '../move/reshape.js'
import { diagonal } from '../move/triangle.js'
import { sum } from '../reduce/sum.js'
import { matmul } from './matmul.js'

/** A tensor whose axes have names: letters, or numbers for the axes of `...` counted from the end. */
interface Named {
  readonly x: Tensor
  readonly axes: readonly string[]
}

/**
 * Σ over every axis that the result does not name, of the product of the operands. Letters before `->` name their axes, those after it the
 * result's; without `->` the result has the letters that occur once, in alphabetical order, after the axes of `...`. A letter twice in one
 * operand takes its diagonal, `...` stands for axes that broadcast, and an axis of size 1 stretches.
 * Throws HebbError for an equation that makes no sense, ShapeError when axes of one letter differ.
 *
 * @example einsum('bij,bjk->bik', a, b) // a batch of matrix products
 */
export function einsum<D extends Dtype>(equation: string, ...tensors: readonly Tensor<D>[]): Tensor<Computed[D] | Summed[D]>
export function einsum(equation: string, ...tensors: readonly Tensor[]): Tensor {
  const { inputs, output } = parse(equation, tensors)
  const dtype = tensors.map((t) => t.dtype).reduce(promote)
  const sizes = sizesOf(equation, inputs, tensors)
  const operands = tensors.map((t, i) => withoutStretched(diagonals({ x: cast(t, dtype), axes: inputs[i]! }), sizes))
  let result = operands[0]!
  for (let i = 1; i < operands.length; i++) {
    const later = new Set([...output, ...operands.slice(i + 1).flatMap((o) => o.axes)])
    result = contract(result, operands[i]!, later)
  }
  const kept = sumOut(result, (axis) => output.includes(axis))
  // axes that only operands of size 1 had
  const missing = output.filter((axis) => !kept.axes.includes(axis))
  const wide: Named = { x: reshape(kept.x, [...missing.map(() => 1), ...kept.x.shape]), axes: [...missing, ...kept.axes] }
  return expand(
    arranged(wide, output),
    output.map((axis) => sizes.get(axis)!),
  )
}

/** The names of every operand's axes and of the result's. */
function parse(equation: string, tensors: readonly Tensor[]): { inputs: string[][]; output: string[] } {
  const refuse = (why: string): never => {
    throw new HebbError(`einsum: '${equation}' ${why}`)
  }
  const [left, right, ...more] = equation.replaceAll(' ', '').split('->')
  if (more.length > 0) refuse('has more than one ->')
  const terms = left!.split(',')
  if (terms.length !== tensors.length) refuse(`names ${terms.length} operands, ${tensors.length} were given`)
  const inputs = terms.map((term, i) => {
    const letters = letterCount(term, refuse)
    const rank = tensors[i]!.rank
    const dots = term.includes('...')
    if (dots ? letters > rank : letters !== rank)
      throw new ShapeError(
        `einsum: '${term}' names ${letters} axes${dots ? ' and more' : ''} of ${describe(tensors[i]!)}, which has ${rank}`,
      )
    return named(term, rank - letters)
  })
  const dotted = Math.max(0, ...inputs.map((axes) => axes.filter((a) => !isLetter(a)).length))
  if (right !== undefined) {
    letterCount(right, refuse)
    const output = named(right, dotted)
    const known = new Set(inputs.flat())
    for (const axis of output) if (isLetter(axis) && !known.has(axis)) refuse(`has '${axis}' in the result but in no operand`)
    if (new Set(output).size !== output.length) refuse('names an axis of the result twice')
    return { inputs, output }
  }
  const all = inputs.flat()
  const once = all.filter((axis) => isLetter(axis) && all.indexOf(axis) === all.lastIndexOf(axis))
  return { inputs, output: [...named('...', dotted), ...once.sort((a, b) => (a < b ? -1 : 1))] }
}

const isLetter = (axis: string): boolean => /^[A-Za-z]$/.test(axis)

function letterCount(term: string, refuse: (why: string) => never): number {
  const letters = term.replace('...', '')
  if (/[^A-Za-z]/.test(letters)) refuse(`has '${term}': write letters, and ... at most once`)
  return letters.length
}

/** Letters one by one; `...` as numbers that count down to the axis next to the letters, so that they align at the right. */
const named = (term: string, dotted: number): string[] => {
  const [before, after] = term.split('...')
  return after === undefined ? [...term] : [...before!, ...Array.from({ length: dotted }, (_, i) => String(dotted - i)), ...after]
}

function sizesOf(equation: string, inputs: readonly (readonly string[])[], tensors: readonly Tensor[]): Map<string, number> {
  const sizes = new Map<string, number>()
  for (const [i, axes] of inputs.entries())
    for (const [k, axis] of axes.entries()) {
      const [size, before] = [tensors[i]!.shape[k]!, sizes.get(axis) ?? 1]
      if (size !== before && size !== 1 && before !== 1)
        throw new ShapeError(
          `einsum: axis '${isLetter(axis) ? axis : '...'}' of '${equation}' is ${before} and ${size}\n  inputs: ${tensors.map(describe).join(', ')}`,
        )
      if (size !== 1 || !sizes.has(axis)) sizes.set(axis, size)
    }
  return sizes
}

/** Letters that occur twice taken along the diagonal. */
function diagonals({ x, axes }: Named): Named {
  const at = axes.findIndex((axis, i) => axes.indexOf(axis) < i)
  if (at < 0) return { x, axes }
  const first = axes.indexOf(axes[at]!)
  if (x.shape[first] !== x.shape[at])
    throw new ShapeError(
      `einsum: '${axes[at]}' twice in one operand wants a square, not ${x.shape[first]} and ${x.shape[at]} of ${describe(x)}`,
    )
  const rest = axes.filter((_, i) => i !== first && i !== at)
  return diagonals({ x: diagonal(x, { axes: [first, at] }), axes: [...rest, axes[at]!] })
}

/** Axes of size 1 that another operand has longer are dropped: a factor that is the same everywhere. */
function withoutStretched({ x, axes }: Named, sizes: ReadonlyMap<string, number>): Named {
  const keep = (i: number): boolean => x.shape[i] === sizes.get(axes[i]!)
  return {
    x: reshape(
      x,
      x.shape.filter((_, i) => keep(i)),
    ),
    axes: axes.filter((_, i) => keep(i)),
  }
}

function sumOut({ x, axes }: Named, keep: (axis: string) => boolean): Named {
  const gone = axes.flatMap((axis, i) => (keep(axis) ? [] : [i]))
  return gone.length === 0 ? { x, axes } : { x: sum(x, gone), axes: axes.filter(keep) }
}

const arranged = ({ x, axes }: Named, order: readonly string[]): Tensor =>
  transpose(
    x,
    order.map((axis) => axes.indexOf(axis)),
  )

/** The product of two operands, summed over the axes they share and nobody needs later: one matrix product where there are such axes. */
function contract(first: Named, second: Named, later: ReadonlySet<string>): Named {
  const a = sumOut(first, (axis) => later.has(axis) || second.axes.includes(axis))
  const b = sumOut(second, (axis) => later.has(axis) || first.axes.includes(axis))
  const shared = a.axes.filter((axis) => b.axes.includes(axis))
  const batch = shared.filter((axis) => later.has(axis))
  const inner = shared.filter((axis) => !later.has(axis))
  const [rows, columns] = [a.axes.filter((axis) => !shared.includes(axis)), b.axes.filter((axis) => !shared.includes(axis))]
  const sizes = new Map([
    ...a.axes.map((axis, i) => [axis, a.x.shape[i]!] as const),
    ...b.axes.map((axis, i) => [axis, b.x.shape[i]!] as const),
  ])
  const shape = (...groups: readonly (readonly string[])[]): number[] =>
    groups.map((group) => sizeOf(group.map((axis) => sizes.get(axis)!)))
  const axes = [...batch, ...rows, ...columns]
  const full = axes.map((axis) => sizes.get(axis)!)
  const lead = batch.map((axis) => sizes.get(axis)!)
  if (inner.length === 0) {
    const left = reshape(arranged(a, [...batch, ...rows]), [...lead, ...shape(rows), 1])
    const right = reshape(arranged(b, [...batch, ...columns]), [...lead, 1, ...shape(columns)])
    return { x: reshape(mul(left, right), full), axes }
  }
  const left = matrix(a, batch, rows, inner)
  const right = matrix(b, batch, inner, columns)
  return { x: reshape(matmul(left, right), full), axes }

  /** (batch, rows, columns); where the axes lie the other way round the matrix is turned last, which the product does for free */
  function matrix(o: Named, lead: readonly string[], down: readonly string[], across: readonly string[]): Tensor {
    const turned = [...lead, ...across, ...down]
    const leading = lead.map((axis) => sizes.get(axis)!)
    if (down.length > 0 && across.length > 0 && turned.join() === o.axes.join())
      return transpose(reshape(o.x, [...leading, ...shape(across, down)]), -2, -1)
    return reshape(arranged(o, [...lead, ...down, ...across]), [...leading, ...shape(down, across)])
  }
}
