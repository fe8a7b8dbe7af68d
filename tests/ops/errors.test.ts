/** What ops say to inputs that do not fit: the op, the inputs, the values, and the cure. */
import { describe, expect, test } from 'vitest'
import * as hebb from '../../src/index.js'
import { tensor } from '../../src/index.js'

const x = tensor(new Float32Array(6), { shape: [2, 3] })
const ids = (...values: number[]) => tensor(values, { dtype: 'i32' })

const mistakes: readonly (readonly [string, () => unknown, string])[] = [
  ['too many ranges', () => x.slice([null, null, null]), 'slice: 3 ranges for the 2 axes of (2, 3) f32'],
  ['step 0', () => x.slice([[0, 1, 0]]), 'slice: range [0,1,0] has step 0'],
  [
    'a range that is a number',
    () => x.slice([0, 1] as never),
    'slice: the range of an axis is 0: give [start, stop, step] or null for each axis, such as x.slice([[0, 1]])',
  ],
  [
    'ranges that are numbers',
    () => x.slice(0 as never),
    'slice: the ranges are a number: give a list with one range an axis, such as x.slice([[0, 1]])',
  ],
  [
    'a range of four',
    () => x.slice([[0, 1, 2, 3] as never]),
    'slice: the range of an axis is [0,1,2,3]: give [start, stop, step] or null for each axis, such as x.slice([[0, 1]])',
  ],
  ['half an index', () => x.slice([[0.5]]), 'slice: 0.5 in range [0.5] is not a whole number'],
  ['an index outside', () => x.at(0, 3), 'at: index 3 is outside axis 1 of (2, 3) f32: give -3 to 2'],
  ['pieces that do not add up', () => x.split([1, 1], 1), 'split: pieces of (1, 1) do not add up to axis 1 of (2, 3) f32'],
  ['pieces of nothing', () => x.split(0), 'split: pieces cannot have 0 elements: give a whole number of at least 1'],
  ['nothing to join', () => hebb.concat([]), 'concat: there are no tensors to join'],
  ['joining scalars', () => hebb.concat([tensor(1)]), 'concat: scalars have no axis to join along: use stack'],
  [
    'joining what differs elsewhere',
    () => hebb.concat([x, tensor([[1, 2]])]),
    'concat: shapes differ outside axis 0\n  inputs: (2, 3) f32, (1, 2) f32',
  ],
  ['stacking what differs', () => hebb.stack([x, tensor([1])]), 'stack: shapes differ\n  inputs: (2, 3) f32, (1) f32'],
  ['an axis that is not there', () => x.flip(2), 'flip: axis 2 does not exist in a tensor of rank 2: give -2 to 1'],
  ['shifts without axes', () => x.roll([1, 2]), 'roll: 2 shifts need 2 axes'],
  ['a triangle of a vector', () => tensor([1, 2]).tril(), 'tril: (2) f32 is no matrix: it needs two axes or more'],
  ['a diagonal of one axis', () => x.diagonal({ axes: [1, -1] }), 'diagonal: axes 1 and -1 of (2, 3) f32 are the same'],
  ['a shape of fractions', () => hebb.zeros([1.5]), 'full: (1.5) is no shape: sizes are whole numbers from 0 on'],
  ['a sequence without step', () => hebb.arange(0, 5, 0), 'arange: no sequence from 0 to 5 with step 0'],
  ['a number that its integers cannot hold', () => ids(1, 2).maskedFill(tensor([true, false]), -7.5), 'tensor: -7.5 is no i32'],
  ['float ids', () => x.take(tensor([0.5])), 'take: indices are (1) f32: cast them to i32'],
  ['a table that is none', () => tensor([1, 2]).embedding(ids(0)), 'embedding: the weight (2) f32 is no table (V, D)'],
  ['a padding row outside', () => x.embedding(ids(0), { paddingIndex: 2 }), 'embedding: paddingIndex 2 is no row of (2, 3) f32'],
  [
    'ids of another rank',
    () => x.takeAlong(ids(0)),
    "takeAlong: ids need as many axes as x, and none longer than x's but axis 1\n  inputs: x (2, 3) f32, ids (1) i32",
  ],
  [
    'a source too small',
    () => x.scatterAdd(tensor([[0, 1]], { dtype: 'i32' }), tensor([[1]])),
    'scatterAdd: the source (1, 1) has no element for every id of (1, 2)',
  ],
  [
    'a source of another dtype',
    () => x.scatter(tensor([[0]], { dtype: 'i32' }), tensor([[1]], { dtype: 'f64' })),
    'scatter: x is f32, the source f64: cast one of them',
  ],
  ['no classes', () => ids(0).oneHot(0), 'oneHot: 0 is no number of classes: give 1 or more'],
  ['the largest of nothing', () => hebb.zeros([2, 0]).max(1), 'max: (2, 0) f32 is empty, which leaves nothing to make (2) from'],
  ['the place of nothing', () => hebb.zeros([0]).argmin(), 'argmin: (0) f32 is empty, which leaves nothing to make () from'],
  ['an axis twice', () => x.sum([1, -1]), 'sum: axes (1, 1) name one axis twice'],
  ['more than there are', () => x.topK(4), 'topK: axis -1 of (2, 3) f32 has only 3, not 4'],
  ['a NaN norm', () => x.norm(0, { order: Number.NaN }), 'norm: the order is NaN'],
  ['an operand missing', () => hebb.einsum('ij,jk->ik', x), "einsum: 'ij,jk->ik' names 2 operands, 1 were given"],
  ['a letter from nowhere', () => hebb.einsum('ij->ik', x), "einsum: 'ij->ik' has 'k' in the result but in no operand"],
  ['too many letters', () => hebb.einsum('ijk', x), "einsum: 'ijk' names 3 axes of (2, 3) f32, which has 2"],
  ['no letters', () => hebb.einsum('i1', x), "einsum: 'i1' has 'i1': write letters, and ... at most once"],
  [
    'letters of two sizes',
    () => hebb.einsum('ij,ij', x, x.transpose()),
    "einsum: axis 'i' of 'ij,ij' is 2 and 3\n  inputs: (2, 3) f32, (3, 2) f32",
  ],
  ['matrices as vectors', () => x.dot(x), 'dot: needs two vectors\n  inputs: (2, 3) f32, (2, 3) f32'],
  [
    'inner axes that differ',
    () => x.matmul(x),
    'matmul: inner axes differ: 3 and 2\n  inputs: (2, 3) f32, (2, 3) f32; did you mean the second one transposed?',
  ],
  [
    'a range that is none',
    () => x.at('1-2:' as ':'),
    "at: index '1-2:' is no range: write 'start:stop:step' as in Python, ':' for a whole axis, '...' for all that are left",
  ],
  ['a range with step 0', () => x.at('::0'), "at: range '::0' has step 0"],
  ['two ellipses', () => x.at('...', '...'), "at: '...' stands twice in one index: which axes it means is open"],
  ['a fraction in a list', () => x.at([0, 0.5]), 'at: 0.5 in a list of 2 is no index: give whole numbers, or booleans alone'],
  ['booleans among numbers', () => x.at([0, true]), 'at: true in a list of 2 is no index: give whole numbers, or booleans alone'],
  ['a list with an index outside', () => x.at(':', [0, 3]), 'at: index 3 is outside axis 1 of (2, 3) f32: give -3 to 2'],
  [
    'lists of two lengths',
    () => x.at([0, 1], [0, 1, 2]),
    'at: places of shapes (2), (3) for (2, 3) f32 do not broadcast: give lists of one length, or axes of size 1',
  ],
  [
    'a mask of another size',
    () => x.at([true, false, true]),
    'at: a mask (3) bool does not fit axes 0 on of (2, 3) f32: its sizes must be theirs',
  ],
  ['too many to write to', () => x.indexPut([0, 0, 0], 1), 'indexPut: 3 indices for the 2 axes of (2, 3) f32'],
  [
    'values that do not broadcast',
    () => x.indexPut([0], tensor([1, 2])),
    'indexPut: values (2) f32 do not broadcast to the places, which are (3)',
  ],
  ['values of another dtype', () => x.indexPut([0], ids(1)), 'indexPut: x is f32, the values i32: cast one of them'],
  [
    'a source that does not fit',
    () => x.indexAdd(ids(0, 1, 0), x),
    'indexAdd: ids are a list, and the source has one slice along axis 0 for each\n  inputs: x (2, 3) f32, ids (3) i32, source (2, 3) f32',
  ],
  [
    'a mask of numbers',
    () => x.maskedScatter(x, x),
    'maskedScatter: the mask is (2, 3) f32, not bool: compare it first, as in x.greater(0)',
  ],
  ['a size that is none', () => x.nonzero({ size: -1 }), 'nonzero: size -1 is no count: give a whole number from 0 on'],
  [
    'a reduction that is none',
    () => x.scatterReduce(x.cast('i32'), x, 'amax' as 'max'),
    "scatterReduce: 'amax' is no reduction: give 'sum', 'prod', 'mean', 'max' or 'min'",
  ],
  [
    'rows for other rows',
    () => hebb.searchSorted(x, tensor([[1]])),
    'searchSorted: leading axes differ\n  inputs: sorted (2, 3) f32, values (1, 1) f32',
  ],
  ['no bins', () => x.histogram(0), 'histogram: 0 is no number of bins: give 1 or more, or the edges'],
  ['a range backward', () => x.histogram(3, { range: [2, 1] }), 'histogram: range 2 to 1 is none: give two numbers in order'],
  ['a share above 1', () => x.quantile(1.5), 'quantile: 1.5 is no share: give numbers from 0 to 1'],
  ['the median of no integers', () => hebb.zeros([0], { dtype: 'i32' }).median(), 'median: (0) i32 has nothing to put in order'],
  ['a place that is not there', () => x.kthValue(4), 'kthValue: axis -1 of (2, 3) f32 has no 4. element: it has 3'],
  ['the largest of nothing but NaN', () => hebb.zeros([2, 0]).nanMax(1), 'nanMax: (2, 0) f32 has nothing to choose from along axis 1'],
  ['bits of fractions', () => x.bitwiseAnd(1), 'bitwiseAnd: f32 has fractions: cast it to i32 or i64'],
  [
    'weights that do not fit',
    () => x.average(0, { weights: tensor([1, 2, 3]) }),
    "average: weights have x's shape, or are one for each place of one axis\n  inputs: x (2, 3) f32, weights (3) f32",
  ],
  [
    'rows of two lengths',
    () => x.cdist(tensor([[1, 2]])),
    'cdist: needs rows of one length, (…, P, D) and (…, R, D)\n  inputs: (2, 3) f32, (1, 2) f32',
  ],
  ['a norm of NaN', () => x.cdist(x, { order: Number.NaN }), 'cdist: order NaN is no p of a norm: give 0, 1, 2, ∞ or any number above 0'],
  ['axes for fewer places', () => x.movedim([0, 1], [0]), 'movedim: 2 axes for 1 places'],
  ['sizes that do not multiply', () => x.unflatten(1, [2, 2]), 'unflatten: sizes (2, 2) do not multiply to 3, axis 1 of (2, 3) f32'],
  [
    'axes that do not meet',
    () => x.tensordot(x, 1),
    'tensordot: axes (1) and (0) do not meet in pairs of one size\n  inputs: (2, 3) f32, (2, 3) f32',
  ],
  [
    'counts for other elements',
    () => x.repeat([1, 2], 1),
    'repeat: 2 counts for the 3 elements along axis 1 of (2, 3) f32; tile(x, counts) lays x side by side',
  ],
  ['a name of before', () => Reflect.get(x, 'amax'), 'amax is no longer a name of Tensor: it is max'],
  [
    'places of the largest as a field',
    () => Reflect.get(x.max(1), 'indices'),
    'indices is no longer a name of Tensor: max and min give the numbers themselves; argmax and argmin say where they are, topK(1) both',
  ],
]

