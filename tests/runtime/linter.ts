/**
 * A linter of emitted models: what must hold before anything runs. ONNX Runtime loads each model with every value as a result, so that it says which
 * kernels are missing and what shape it finds for each value; no kernel runs.
 */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  type GraphProto,
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  TensorProto_DataType as Type,
  ValueInfoProtoSchema,
} from 'onnx-buf'
import { InferenceSession } from 'onnxruntime-node'
import { signature } from '../../src/graph/walk.js'
import { modelNow } from '../../src/runtime/model.js'
import { lower } from '../../src/runtime/onnx/lower.js'
import type { Dtype } from '../../src/tensor/dtype.js'
import type { Tensor } from '../../src/tensor/tensor.js'

/** What ONNX Runtime knows of a value before a run: a size it cannot tell is undefined. */
interface Known {
  readonly dtype: string
  readonly shape: readonly (number | undefined)[]
}
type Opset = { readonly domain: string; readonly version: bigint }

/** Dtypes as ONNX Runtime's JavaScript names them. */
const words: Readonly<Record<Dtype, string>> = {
  f32: 'float32',
  f64: 'float64',
  i32: 'int32',
  i64: 'int64',
  bool: 'bool',
  u8: 'uint8',
  f16: 'float16',
  bf16: 'bfloat16',
}
const elementTypes: Readonly<Record<string, number>> = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  bfloat16: 16,
}
const whole = new Set(['uint8', 'int32', 'int64'])

/** Everything wrong with the model that computes `outputs`: written with nodes of this runtime, or as it would be exported. Nothing is run. */
export async function lint(outputs: readonly Tensor[], form: 'native' | 'exported'): Promise<string[]> {
  const named = outputs.map((tensor, i) => ({ tensor, name: `o${i}` }))
  const bytes =
    form === 'native' ? modelNow({ outputs, leaves: signature(outputs, 'fixed').leaves }).bytes : lower([], named, { native: false })
  const model = fromBinary(ModelProtoSchema, bytes)
  const wanted = new Map(outputs.map(({ shape, dtype }, i) => [`o${i}`, { dtype: words[dtype], shape }]))
  return lintGraph(model.graph!, model.opsetImport, wanted)
}

async function lintGraph(graph: GraphProto, opsets: readonly Opset[], wanted: ReadonlyMap<string, Known>): Promise<string[]> {
  const complaints: string[] = []
  const known = await valuesOf(graph, opsets)
  if (typeof known === 'string') return [known]
  for (const [name, want] of wanted) {
    const found = known.get(name)
    if (found && (found.dtype !== want.dtype || differ(found.shape, want.shape)))
      complaints.push(`result ${name} should be ${show(want)} and is ${show(found)}`)
  }
  const makers = new Map(graph.node.flatMap((n) => n.output.map((o) => [o, n] as const)))
  const constants = new Map(graph.initializer.map((c) => [c.name, c]))
  const numbers = (name: string): number[] | undefined => {
    const c = constants.get(name)
    return c && integersOf(c.dataType!, c.rawData!)
  }
  for (const node of graph.node) {
    const title = `${node.opType} (${node.name})`
    for (const [what, names] of [
      ['reads', numbersRead(node)],
      ['makes', node.output],
    ] as const)
      for (const name of names) {
        const value = known.get(name)
        if (value?.shape.includes(0) && !bearsEmpties.has(node.opType!)) complaints.push(`${title} ${what} ${show(value)}`)
      }
    if ((node.opType === 'Div' || node.opType === 'Mod') && whole.has(known.get(node.input[1]!)?.dtype ?? ''))
      if (!isGuarded(node.input[1]!, makers, numbers)) complaints.push(`${title} divides integers by what may be 0 or -1`)
    if (node.opType === 'Reshape' && numbers(node.input[1]!)?.includes(0)) complaints.push(`${title} copies a size by 0`)
    for (const { g } of node.attribute)
      if (g) for (const c of await lintGraph(standalone(g, node, known, constants), opsets, new Map())) complaints.push(`in ${title}: ${c}`)
  }
  return complaints
}

