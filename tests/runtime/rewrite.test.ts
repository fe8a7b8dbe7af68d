import { fromBinary } from '@bufbuild/protobuf'
import { ModelProtoSchema } from 'onnx-buf'
import { describe, expect, test } from 'vitest'
import { gradients } from '../../src/autodiff/grad.js'
import { placeholder } from '../../src/graph/leaf.js'
import { defineOp } from '../../src/graph/op.js'
import {
  add,
  batchNorm,
  compile,
  conv,
  DtypeError,
  div,
  equal,
  expand,
  grad,
  interpolate,
  jacobian,
  layerNorm,
  linear,
  matmul,
  ones,
  pad,
  ShapeError,
  sub,
  type Tensor,
  tensor,
  where,
  zeros,
} from '../../src/index.js'
import { lower } from '../../src/runtime/onnx/lower.js'
import { Rewriter } from '../../src/runtime/onnx/rewrite.js'

/** The ONNX nodes that outputs become, by type. */
function nodesOf(outputs: readonly Tensor[], inputs: readonly Tensor[] = [], native = true): string[] {
  const bytes = lower(
    inputs.map((t, i) => ({ tensor: t, name: `x${i}` })),
    outputs.map((t, i) => ({ tensor: t, name: `y${i}` })),
    { native },
  )
  return fromBinary(ModelProtoSchema, bytes).graph!.node.map((n) => n.opType)
}
const values = async (t: Tensor): Promise<number[]> => Array.from(await t.data(), Number)

describe('stretched operands', () => {
  test('two of them keep their shape', async () => {
    const sum = add(ones([3]), ones([3]))
    expect(sum.shape).toEqual([3])
    expect(await values(sum)).toEqual([2, 2, 2])
    const same = equal(zeros([2, 2]), zeros([2, 2]))
    expect([same.shape, await values(same)]).toEqual([
      [2, 2],
      [1, 1, 1, 1],
    ])
    const chosen = where(expand(tensor([true]), [2]), expand(tensor([1]), [2]), expand(tensor([2]), [2]))
    expect([chosen.shape, await values(chosen)]).toEqual([[2], [1, 1]])
  })

  test('gradients are those of the program as it was written', async () => {
    const squares = (x: Tensor): Tensor => {
      const y = expand(x, [3])
      return y.mul(y)
    }
    expect(await values(grad((x: Tensor) => squares(x).sum())(tensor([2])))).toEqual([12])
    expect(await values(jacobian(squares)(tensor([2])))).toEqual([4, 4, 4])
    const statistics = { runningMean: zeros([2]), runningVariance: ones([2]), eps: 0 }
    const scaled = (w: Tensor): Tensor =>
      batchNorm(
        tensor([
          [1, 2],
          [3, 5],
        ]),
        { weight: expand(w, [2]), ...statistics },
      ).y.sum()
    expect(await values(grad(scaled)(tensor([2])))).toEqual([11])
  })

  test('are not stretched for a kernel that does it by itself', () => {
    const [x, row] = [placeholder([4, 3], 'f32'), placeholder([3], 'f32')]
    expect(nodesOf([x.mul(expand(row, [4, 3]))], [x, row])).toEqual(['Mul'])
    // one of two has to be
    expect(nodesOf([expand(row, [4, 3]).mul(expand(row, [4, 3]))], [row])).toEqual(['Expand', 'Mul'])
  })
})

describe('transposes around products', () => {
  const [x, w] = [placeholder([4, 3], 'f32'), placeholder([5, 3], 'f32')]
  test('become flags, forward and backward', () => {
    expect(nodesOf([x.matmul(w.transpose())], [x, w])).toEqual(['Gemm'])
    const nodes = nodesOf(gradients(x.matmul(w.transpose()).square().sum(), [x, w]), [x, w])
    expect(nodes).not.toContain('Transpose')
  })
  test('stay where the product itself is read too', () => {
    const product = x.matmul(w.transpose())
    expect(nodesOf([product.exp(), product.transpose()], [x, w]).sort()).toEqual(['Exp', 'Gemm', 'Transpose'])
    expect(nodesOf([product.transpose()], [x, w])).toEqual(['Gemm'])
  })
  test('of a product with a bias stay', async () => {
    const y = linear(
      tensor([[1, 2]]),
      tensor([
        [3, 4],
        [5, 6],
      ]),
      tensor([100, 1000]),
    ).transpose()
    expect([y.shape, await values(y)]).toEqual([
      [2, 1],
      [111, 1017],
    ])
  })
})

