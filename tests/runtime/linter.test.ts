/** The linter of emitted models finds each kind of fault it is for, also inside loops and branches. */
import { expect, test } from 'vitest'
import { defineOp, type Emit } from '../../src/graph/op.js'
import { cond, scan, type Tensor, tensor, zeros } from '../../src/index.js'
import { dtypes } from '../../src/tensor/dtype.js'
import { lint } from './linter.js'

/** An op whose lowering is written here; its result has the first input's shape. */
let made = 0
const op = (onnx: (e: Emit, inputs: readonly string[]) => string): ((...inputs: Tensor[]) => Tensor) =>
  defineOp({
    name: `test.emitted${made++}`,
    kernels: dtypes,
    empty: () => undefined,
    args: (...inputs: Tensor[]) => [inputs, {}],
    spec: ([x]) => x!,
    onnx,
  })

const x = tensor([[1, 2]])
const whole = tensor([[1, 2]], { dtype: 'i32' })
const divided = op((e, [a, b]) => e('Div', [a, b]))
const named = op((e, [a]) => e('Reshape', [a, e.ints([0, 2])]))
const multiplied = op((e, [a, b, c]) => e('Add', [a, e('MatMul', [b, c])]))

test.each([
  ['a clean model', [x.mul(2).matmul(x.transpose())], []],
  [
    'integers divided by what may be 0',
    [divided(whole, whole.mul(2))],
    [/^Div \(test.emitted0_1\) divides integers by what may be 0 or -1$/],
  ],
  ['the library divides by what cannot be', [whole.floorDiv(whole), whole.mod(whole), whole.mod(-1)], []],
  ['a size copied', [named(x)], [/copies a size by 0/]],
  ['a product without an inner axis', [multiplied(x, zeros([1, 0]).mul(1), zeros([0, 2]).mul(1))], [/reads an empty constant/]],
  ['no kernel for a dtype', [op((e, [a]) => e('Sin', [a]))(whole)], [/^refused: .*tensor\(int32\)/]],
  [
    'a kernel that is not implemented',
    [op((e, [a]) => e('Erf', [a]))(x.cast('f64'))],
    [/^refused: Could not find an implementation for Erf/],
  ],
  [
    'another shape than declared',
    [op((e, [a]) => e('Transpose', [a], { perm: [1, 0] }))(x)],
    [/o0 should be \(1, 2\) float32 and is \(2, 1\)/],
  ],
  ['another dtype than declared', [op((e, [a]) => e.cast(a!, 'f64'))(x)], [/o0 should be \(1, 2\) float32 and is \(1, 2\) float64/]],
  [
    'inside a loop',
    [scan((c: Tensor, row: Tensor) => [divided(c, row), []], tensor([1, 2], { dtype: 'i32' }), whole).carry],
    [/^in Scan .*divides/],
  ],
  [
    'inside a branch, of a value from outside',
    [
      cond(
        x.sum().greater(0),
        () => divided(whole, whole.mul(2)),
        () => whole,
      ),
    ],
    [/^in If .*divides/],
  ],
] as const)('%s', async (_, outputs, complaints) => {
  for (const form of ['native', 'exported'] as const) {
    const found = await lint(outputs, form)
    expect(found.length, found.join('\n')).toBe(complaints.length)
    for (const [i, pattern] of complaints.entries()) expect(found[i]).toMatch(pattern)
  }
})
