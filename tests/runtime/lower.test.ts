import { fromBinary } from '@bufbuild/protobuf'
import { AttributeProto_AttributeType as Kind, ModelProtoSchema, TensorProto_DataType as Type } from 'onnx-buf'
import { describe, expect, test } from 'vitest'
import { placeholder } from '../../src/graph/leaf.js'
import { defineOp, float } from '../../src/graph/op.js'
import { scan, type Tensor, tensor } from '../../src/index.js'
import { modelBytes } from '../../src/runtime/onnx/bytes.js'
import { lower } from '../../src/runtime/onnx/lower.js'
import { Graph } from '../../src/runtime/onnx/messages.js'

/** Read back by the schema's own reader. */
const read = (bytes: Uint8Array) => fromBinary(ModelProtoSchema, bytes)
const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes)

/** Carries every kind of attribute into the model. */
const everything: (x: Tensor) => Tensor = defineOp({
  name: 'everyAttribute',
  args: (x: Tensor) => [[x], {}],
  spec: ([x]) => x!,
  onnx: (e, [x]) =>
    e(
      'Everything',
      [x, undefined, x],
      {
        whole: 7,
        negative: -3,
        large: 2 ** 40,
        least: -(2 ** 53 - 1),
        part: float(0.1),
        parts: float([1.5, -2, Number.POSITIVE_INFINITY]),
        none: [],
        numbers: [0, -1, 300, 2 ** 31],
        word: 'größe',
        words: ['a', '', 'ℝ'],
      },
      'com.microsoft',
    ),
})

describe('lower', () => {
  test('writes every kind of attribute as the schema reads it', () => {
    const x = placeholder([2, 3], 'f32')
    const model = read(lower([{ tensor: x, name: 'x', shape: ['N', 3] }], [{ tensor: everything(x), name: 'y' }]))
    expect(model.irVersion).toBe(10n)
    expect(model.opsetImport.map(({ domain, version }) => [domain, version])).toEqual([
      ['', 21n],
      ['com.microsoft', 1n],
    ])
    const [node] = model.graph!.node
    expect([node!.opType, node!.input, node!.output, node!.domain]).toEqual(['Everything', ['x', '', 'x'], ['y'], 'com.microsoft'])
    const attrs = Object.fromEntries(node!.attribute.map((a) => [a.name, a]))
    expect(Object.fromEntries(node!.attribute.map((a) => [a.name, a.type]))).toEqual({
      whole: Kind.INT,
      negative: Kind.INT,
      large: Kind.INT,
      least: Kind.INT,
      part: Kind.FLOAT,
      parts: Kind.FLOATS,
      none: Kind.INTS,
      numbers: Kind.INTS,
      word: Kind.STRING,
      words: Kind.STRINGS,
    })
    expect([attrs.whole!.i, attrs.negative!.i, attrs.large!.i, attrs.least!.i]).toEqual([7n, -3n, 2n ** 40n, -(2n ** 53n - 1n)])
    expect([attrs.part!.f, attrs.parts!.floats]).toEqual([Math.fround(0.1), [1.5, -2, Number.POSITIVE_INFINITY]])
    expect([attrs.none!.ints, attrs.numbers!.ints]).toEqual([[], [0n, -1n, 300n, 2n ** 31n]])
    expect([text(attrs.word!.s), attrs.words!.strings.map(text)]).toEqual(['größe', ['a', '', 'ℝ']])
    const [input] = model.graph!.input
    expect(input!.type!.value.case).toBe('tensorType')
    const type = input!.type!.value.value as { elemType: number; shape: { dim: { value: { value: unknown } }[] } }
    expect([type.elemType, type.shape.dim.map((d) => d.value.value)]).toEqual([Type.FLOAT, ['N', 3n]])
  })

  test('writes constants, metadata and sub-graphs', () => {
    const x = placeholder([3, 2], 'f64')
    const y = scan((sum: Tensor, row: Tensor) => [sum.add(row), []] as const, tensor([1, 2], { dtype: 'f64' }), x).carry
    const model = read(lower([{ tensor: x, name: 'x' }], [{ tensor: y, name: 'y' }], { metadata: { made: 'here', 'with ü': '' } }))
    expect(model.metadataProps.map(({ key, value }) => [key, value])).toEqual([
      ['made', 'here'],
      ['with ü', ''],
    ])
    const start = model.graph!.initializer.find((c) => c.dataType === Type.DOUBLE && c.dims.join() === '2')!
    expect([...new Float64Array(start.rawData!.slice().buffer)]).toEqual([1, 2])
    const body = model.graph!.node.find((n) => n.opType === 'Scan')!.attribute.find((a) => a.type === Kind.GRAPH)!.g!
    expect(body.node.map((n) => n.opType)).toContain('Add')
    expect(body.input.length).toBe(2)
    expect(body.output.length).toBeGreaterThan(0)
  })

  test('tells nodes apart whose attributes only look alike', () => {
    const pair: (x: Tensor) => Tensor = defineOp({
      name: 'alikeAttributes',
      args: (x: Tensor) => [[x], {}],
      spec: ([x]) => x!,
      onnx: (e, [x]) => {
        const each = [e('A', [x], { v: 1 }), e('A', [x], { v: float(1) }), e('A', [x], { v: '1' }), e('A', [x], { v: [1] })]
        const words = [e('A', [x], { v: ['a,b'] }), e('A', [x], { v: ['a', 'b'] }), e('A', [x], { v: float([1]) }), e('A', [x], { v: 1 })]
        return e('Join', [...each, ...words])
      },
    })
    const x = placeholder([1], 'f32')
    const nodes = read(lower([{ tensor: x, name: 'x' }], [{ tensor: pair(x), name: 'y' }])).graph!.node
    expect(nodes.filter((n) => n.opType === 'A').length).toBe(7)
    expect(new Set(nodes.at(-1)!.input).size).toBe(7)
  })

  test('writes lengths of every size', () => {
    for (const length of [0, 1, 127, 128, 16_383, 16_384, 3_000_000]) {
      const graph = new Graph('g', [], [], [])
      graph.constants.push({ name: 'c', dtype: 'u8', shape: [length], bytes: new Uint8Array(length).fill(7) })
      const [c] = read(modelBytes({ graph, opsets: [], metadata: {} })).graph!.initializer
      expect([c!.name, c!.dims, c!.rawData!.length, c!.rawData!.at(-1)]).toEqual(['c', [BigInt(length)], length, length ? 7 : undefined])
    }
  })
})
