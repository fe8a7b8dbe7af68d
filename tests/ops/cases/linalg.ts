/** Products of matrices and vectors. */
import { dot, einsum, linear, matmul, outer, trace } from '../../../src/ops/index.js'
import { empty, of, some, whole } from '../examples.js'
import { common, get, grid, sizeOf, total } from '../reference.js'
import type { Case, Grid, Row } from '../row.js'

/** Rows times columns; vectors count as a row on the left and a column on the right. */
function product(a: Grid, b: Grid): Grid {
  const left: Grid = a.shape.length === 1 ? { shape: [1, ...a.shape], data: a.data } : a
  const right: Grid = b.shape.length === 1 ? { shape: [...b.shape, 1], data: b.data } : b
  const inner = left.shape.at(-1)!
  const rest = (g: Grid): Grid => ({ shape: g.shape.slice(0, -2), data: [] })
  const full = grid([...common(rest(left), rest(right)), left.shape.at(-2)!, right.shape.at(-1)!], (i) => {
    const [lead, r, c] = [i.slice(0, -2), i.at(-2)!, i.at(-1)!]
    return total(Array.from({ length: inner }, (_, k) => get(left, [...lead, r, k]) * get(right, [...lead, k, c])))
  })
  const shape = full.shape.filter(
    (_, i) => !(i === full.shape.length - 2 && a.shape.length === 1) && !(i === full.shape.length - 1 && b.shape.length === 1),
  )
  return { shape, data: full.data }
}
const productCase = (a: readonly number[], b: readonly number[], more: Partial<Case> = {}): Case => ({
  name: `(${a.join(', ')}) by (${b.join(', ')})`,
  inputs: () => [sizeOf(a) ? some(a) : empty(a), sizeOf(b) ? some(b, { seed: 2 }) : empty(b)],
  call: (x, y) => matmul(x, y),
  reference: (x, y) => product(x!, y!),
  ...(sizeOf(a) * sizeOf(b) === 0 && { gradient: 0 as const }),
  ...more,
})

/** Every index of every letter, one by one. */
function summed(equation: string, ...xs: readonly Grid[]): Grid {
  const [left, right] = equation.split('->') as [string, string]
  const terms = left.split(',')
  const sizes = new Map<string, number>()
  for (const [i, term] of terms.entries())
    for (const [k, letter] of [...term].entries()) sizes.set(letter, Math.max(sizes.get(letter) ?? 1, xs[i]!.shape[k]!))
  const inner = [...sizes.keys()].filter((letter) => !right.includes(letter))
  const at = (place: ReadonlyMap<string, number>): number =>
    terms.reduce(
      (p, term, i) =>
        p *
        get(
          xs[i]!,
          [...term].map((letter) => place.get(letter)!),
        ),
      1,
    )
  return grid(
    [...right].map((letter) => sizes.get(letter)!),
    (i) => {
      const over = grid(
        inner.map((letter) => sizes.get(letter)!),
        (k) => at(new Map([...[...right].map((l, n) => [l, i[n]!] as const), ...inner.map((l, n) => [l, k[n]!] as const)])),
      )
      return total(over.data)
    },
  )
}
const einsumCase = (equation: string, ...shapes: readonly (readonly number[])[]): Case => ({
  name: equation,
  inputs: () => shapes.map((s, i) => some(s, { seed: i + 1 })),
  call: (...x) => einsum(equation, ...x),
  reference: (...x) => summed(equation, ...x),
})
/** An equation that is short for another one. */
const shortFor = (equation: string, long: string, ...shapes: readonly (readonly number[])[]): Case => ({
  ...einsumCase(equation, ...shapes),
  reference: (...x) => summed(long, ...x),
})

