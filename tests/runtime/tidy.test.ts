import { fromBinary } from '@bufbuild/protobuf'
import { ModelProtoSchema } from 'onnx-buf'
import { describe, expect, test } from 'vitest'
import { gradients } from '../../src/autodiff/grad.js'
import { placeholder } from '../../src/graph/leaf.js'
import { signature } from '../../src/graph/walk.js'
import { crossEntropy, initialize, parameters, type Tensor, tensor } from '../../src/index.js'
import { Gpt } from '../../src/llm/index.js'
import { trace } from '../../src/nn/scope.js'
import { leafArrays } from '../../src/runtime/compute.js'
import { lower } from '../../src/runtime/onnx/lower.js'
import { Program } from '../../src/runtime/program.js'

const x = placeholder([2, 6], 'f32')
const typesOf = (outputs: readonly Tensor[], native = true): string[] => {
  const ports = outputs.map((y, i) => ({ tensor: y, name: `o${i}` }))
  const { graph } = fromBinary(ModelProtoSchema, lower([{ tensor: x, name: 'x' }], ports, { native }))
  return graph!.node.map((n) => `${n.opType} ${n.input[0]} → ${n.output[0]}`)
}

describe('reshapes of reshapes', () => {
  test('become one', () => {
    expect(typesOf([x.reshape([12]).reshape([3, 4]).reshape([4, 3])])).toEqual(['Reshape x → o0'])
    expect(typesOf([x.reshape([12]).reshape([3, 4])], false)).toHaveLength(2)
  })

  test('stay where they are read or asked for', () => {
    const flat = x.reshape([12])
    expect(typesOf([flat, flat.reshape([3, 4])])).toEqual(['Reshape x → o0', 'Reshape x → o1'])
    expect(typesOf([flat.exp().reshape([3, 4]), flat.reshape([4, 3])])).toHaveLength(4)
  })

  test('are computed right', async () => {
    const y = tensor([[1, 2, 3]])
      .reshape([3])
      .reshape([3, 1])
    expect(await y.add(1).array()).toEqual([[2], [3], [4]])
  })
})

test("a weight's gradient is computed as soon as it can be, so that what it reads can go", async () => {
  const model = new Gpt({ vocabulary: 32, context: 32, layers: 3, heads: 2, width: 64 })
  initialize(model)
  const ids = tensor(new Int32Array(64 * 32), { shape: [64, 32] })
  const params = parameters(model)
  const { result: loss } = trace(model, { training: true }, () => crossEntropy(model.forward(ids).reshape([-1, 32]), ids.reshape([-1])))
  const outputs = [loss, ...gradients(loss, [...params.values()])]
  const traced = signature(outputs, 'fixed')
  const marks = new Map(outputs.map((t, i) => [t.node, ['loss', ...params.keys()][i]!]))
  const program = new Program({ profile: true, label: (node) => marks.get(node) })
  await program.load({ outputs, ...traced })
  const inputs = traced.leaves.flatMap((node) => leafArrays(node).map((array, k) => ({ array, ...node.outputs[k]! })))
  await program.run(
    program.bind(
      inputs,
      outputs.map(({ shape, dtype, size }) => ({ array: new Float32Array(size), shape, dtype })),
    ),
  )
  const ran = (await program.session!.profile()).map(({ node }) => node)
  program.release()
  const last = [...params.keys()].filter((path) => path.endsWith('c_proj.weight')).at(-1)!
  const at = ran.findIndex((name) => name.startsWith(last))
  expect(at).toBeGreaterThan(0)
  // it does not wait for the gradients of the first block
  expect(at).toBeLessThan(ran.length * 0.6)
})
