#!/usr/bin/env bash
# ONNX Runtime 1.30.0 (npm onnxruntime-node): x · sigmoid(x) in double precision, two nodes that both have kernels for doubles,
# is refused when the graph is optimised: the pair becomes a QuickGelu, for which there is no kernel in doubles.
# 'extended' and 'all' do it, 'basic' does not.
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

const bytes = modelOf({
  input: [value('x', 11, [2])],
  output: [value('y', 11, [2])],
  node: [
    { opType: 'Sigmoid', input: ['x'], output: ['s'] },
    { opType: 'Mul', input: ['x', 's'], output: ['y'] },
  ],
})
const run = async (graphOptimizationLevel) => {
  const session = await ort.InferenceSession.create(bytes, { graphOptimizationLevel, logSeverityLevel: 4 })
  return (await session.run({ x: new ort.Tensor('float64', [1, -2], [2]) })).y.data
}
const said = {}
for (const level of ['disabled', 'basic', 'extended', 'all'])
  said[level] = await run(level).then(
    (y) => Array.from(y, (v) => v.toFixed(6)).join(' '),
    (error) => error.message.split('\n')[0],
  )
for (const [level, text] of Object.entries(said)) console.log(`${level}: ${text}`)
if (said.basic !== '0.731059 -0.238406' || !/QuickGelu/.test(said.all)) {
  console.log('changed: this finding no longer holds')
  process.exit(1)
}
JS
node find.mjs