/** What passes on or hands out pieces of any size. */
const bearsEmpties = new Set(['Identity', 'Split'])
/** Inputs that hold numbers: the shape of a scalar, as a list, is empty by right. */
const numbersRead = ({ opType, input }: NodeProto): string[] => (opType === 'Reshape' || opType === 'Expand' ? input.slice(0, 1) : input)

const show = ({ dtype, shape }: Known): string => `(${shape.map((d) => d ?? '?').join(', ')}) ${dtype}`
// a shape of which not even the rank can be told reads as that of a scalar
const differ = (found: Known['shape'], want: Known['shape']): boolean =>
  found.length > 0 && (found.length !== want.length || want.some((d, i) => d !== undefined && found[i] !== undefined && found[i] !== d))

function integersOf(dtype: number, raw: Uint8Array): number[] | undefined {
  const { buffer } = raw.slice()
  if (dtype === Type.INT64) return Array.from(new BigInt64Array(buffer), Number)
  if (dtype === Type.INT32) return [...new Int32Array(buffer)]
  return dtype === Type.UINT8 ? [...raw] : undefined
}

/** Whether an integer divisor is a constant other than 0 and −1, or chosen so that it is neither. */
function isGuarded(name: string, makers: ReadonlyMap<string, NodeProto>, numbers: (name: string) => number[] | undefined): boolean {
  const harmless = (values: number[] | undefined): boolean => values?.every((v) => v !== 0 && v !== -1) ?? false
  if (harmless(numbers(name))) return true
  const maker = makers.get(name)
  if (maker?.opType !== 'Where' || !harmless(numbers(maker.input[1]!))) return false
  const divisor = maker.input[2]!
  const excludes = (condition: string): number[] => {
    const made = makers.get(condition)
    if (made?.opType === 'Or') return made.input.flatMap(excludes)
    return made?.opType === 'Equal' && made.input[0] === divisor ? (numbers(made.input[1]!) ?? []) : []
  }
  const excluded = excludes(maker.input[0]!)
  const bytes = numbers(maker.input[1]!) !== undefined && excluded.length === 1
  return excluded.includes(0) && (excluded.includes(-1) || bytes)
}

/** Dtypes and shapes of all values of a graph, or why ONNX Runtime refuses it. */
async function valuesOf(graph: GraphProto, opsets: readonly Opset[]): Promise<Map<string, Known> | string> {
  const empty = new Set(graph.initializer.filter((c) => c.dims.includes(0n)).map((c) => c.name))
  for (const node of graph.node)
    if (!bearsEmpties.has(node.opType!) && numbersRead(node).some((i) => empty.has(i)))
      return `${node.opType} (${node.name}) reads an empty constant`
  const names = graph.node.flatMap((n) => n.output.filter((o) => o !== ''))
  try {
    return await loaded(graph, opsets, names)
  } catch (e) {
    // the JavaScript side has no word for bf16: every value is shown as f32 then, and keeps its shape
    if (!(e as Error).message.includes('Unsupported data type: 16')) return `refused: ${(e as Error).message}`
    const half = graph.input.filter(({ type }) => type?.value.case === 'tensorType' && type.value.value.elemType === elementTypes.bfloat16)
    const shown = create(GraphProtoSchema, {
      ...graph,
      input: graph.input.map((i) => (half.includes(i) ? inputInF32(i) : i)),
      node: [
        ...half.map(({ name }) => cast(inF32(name!), name!, elementTypes.bfloat16!)),
        ...graph.node,
        ...names.map((name) => cast(name, inF32(name), elementTypes.float32!)),
      ],
    })
    const shapes = await loaded(shown, opsets, names.map(inF32))
    const known = new Map<string, Known>()
    for (const [name, { shape }] of shapes) known.set(name, { dtype: await dtypeOf(name, shown, opsets), shape })
    return known
  }
}

const inF32 = (name: string): string => `${name} in f32`
const cast = (from: string, to: string, type: number): NodeProto =>
  create(NodeProtoSchema, {
    opType: 'Cast',
    input: [from],
    output: [to],
    attribute: [create(AttributeProtoSchema, { name: 'to', type: AttributeProto_AttributeType.INT, i: BigInt(type) })],
  })
