#!/usr/bin/env bash
# ONNX Runtime 1.30.0 (npm onnxruntime-node): sums of many f32 numbers drift, whichever node makes them. Ten million times 0.1 is
# 1,000,000. ReduceSum gives 1,010,792, one part in a hundred too much; a product with a row of ones gives 975,599. NumPy and PyTorch,
# which add in blocks, are right to seven digits. ReduceSum twice, over rows of 3,125 numbers and then over their sums, is right too.
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

const value = (name, elemType, dims) => ({
  name,
  type: { value: { case: 'tensorType', value: { elemType, shape: { dim: dims.map((d) => ({ value: { case: 'dimValue', value: BigInt(d) } })) } } } },
})
const modelOf = (graph) =>
  toBinary(
    onnx.ModelProtoSchema,
    create(onnx.ModelProtoSchema, { irVersion: 10n, opsetImport: [{ domain: '', version: 21n }], graph: { name: 'g', ...graph } }),
  )

const n = 1e7
const sums = modelOf({
  input: [value('x', 1, [n])],
  output: [value('y', 1, [])],
  node: [{ opType: 'ReduceSum', input: ['x'], output: ['y'], attribute: [{ name: 'keepdims', type: 2, i: 0n }] }],
})
const products = modelOf({
  input: [value('x', 1, [n, 1]), value('ones', 1, [1, n])],
  output: [value('y', 1, [1, 1])],
  node: [{ opType: 'MatMul', input: ['ones', 'x'], output: ['y'] }],
})
const x = new Float32Array(n).fill(0.1)
const options = { logSeverityLevel: 4 }
const sum = (await (await ort.InferenceSession.create(sums, options)).run({ x: new ort.Tensor('float32', x, [n]) })).y.data[0]
const product = (
  await (await ort.InferenceSession.create(products, options)).run({
    x: new ort.Tensor('float32', x, [n, 1]),
    ones: new ort.Tensor('float32', new Float32Array(n).fill(1), [1, n]),
  })
).y.data[0]
const stages = modelOf({
  input: [value('x', 1, [3200, 3125])],
  output: [value('y', 1, [])],
  initializer: [{ name: 'last', dataType: 7, dims: [1n], int64Data: [1n] }],
  node: [
    { opType: 'ReduceSum', input: ['x', 'last'], output: ['rows'] },
    { opType: 'ReduceSum', input: ['rows'], output: ['y'], attribute: [{ name: 'keepdims', type: 2, i: 0n }] },
  ],
})
const staged = (await (await ort.InferenceSession.create(stages, options)).run({ x: new ort.Tensor('float32', x, [3200, 3125]) })).y.data[0]
console.log(`ReduceSum: ${sum}`)
console.log(`ReduceSum of ReduceSum: ${staged}`)
console.log(`product with ones: ${product}`)
const off = (y) => Math.abs(y / 1e6 - 1)
if (off(sum) < 1e-3 || off(product) < 1e-3 || off(staged) > 1e-5) {
  console.log('changed: this finding no longer holds')
  process.exit(1)
}
JS
node find.mjs