export const rows: readonly Row[] = [
  {
    name: 'matmul',
    cases: [
      productCase([4], [4]),
      productCase([3, 4], [4]),
      productCase([4], [4, 2]),
      productCase([3, 4], [4, 5]),
      productCase([2, 3, 4], [2, 4, 5]),
      productCase([2, 3, 4], [4, 5]),
      productCase([3, 4], [2, 4, 5]),
      productCase([2, 1, 3, 4], [5, 4, 2]),
      productCase([4], [2, 4, 3]),
      productCase([2, 3, 4], [4]),
      productCase([1, 1], [1, 1]),
      productCase([1, 7], [7, 1]),
      productCase([0, 3], [3, 2]),
      productCase([2, 0], [0, 3]),
      productCase([2, 0, 3], [3, 2]),
      {
        name: 'transposed on both sides',
        inputs: () => [some([2, 4, 3]), some([2, 5, 4], { seed: 2 })],
        call: (a, b) => matmul(a.transpose(), b.transpose()),
        reference: (a, b) => summed('bji,bkj->bik', a!, b!),
      },
      {
        name: 'a transposed batch by a matrix',
        inputs: () => [some([2, 4, 3]), some([5, 4], { seed: 2 })],
        call: (a, b) => matmul(a.transpose(), b.transpose()),
        reference: (a, b) => summed('bji,kj->bik', a!, b!),
      },
      {
        name: 'extremes',
        inputs: () => [
          of([
            [1e4, Number.NaN],
            [1, Number.POSITIVE_INFINITY],
            [-1e4, 2],
          ]),
          of([[1e4], [1]]),
        ],
        call: (a, b) => matmul(a, b),
        reference: (a, b) => product(a!, b!),
        gradient: 0,
      },
      {
        name: 'i32',
        inputs: () => [whole([2, 3], { dtype: 'i32' }), whole([3, 2], { dtype: 'i32', seed: 2 })],
        call: (a, b) => matmul(a, b),
        reference: (a, b) => product(a!, b!),
        gradient: 0,
      },
    ],
    large: { inputs: () => [whole([8, 100, 70]), whole([8, 70, 90], { seed: 2 })], call: (a, b) => matmul(a, b) },
  },
  {
    name: 'linear',
    covers: [],
    cases: [
      {
        name: 'with a bias',
        inputs: () => [some([3, 4]), some([2, 4], { seed: 2 }), some([2], { seed: 3 })],
        call: (x, w, b) => linear(x, w, b),
        reference: (x, w, b) => grid([3, 2], ([n, o]) => get(summed('ni,oi->no', x!, w!), [n!, o!]) + get(b!, [o!])),
      },
      {
        name: 'a batch of sequences',
        inputs: () => [some([2, 3, 4]), some([2, 4], { seed: 2 })],
        call: (x, w) => linear(x, w),
        reference: (x, w) => summed('bti,oi->bto', x!, w!),
      },
      {
        name: 'one row',
        inputs: () => [some([4]), some([2, 4], { seed: 2 })],
        call: (x, w) => linear(x, w),
        reference: (x, w) => summed('i,oi->o', x!, w!),
      },
    ],
    large: { inputs: () => [whole([400, 70]), whole([90, 70], { seed: 2 }), whole([90], { seed: 3 })], call: (x, w, b) => linear(x, w, b) },
  },
  {
    name: 'einsum',
    covers: [],
    cases: [
      einsumCase('ij,jk->ik', [3, 4], [4, 2]),
      einsumCase('ji,kj->ik', [4, 3], [2, 4]),
      einsumCase('bihd,bjhd->bhij', [2, 3, 2, 4], [2, 5, 2, 4]),
      einsumCase('bhij,bjhd->bihd', [2, 2, 3, 5], [2, 5, 2, 4]),
      einsumCase('abcd,cdef->abef', [2, 2, 3, 2], [3, 2, 2, 4]),
      einsumCase('i,j->ij', [3], [4]),
      einsumCase('i,i->', [3], [3]),
      einsumCase('i,->i', [3], []),
      einsumCase('ij->ji', [2, 3]),
      einsumCase('ij->', [2, 3]),
      einsumCase('ii->i', [4, 4]),
      einsumCase('iji->j', [3, 2, 3]),
      einsumCase('ij,kl->', [2, 3], [4, 2]),
      einsumCase('ij,jk,ki->i', [2, 3], [3, 2], [2, 2]),
      einsumCase('aij,ajk,ikl->al', [2, 3, 4], [2, 4, 2], [3, 2, 5]),
      einsumCase('ij,jk->ik', [3, 1], [4, 2]),
      einsumCase('ij,j->i', [1, 3], [3]),
      shortFor('ij , jk', 'ij,jk->ik', [3, 4], [4, 2]),
      shortFor('ba', 'ba->ab', [2, 3]),
      shortFor('ii', 'ii->', [3, 3]),
      shortFor('...ij,jk->...ik', 'abij,jk->abik', [2, 2, 3, 4], [4, 2]),
      shortFor('i...,i...->...', 'iab,iab->ab', [2, 3, 2], [2, 3, 2]),
      shortFor('b...i,...i->b...', 'bai,ai->ba', [2, 3, 4], [3, 4]),
      shortFor('...i,...i', 'bai,ai->ba', [2, 3, 4], [3, 4]),
    ],
    large: { inputs: () => [whole([8, 50, 4, 20]), whole([8, 50, 4, 20], { seed: 2 })], call: (a, b) => einsum('bihd,bjhd->bhij', a, b) },
  },
  {
    name: 'dot',
    covers: [],
    cases: [
      {
        name: 'two vectors',
        inputs: () => [some([5]), some([5], { seed: 2 })],
        call: (a, b) => dot(a, b),
        reference: (a, b) => summed('i,i->', a!, b!),
      },
    ],
    large: { inputs: () => [whole([100_000]), whole([100_000], { seed: 2 })], call: (a, b) => dot(a, b) },
  },
  {
    name: 'outer',
    covers: [],
    cases: [
      {
        name: 'two vectors',
        inputs: () => [some([5]), some([3], { seed: 2 })],
        call: (a, b) => outer(a, b),
        reference: (a, b) => summed('i,j->ij', a!, b!),
      },
    ],
    large: { inputs: () => [whole([300]), whole([400], { seed: 2 })], call: (a, b) => outer(a, b) },
  },
  {
    name: 'trace',
    covers: [],
    cases: [
      {
        name: 'a batch that is not square',
        inputs: () => [some([2, 3, 4])],
        call: (x) => trace(x),
        reference: (x) => grid([2], ([b]) => total([0, 1, 2].map((i) => get(x!, [b!, i, i])))),
      },
    ],
    large: { inputs: () => [whole([10, 100, 100])], call: (x) => trace(x) },
  },
]