function inputInF32({ name, type }: GraphProto['input'][number]): GraphProto['input'][number] {
  const { shape } = type!.value.value as { shape: object }
  return create(ValueInfoProtoSchema, {
    name: inF32(name!),
    type: { value: { case: 'tensorType', value: { elemType: elementTypes.float32!, shape } } },
  })
}

/** The dtype of one value of a graph: the one that JavaScript has no word for is bf16. */
async function dtypeOf(name: string, graph: GraphProto, opsets: readonly Opset[]): Promise<string> {
  const constant = graph.initializer.find((c) => c.name === name)
  if (constant) return wordOf(constant.dataType!)
  const given = graph.input.find((i) => i.name === name)?.type?.value
  if (given?.case === 'tensorType') return wordOf(given.value.elemType!)
  const found = await loaded(graph, opsets, [name]).catch(() => undefined)
  return found?.get(name)?.dtype ?? words.bf16
}

/** What ONNX Runtime knows of `names` and of constants, after loading a graph. */
async function loaded(graph: GraphProto, opsets: readonly Opset[], names: readonly string[]): Promise<Map<string, Known>> {
  const open = create(GraphProtoSchema, { ...graph, output: names.map((name) => create(ValueInfoProtoSchema, { name })) })
  const model = create(ModelProtoSchema, { irVersion: 10n, opsetImport: opsets.map((o) => ({ ...o })), graph: open })
  const session = await InferenceSession.create(toBinary(ModelProtoSchema, model), {
    graphOptimizationLevel: 'disabled',
    logSeverityLevel: 4,
    intraOpNumThreads: 1,
  })
  const known = new Map<string, Known>()
  for (const v of [...session.inputMetadata, ...session.outputMetadata])
    if (v.isTensor) {
      const shape = v.shape.map((d) => (typeof d === 'number' && d >= 0 ? d : undefined))
      known.set(v.name.replace(/ in f32$/, ''), { dtype: v.type, shape })
    }
  for (const c of graph.initializer) known.set(c.name, { dtype: wordOf(c.dataType!), shape: c.dims.map(Number) })
  await session.release()
  return known
}
const wordOf = (type: number): string => Object.entries(elementTypes).find(([, t]) => t === type)?.[0] ?? `type ${type}`

/** The graph of a loop or branch as one that stands alone: what it reads from outside becomes inputs. */
function standalone(
  inner: GraphProto,
  node: NodeProto,
  outer: ReadonlyMap<string, Known>,
  constants: ReadonlyMap<string, GraphProto['initializer'][number]>,
): GraphProto {
  const own = new Set([...inner.input.map((i) => i.name!), ...inner.node.flatMap((n) => n.output)])
  const free = [...new Set(readIn(inner))].filter((name) => name !== '' && !own.has(name))
  const captured = free.filter((name) => !constants.has(name))
  return create(GraphProtoSchema, {
    ...inner,
    name: node.name!,
    initializer: [...inner.initializer, ...free.flatMap((name) => constants.get(name) ?? [])],
    input: [...inner.input, ...captured.map((name) => declared(name, outer.get(name)))],
  })
}
const readIn = (graph: GraphProto): string[] => [
  ...graph.node.flatMap((n) => [...n.input, ...n.attribute.flatMap(({ g }: AttributeProto) => (g ? freeOf(g) : []))]),
]
function freeOf(graph: GraphProto): string[] {
  const own = new Set([...graph.input.map((i) => i.name!), ...graph.node.flatMap((n) => n.output)])
  return [...readIn(graph), ...graph.output.map((o) => o.name!)].filter((name) => !own.has(name))
}

function declared(name: string, known: Known | undefined) {
  if (!known) throw new Error(`a loop or branch reads ${name}, which nothing makes`)
  const dim = known.shape.map((d) => (d === undefined ? {} : { value: { case: 'dimValue' as const, value: BigInt(d) } }))
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: 'tensorType', value: { elemType: elementTypes[known.dtype] ?? 0, shape: { dim } } } },
  })
}