describe('messages', () => {
  for (const [name, attempt, message] of mistakes)
    test(name, () => {
      let said = 'nothing'
      try {
        attempt()
      } catch (e) {
        said = e instanceof hebb.HebbError ? e.message : `not a HebbError: ${String(e)}`
      }
      expect(said).toBe(message)
    })
})

describe('ids outside fail when the graph runs', () => {
  const outside = /: index -?\d+ is outside/
  test.each([
    ['take', () => x.take(ids(2))],
    ['take, negative', () => x.take(ids(-3))],
    ['embedding', () => x.embedding(ids(7))],
    ['oneHot', () => ids(3).oneHot(3)],
    ['takeAlong', () => x.takeAlong(tensor([[3]], { dtype: 'i32' }))],
    ['at', () => x.at(ids(2).add(0), ids(0).add(0))],
    ['indexAdd', () => tensor([1, 2]).indexAdd(ids(2), tensor([1]))],
    ['maskedScatter', () => tensor([1, 2]).maskedScatter(tensor([true, true]), tensor([1]))],
    ['scatterAdd', () => x.scatterAdd(tensor([[5]], { dtype: 'i32' }), 1)],
  ] as const)('%s', async (_, make) => {
    await expect(make().data()).rejects.toThrow(outside)
  })
})
