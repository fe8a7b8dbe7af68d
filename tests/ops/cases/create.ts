/** Tensors made from nothing. */
import { arange, eye, full, linspace, ones, zeros } from '../../../src/ops/index.js'
import type { Tensor } from '../../../src/tensor/tensor.js'
import type { Case, Grid, Row } from '../row.js'

const constant = (name: string, call: () => Tensor, want: Grid): Case => ({
  name,
  inputs: () => [],
  call,
  reference: () => want,
  gradient: 0,
  tolerance: { rtol: 1e-6 },
})
const made = (...data: number[]): Grid => ({ shape: [data.length], data })

export const rows: readonly Row[] = [
  {
    name: 'zeros',
    covers: [],
    cases: [constant('i64', () => zeros([2, 2], { dtype: 'i64' }), { shape: [2, 2], data: [0, 0, 0, 0] })],
    large: { inputs: () => [], call: () => zeros([300, 400]) },
  },
  {
    name: 'ones',
    covers: [],
    cases: [constant('booleans', () => ones([2], { dtype: 'bool' }), made(1, 1))],
    large: { inputs: () => [], call: () => ones([300, 400]) },
  },
  {
    name: 'full',
    covers: [],
    cases: [
      constant('infinity', () => full([2], Number.NEGATIVE_INFINITY), made(Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY)),
      constant('empty', () => full([0, 2], 3), { shape: [0, 2], data: [] }),
    ],
    large: { inputs: () => [], call: () => full([300, 400], 7) },
  },
  {
    name: 'arange',
    cases: [
      constant('counting', () => arange(5), made(0, 1, 2, 3, 4)),
      constant('backward', () => arange(5, 0, -2), made(5, 3, 1)),
      constant('fractions', () => arange(0, 1, 0.3), made(0, 0.3, 0.6, 0.9)),
      constant('i64 from a start', () => arange(2, 8, 3, { dtype: 'i64' }), made(2, 5)),
      constant('nothing', () => arange(3, 3), { shape: [0], data: [] }),
    ],
    large: { inputs: () => [], call: () => arange(100_000) },
  },
  {
    name: 'linspace',
    covers: [],
    cases: [
      constant('both ends', () => linspace(-1, 2, 7), made(-1, -0.5, 0, 0.5, 1, 1.5, 2)),
      constant('one point', () => linspace(3, 9, 1), made(3)),
      constant('none', () => linspace(3, 9, 0), { shape: [0], data: [] }),
    ],
    large: { inputs: () => [], call: () => linspace(0, 100_000, 100_001) },
  },
  {
    name: 'eye',
    covers: [],
    cases: [constant('wide', () => eye(2, 3), { shape: [2, 3], data: [1, 0, 0, 0, 1, 0] })],
    large: { inputs: () => [], call: () => eye(300) },
  },
]
