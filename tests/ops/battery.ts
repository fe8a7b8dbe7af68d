/** Runs rows of cases: shapes as ONNX Runtime sees them, values, f32 beside f64, the exported model, gradients of two orders, 50 repeats on two threads. */
import { describe, expect, test } from 'vitest'
import { defineOp } from '../../src/graph/op.js'
import { compute, gradcheck } from '../../src/index.js'
import { BoundProgram } from '../../src/runtime/bound.js'
import { lower } from '../../src/runtime/onnx/lower.js'
import { ort } from '../../src/runtime/ort/ort.js'
import { allocate, dtypes, type TypedArray } from '../../src/tensor/dtype.js'
import type { Tensor } from '../../src/tensor/tensor.js'
import { expectClose, expectSame } from '../compare.js'
import { gridOf, inF32, list, outputsOf, pulled } from './calls.js'
import type { Case, Grid, LargeCase, Row } from './row.js'

/** The shape of x as the runtime finds it, whatever the op's rule said. */
const shapeOf = defineOp({
  name: 'test.shape',
  kernels: dtypes,
  empty: () => undefined,
  args: (x: Tensor) => [[x], {}],
  spec: ([x]) => ({ shape: [x!.rank], dtype: 'i64' }),
  onnx: (e, [x]) => e('Shape', [x]),
})

/** Tests of a family's rows. */
export function battery(rows: readonly Row[]): void {
  for (const row of rows)
    describe(row.name, () => {
      for (const c of row.cases) test(c.name, () => checkCase(c))
      if (row.large) test('large, whole numbers, two threads, 50 times', () => checkLarge(row.large!))
    })
}

async function checkCase(c: Case): Promise<void> {
  const inputs = c.inputs()
  const outputs = outputsOf(c, inputs)
  for (const [i, shape] of (await compute(outputs.map(shapeOf))).entries())
    expect(Array.from(shape, Number), `shape of output ${i} as the runtime has it`).toEqual(outputs[i]!.shape)

  const values = await compute(outputsOf(c, inputs))
  expect(c.reference !== undefined || c.because !== undefined, 'a case needs a reference, or a reason for none').toBe(true)
  const want = c.reference && list<Grid>(c.reference(...inputs.map(gridOf)))
  if (want) {
    expect(outputs.map((t) => t.shape)).toEqual(want.map((g) => g.shape))
    for (const [i, g] of want.entries()) expectClose(values[i]!, g.data, { rtol: 1e-9, atol: 1e-12, ...c.tolerance, label: `output ${i}` })
  }
  const small = inputs.map(inF32)
  const expected = want?.map((g) => g.data) ?? values.map((v) => Array.from(v, Number))
  const loose = { rtol: 1e-4, atol: 1e-5, ...c.tolerance32 }
  if (inputs.some((t) => t.dtype === 'f64'))
    for (const [i, v] of (await compute(outputsOf(c, small))).entries())
      expectClose(v, expected[i]!, { ...loose, label: `output ${i} in f32` })
  for (const [i, v] of runExported(outputsOf(c, small)).entries())
    expectClose(v, expected[i]!, { ...loose, label: `output ${i} of the exported model` })

  const order = c.gradient ?? 2
  if (order === 0) return
  await gradcheck(c.call, inputs, { order, ...c.steps })
  const [fine, coarse] = [await gradientsOf(c, inputs, 'some'), await gradientsOf(c, small, 'some')]
  for (const [i, g] of fine.entries())
    expectClose(coarse[i]!, Array.from(g, Number), { rtol: 1e-3, atol: 1e-4, label: `gradient ${i} in f32` })
}

/** Values from the model as it would be exported: standard nodes only. */
function runExported(outputs: readonly Tensor[]): TypedArray[] {
  const named = outputs.map((tensor, i) => ({ tensor, name: `y${i}` }))
  // constants stay in the model: what matters is which nodes were written
  const session = ort.sessionNow(lower([], named, { native: false }))
  const results = outputs.map((t) => allocate(t.dtype, t.size))
  const binding = session.bind(
    [],
    outputs.map((t, i) => ({ array: results[i]!, dtype: t.dtype, shape: t.shape })),
  )
  binding.runNow!()
  session.release()
  return results
}

const gradientsOf = (c: Case, inputs: readonly Tensor[], weights: 'some' | 'whole'): Promise<TypedArray[]> =>
  compute(pulled(c, inputs, weights))

const repeats = 50
const bytes = (a: TypedArray): Buffer => Buffer.from(a.buffer, a.byteOffset, a.byteLength)

async function checkLarge(c: LargeCase): Promise<void> {
  const inputs = c.inputs()
  const targets = (): Tensor[] => [...outputsOf(c, inputs), ...(c.gradient === false ? [] : pulled(c, inputs, 'whole'))]
  const program = new BoundProgram([], targets(), { threads: 2 })
  await program.run()
  const kept = program.results.map((r) => r.slice())
  for (let n = 1; n < repeats; n++) {
    await program.run()
    for (const [i, r] of program.results.entries())
      if (!bytes(r).equals(bytes(kept[i]!))) expectSame(r, kept[i]!, `output ${i} in run ${n + 1}`)
  }
  program.release()
  if (c.exact === false) return
  const alone = new BoundProgram([], targets(), { threads: 1 })
  await alone.run()
  for (const [i, r] of alone.results.entries()) expectSame(kept[i]!, r, `output ${i} with two threads and with one`)
  alone.release()
}
