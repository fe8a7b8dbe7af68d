#!/usr/bin/env bash
# ONNX Runtime 1.30.0 (npm onnxruntime-node): on processors Softsign, x / (1 + |x|), has no kernel for doubles, though ONNX has it for them: a model of this one node is
# refused when a session is made. Abs, Add and Div, of which it can be made, have theirs, and Tanh and Sigmoid too.
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

const run = async (...node) => {
  const bytes = modelOf({ input: [value('x', 11, [2])], output: [value('y', 11, [2])], node })
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 4 })
  return Array.from((await session.run({ x: new ort.Tensor('float64', [1, -3], [2]) })).y.data).join(' ')
}
const node = (opType, input, output) => ({ opType, input, output: [output] })
const said = await run(node('Softsign', ['x'], 'y')).catch((error) => error.message.split('\n')[0])
const others = [await run(node('Abs', ['x'], 'y')), await run(node('Tanh', ['x'], 'y'))]
console.log(`Softsign: ${said}`)
console.log(`Abs: ${others[0]}; Tanh: ${others[1]}`)
if (!/NOT_IMPLEMENTED|Could not find an implementation for Softsign/.test(said) || others[0] !== '1 3') {
  console.log('changed: this finding no longer holds')
  process.exit(1)
}
JS
node find.mjs