describe('what is empty', () => {
  test('never reaches a kernel', () => {
    const x = placeholder([2, 2, 0], 'f32')
    expect(nodesOf([x.matmul(zeros([0, 3]))], [x])).not.toContain('MatMul')
    const images = placeholder([1, 0, 4, 4], 'f32')
    expect(nodesOf([conv(images, zeros([2, 0, 3, 3]))], [images])).not.toContain('Conv')
  })

  test('gives what the op says of it', async () => {
    expect(await values(matmul(zeros([2, 2, 0]), zeros([0, 3])))).toEqual(Array(12).fill(0))
    expect(await values(linear(zeros([2, 0]), zeros([3, 0]), tensor([1, 2, 3])))).toEqual([1, 2, 3, 1, 2, 3])
    expect(await values(conv(zeros([1, 0, 3, 3]), zeros([2, 0, 3, 3]), { bias: tensor([1, 2]) }))).toEqual([1, 2])
    expect(await values(pad(zeros([0, 3]), [[1, 0], 0], { value: 7 }))).toEqual([7, 7, 7])
    expect(await values(zeros([0, 2]).sum(0))).toEqual([0, 0])
    expect(await values(zeros([0, 2]).prod(0))).toEqual([1, 1])
    expect(await values(zeros([2, 0]).logSumExp(1))).toEqual([Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY])
    expect((await pad(zeros([0, 3]), [1], { mode: 'circular' }).data()).length).toBe(0)
  })

  test('has gradients of zeros', async () => {
    const bias = tensor([1, 2])
    expect(await values(grad((b: Tensor) => linear(zeros([0, 3]), ones([2, 3]), b).sum())(bias))).toEqual([0, 0])
    expect(await values(grad((b: Tensor) => layerNorm(zeros([0, 2]), { bias: b }).sum())(bias))).toEqual([0, 0])
    expect(await values(grad((k: Tensor) => conv(zeros([0, 1, 4, 4]), k).sum())(ones([1, 1, 3, 3])))).toEqual(Array(9).fill(0))
  })

  test('is refused, at the call, where nothing can be made of it', () => {
    expect(() => zeros([2, 0]).max(1)).toThrow(ShapeError)
    expect(() => zeros([0, 2]).take(tensor([0], { dtype: 'i32' }))).toThrow(
      'take: (0, 2) f32 is empty, which leaves nothing to make (1, 2) from',
    )
  })
})

describe('integers', () => {
  const least = -(2 ** 31)
  test('divide by 0 and −1 without a trap', async () => {
    const [a, b] = [tensor([7, -7, least, 5], { dtype: 'i32' }), tensor([0, 2, -1, -1], { dtype: 'i32' })]
    expect(await values(a.floorDiv(b))).toEqual([0, -4, least, -5])
    expect(await values(a.mod(b))).toEqual([0, 1, 0, 0])
    const rest = compile((x: Tensor, y: Tensor) => x.mod(y))
    expect(await values(await rest(a, b))).toEqual([0, 1, 0, 0])
    const wide = tensor([-(2n ** 63n), 9n], { dtype: 'i64' })
    expect(await wide.floorDiv(tensor([-1n, 0n])).array()).toEqual([-(2n ** 63n), 0n])
    const bytes = tensor(Uint8Array.of(200, 7))
    expect(await values(bytes.floorDiv(tensor(Uint8Array.of(0, 2))))).toEqual([0, 3])
  })
})

describe('dtypes without a kernel', () => {
  test('are computed in the nearest that holds all their values', async () => {
    expect(await values(tensor(Uint8Array.of(1, 2)).neg())).toEqual([255, 254])
    expect(await values(tensor([1, 2], { dtype: 'bf16' }).expand([2, 2]).cast('f32'))).toEqual([1, 2, 1, 2])
    expect(await values(where(tensor([true, false]), tensor([true, true]), tensor([false, false])))).toEqual([1, 0])
  })
  test('are refused at the call where none does', () => {
    expect(() => tensor([1n]).softmax()).not.toThrow() // integers become floats where the op is about fractions
    const exact = defineOp({
      name: 'test.exact',
      kernels: ['i32'],
      args: (x: Tensor) => [[x], {}],
      spec: ([x]) => x!,
      onnx: (_, [x]) => x!,
    })
    expect(() => exact(tensor([1n]))).toThrow(
      new DtypeError('test.exact: not defined for i64, only for i32: cast it first\n  input: (1) i64'),
    )
    expect(exact(tensor(Uint8Array.of(1))).dtype).toBe('u8')
  })
})

describe('arithmetic that changes nothing', () => {
  const x = placeholder([2], 'f32')
  test('is not written', () => {
    expect(nodesOf([x.mul(1).add(0).div(1).sub(0).exp()], [x])).toEqual(['Exp'])
    expect(nodesOf([x.mul(1).exp()], [x], false)).toEqual(['Exp'])
    // these change something
    expect(nodesOf([sub(0, x)], [x])).toEqual(['Sub'])
    expect(nodesOf([div(1, x)], [x])).toEqual(['Div'])
    expect(nodesOf([x.sum().mul(tensor([1]))], [x])).toEqual(['ReduceSum', 'Mul'])
  })
  test('loses nothing beside a reciprocal', async () => {
    const share = compile((a: Tensor, b: Tensor) => a.mean().mul(div(1, b.sum())))
    expect(await values(await share(tensor([3]), tensor([4])))).toEqual([0.75])
    const none = compile((a: Tensor, b: Tensor) => a.neg().clamp({}).sum([]).mul(div(1, b)))
    expect(await values(await none(tensor(3), tensor(4)))).toEqual([-0.75])
  })
})

test('views inside graphs are seen through wherever they stand', async () => {
  const signal = tensor([1, 2, 3, 4]).reshape([1, 1, 4])
  expect(await values(interpolate(signal, { size: [8], mode: 'linear' }))).toEqual([1, 1.25, 1.75, 2.25, 2.75, 3.25, 3.75, 4])
})

test('a rewrite that changed a shape or dtype would not pass', () => {
  const wrong = defineOp({
    name: 'test.wrong',
    empty: () => [tensor([1, 2])],
    args: (x: Tensor) => [[x], {}],
    spec: () => ({ shape: [3], dtype: 'f32' }),
    onnx: (_, [x]) => x!,
  })
  expect(() => [...new Rewriter(true).rewrite([wrong(zeros([0]))], () => false)]).toThrow(
    'test.wrong: output 0 was (3) f32 and was rewritten as (2) f32',
  )
})
