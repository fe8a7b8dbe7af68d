#!/usr/bin/env bash
# ONNX Runtime 1.30.0 (npm onnxruntime-node): a valid graph is refused once its optimizer has been over it.
#
#   y = ReduceSum(x) · 1 · (1 / z)      all scalars, the ones constants
#
# Two rewrites meet: one drops a product with 1, another writes a · (1 / z) as a / z. With both, a's name is lost:
# "Invalid model. Node input '…' is not a graph input, initializer, or output of a previous node". Without optimization the
# same bytes give the right number. The mean over a single number, divided by a count, is such a graph.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
ONNXRUNTIME_NODE_INSTALL=skip npm install --silent --no-audit --no-fund onnxruntime-node@1.30.0 onnx-buf@1.20.0-1 @bufbuild/protobuf@2.17.0 >/dev/null 2>&1
cat > find.mjs <<'JS'
import { create, toBinary } from '@bufbuild/protobuf'
import * as onnx from 'onnx-buf'
import ort from 'onnxruntime-node'

const value = (name, dims) => ({
  name,
  type: { value: { case: 'tensorType', value: { elemType: 1, shape: { dim: dims.map((d) => ({ value: { case: 'dimValue', value: BigInt(d) } })) } } } },
})
const node = (opType, input, output) => ({ opType, input, output: [output] })
const model = create(onnx.ModelProtoSchema, {
  irVersion: 10n,
  opsetImport: [{ domain: '', version: 21n }],
  graph: {
    name: 'g',
    input: [value('x', [1]), value('z', [])],
    output: [value('y', [])],
    initializer: [{ name: 'one', dataType: 1, dims: [], floatData: [1] }],
    node: [
      { ...node('ReduceSum', ['x'], 'sum'), attribute: [{ name: 'keepdims', type: 2, i: 0n }] },
      node('Mul', ['sum', 'one'], 'same'),
      node('Div', ['one', 'z'], 'inverse'),
      node('Mul', ['same', 'inverse'], 'y'),
    ],
  },
})
const bytes = toBinary(onnx.ModelProtoSchema, model)
const run = async (graphOptimizationLevel) => {
  const session = await ort.InferenceSession.create(bytes, { graphOptimizationLevel, logSeverityLevel: 4 })
  const { y } = await session.run({ x: new ort.Tensor('float32', [3], [1]), z: new ort.Tensor('float32', [4], []) })
  return y.data[0]
}
const without = await run('disabled')
let said = 'no error'
try {
  said = `gives ${await run('all')}`
} catch (error) {
  said = error.message
}
console.log(`not optimised: ${without}`)
console.log(`optimised: ${said}`)
if (without !== 0.75 || !/is not a graph input, initializer, or output of a previous node/.test(said)) {
  console.log('changed: this finding no longer holds')
  process.exit(1)
}
JS
node find.mjs
