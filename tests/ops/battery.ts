/** Runs rows of cases: shapes as ONNX Runtime sees them, values, f32 beside f64, the exported model, gradients of two orders, 50 repeats on two threads. */
import { describe, expect, test } from 'vitest'
import { gradients } from '../../src/autodiff/grad.js'
import { defineOp } from '../../src/graph/op.js'
import { compute, gradcheck } from '../../src/index.js'
import { BoundProgram } from '../../src/runtime/bound.js'
import { lower } from '../../src/runtime/onnx/lower.js'
import { ort } from '../../src/runtime/ort/ort.js'
import { allocate, dtypes, isFloat, type TypedArray } from '../../src/tensor/dtype.js'
import { fromData, type Tensor } from '../../src/tensor/tensor.js'
import { expectClose, expectSame } from '../compare.js'
import { fractions } from './examples.js'
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

const list = <T extends object>(one: T | readonly T[]): readonly T[] => (Array.isArray(one) ? (one as readonly T[]) : [one as T])
const outputsOf = (c: Pick<Case, 'call'>, inputs: readonly Tensor[]): readonly Tensor[] => list<Tensor>(c.call(...inputs))
const gridOf = (t: Tensor): Grid => ({ shape: t.shape, data: Array.from(t.value!, Number) })
const inF32 = (t: Tensor): Tensor => (t.dtype === 'f64' ? fromData(Float32Array.from(t.value as Float64Array), t.shape, 'f32') : t)

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
  const session = ort.session(lower([], named, { native: false }))
  const results = outputs.map((t) => allocate(t.dtype, t.size))
  const binding = session.bind(
    [],
    outputs.map((t, i) => ({ array: results[i]!, dtype: t.dtype, shape: t.shape })),
  )
  binding.run()
  session.release()
  return results
}

/** Gradient graphs of Σ ⟨output, weight⟩ for the float inputs, with weights that are fractions or whole numbers. */
function pulled(c: Pick<Case, 'call'>, inputs: readonly Tensor[], weights: 'some' | 'whole'): Tensor[] {
  const wrt = inputs.filter((t) => isFloat(t.dtype))
  const floats = outputsOf(c, inputs).filter((t) => isFloat(t.dtype))
  if (wrt.length === 0 || floats.length === 0) return []
  const score = floats.map((t, i) => {
    const next = fractions(i + 7)
    const w = allocate(t.dtype, t.size).map(() => (weights === 'some' ? 2 * next() - 1 : Math.floor(7 * next()) - 3) as never) as TypedArray
    return t.mul(fromData(w, t.shape, t.dtype)).sum()
  })
  return gradients(
    score.reduce((a, b) => a.add(b)),
    wrt,
  )
}

const gradientsOf = (c: Case, inputs: readonly Tensor[], weights: 'some' | 'whole'): Promise<TypedArray[]> =>
  compute(pulled(c, inputs, weights))

const repeats = 50
const bytes = (a: TypedArray): Buffer => Buffer.from(a.buffer, a.byteOffset, a.byteLength)

async function checkLarge(c: LargeCase): Promise<void> {
  const inputs = c.inputs()
  const targets = (): Tensor[] => [...outputsOf(c, inputs), ...(c.gradient === false ? [] : pulled(c, inputs, 'whole'))]
  const program = new BoundProgram([], targets(), [], { threads: 2 })
  await program.run()
  const kept = program.results.map((r) => r.slice())
  for (let n = 1; n < repeats; n++) {
    await program.run()
    for (const [i, r] of program.results.entries())
      if (!bytes(r).equals(bytes(kept[i]!))) expectSame(r, kept[i]!, `output ${i} in run ${n + 1}`)
  }
  program.release()
  if (c.exact === false) return
  const alone = new BoundProgram([], targets(), [], { threads: 1 })
  await alone.run()
  for (const [i, r] of alone.results.entries()) expectSame(kept[i]!, r, `output ${i} with two threads and with one`)
  alone.release()
}
