/** An ONNX model as bytes: the fields of onnx.proto written one by one, without message objects in between. */
import { BinaryWriter } from '@bufbuild/protobuf/wire'
import { FloatAttr } from '../../graph/op.js'
import { bytesOf } from '../../tensor/dtype.js'
import { sizeOf } from '../../tensor/shape.js'
import { type AttributeValue, type Constant, type Given, Graph, type GraphNode, type Model, onnxTypes, type ValueInfo } from './messages.js'

/** The file form of a model. Its constants may be most of it: their bytes are copied once, into the whole, which `allocate` finds room for. */
export function modelBytes({ graph, opsets, metadata }: Model, allocate = (bytes: number) => new ArrayBuffer(bytes)): Uint8Array {
  const graphParts = partsOf(graph)
  const start = written((w) => {
    integer(w, 1, 10)
    text(w, 2, 'hebb')
    w.tag(7, 2).uint32(lengthOf(graphParts))
  })
  const end = written((w) => {
    for (const { domain, version } of opsets)
      message(w, 8, () => {
        text(w, 1, domain)
        integer(w, 2, version)
      })
    for (const [key, value] of Object.entries(metadata))
      message(w, 14, () => {
        text(w, 1, key)
        text(w, 2, value)
      })
  })
  const parts = [start, ...graphParts, end]
  const whole = new Uint8Array(allocate(lengthOf(parts)))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

const written = (write: (w: BinaryWriter) => void): Uint8Array => {
  const w = new BinaryWriter()
  write(w)
  return w.finish()
}

const lengthOf = (parts: readonly Uint8Array[]): number => parts.reduce((sum, { length }) => sum + length, 0)

/** A graph with constants in pieces, the numbers of each constant as they are. */
function partsOf(graph: Graph): Uint8Array[] {
  const constants = graph.constants.flatMap((constant) => {
    const head = written((w) => writeConstantHead(w, constant))
    return [written((w) => w.tag(5, 2).uint32(head.length + constant.bytes.length)), head, constant.bytes]
  })
  const given = graph.given.map((constant) => written((w) => message(w, 5, () => writeGiven(w, constant))))
  return [...constants, ...given, written((w) => writeGraph(w, graph))]
}

// a field starts with its number and how its value is written: 0 a varint, 2 a length and that many bytes, 5 four bytes
const integer = (w: BinaryWriter, field: number, value: number): void => {
  w.tag(field, 0)
  if (value >= 0 && value < 2 ** 31) w.uint32(value)
  else w.int64(BigInt(value))
}
const text = (w: BinaryWriter, field: number, value: string): unknown => w.tag(field, 2).string(value)
const message = (w: BinaryWriter, field: number, body: () => void): void => {
  w.tag(field, 2).fork()
  body()
  w.join()
}

/** All of a graph but its constants, which only the outermost has. */
function writeGraph(w: BinaryWriter, { nodes, name, inputs, outputs }: Graph): void {
  for (const node of nodes) {
    w.tag(1, 2).fork()
    writeNode(w, node)
    w.join()
  }
  text(w, 2, name)
  for (const v of inputs) message(w, 11, () => writeValue(w, v))
  for (const v of outputs) message(w, 12, () => writeValue(w, v))
}

function writeNode(w: BinaryWriter, { inputs, outputs, name, type, attributes, domain }: GraphNode): void {
  for (const input of inputs) text(w, 1, input)
  for (const output of outputs) text(w, 2, output)
  if (name !== '') text(w, 3, name)
  text(w, 4, type)
  for (const [key, value] of attributes) {
    w.tag(5, 2).fork()
    writeAttribute(w, key, value)
    w.join()
  }
  if (domain !== '') text(w, 7, domain)
}

/** AttributeProto.AttributeType */
const kinds = { float: 1, int: 2, string: 3, graph: 5, floats: 6, ints: 7, strings: 8 }

function writeAttribute(w: BinaryWriter, name: string, value: AttributeValue): void {
  text(w, 1, name)
  let kind: keyof typeof kinds
  if (typeof value === 'number') {
    integer(w, 3, value)
    kind = 'int'
  } else if (typeof value === 'string') {
    text(w, 4, value)
    kind = 'string'
  } else if (value instanceof FloatAttr) {
    if (typeof value.value === 'number') w.tag(2, 5).float(value.value)
    else for (const v of value.value) w.tag(7, 5).float(v)
    kind = typeof value.value === 'number' ? 'float' : 'floats'
  } else if (value instanceof Graph) {
    message(w, 6, () => writeGraph(w, value))
    kind = 'graph'
  } else {
    kind = typeof value[0] === 'string' ? 'strings' : 'ints'
    for (const v of value)
      if (typeof v === 'string') text(w, 9, v)
      else integer(w, 8, v)
  }
  integer(w, 20, kinds[kind])
}

/** A constant up to where its numbers begin. */
function writeConstantHead(w: BinaryWriter, { name, dtype, shape, bytes }: Constant): void {
  for (const size of shape) integer(w, 1, size)
  integer(w, 2, onnxTypes[dtype])
  text(w, 8, name)
  w.tag(9, 2).uint32(bytes.length)
}

/**
 * A constant whose numbers come with the session. The format has files for that, and ONNX Runtime wants one that is there: the folder it works in is
 * there everywhere, and cannot be read, so that whoever looks for the numbers in it fails instead of finding wrong ones.
 */
function writeGiven(w: BinaryWriter, { name, dtype, shape }: Given): void {
  for (const size of shape) integer(w, 1, size)
  integer(w, 2, onnxTypes[dtype])
  text(w, 8, name)
  const entry = (key: string, value: string): void =>
    message(w, 13, () => {
      text(w, 1, key)
      text(w, 2, value)
    })
  entry('location', '.')
  entry('length', `${sizeOf(shape) * bytesOf(dtype)}`)
  const external = 1
  integer(w, 14, external)
}

function writeValue(w: BinaryWriter, { name, dtype, shape }: ValueInfo): void {
  text(w, 1, name)
  // TypeProto > Tensor > TensorShapeProto > Dimension
  message(w, 2, () =>
    message(w, 1, () => {
      integer(w, 1, onnxTypes[dtype])
      message(w, 2, () => {
        for (const size of shape)
          message(w, 1, () => {
            if (typeof size === 'number') integer(w, 1, size)
            else text(w, 2, size)
          })
      })
    }),
  )
}
