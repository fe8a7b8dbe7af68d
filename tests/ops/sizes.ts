/** Cases again at other sizes and in other dtypes: what is refused is refused when called; what is not runs, and gives what the reference says. */
import { isDeepStrictEqual } from 'node:util'
import '../../src/index.js'
import { gradients } from '../../src/autodiff/grad.js'
import { compute } from '../../src/runtime/compute.js'
import { allocate, type Dtype, dtypes, isFloat } from '../../src/tensor/dtype.js'
import { HebbError } from '../../src/tensor/errors.js'
import { encode } from '../../src/tensor/nested.js'
import { fromData, type Tensor } from '../../src/tensor/tensor.js'
import { expectClose } from '../compare.js'
import type { Situation } from '../runtime/children.js'
import { lint } from '../runtime/linter.js'
import { gridOf, list, outputsOf, scoreOf } from './calls.js'
import { fractions } from './examples.js'
import { families, rowsOf } from './families.js'
import { sizeOf } from './reference.js'
import type { Case, Grid } from './row.js'

const sizes = [0, 1, 2, 3, 17]
const mostNumbers = 3000
/** draws for each case */
const draws = Number(process.env.HEBB_DRAWS ?? 1)
/** Families whose references compute with whatever sizes they are given; others are written out for the numbers of their cases. */
const general = new Set(
  'activation arithmetic convolutions gather linalg move normal order parts pools reduce running scatter select shape unary'.split(' '),
)
/** Cases of theirs whose references know their sizes all the same. */
const own = new Set([
  'matmul: a transposed batch by a matrix',
  'einsum: ij,jk->ik',
  'einsum: ji,kj->ik',
  'groupNorm: bias: (2, 6, 4) in 3',
  'groupNorm: weight and bias: (2, 6, 4, 5) in 1',
  'batchNorm: training: (6, 3), channels 1',
  'embeddingBag: mean by offsets, some bags empty, without the padding',
  'embeddingBag: with a weight for each id',
  'split: empty',
  'chunk: uneven',
  'chunk: fewer than asked',
  'concat: with an empty one',
  'avgPool: padding counts, what is beyond it does not',
  'adaptiveAvgPool: all of it',
  'adaptiveAvgPool: even shares, no batch',
  'cumsum: without the element',
])
const hash = (text: string): number => [...text].reduce((h, letter) => (Math.imul(h, 31) + letter.charCodeAt(0)) >>> 0, 7)

/** Other sizes for all inputs: those that were equal stay equal. */
function resized(shapes: readonly (readonly number[])[], next: () => number): number[][] {
  // references of square matrices go through all minors
  const possible = shapes.some((s) => s.length > 1 && s.at(-1) === s.at(-2)) ? sizes.slice(0, -1) : sizes
  for (;;) {
    const to = new Map<number, number>()
    const pick = (d: number): number => {
      // a size of 1 may be one by its meaning: it stays now and then
      if (!to.has(d)) to.set(d, d === 1 && next() < 0.5 ? 1 : next() < 0.3 ? d : possible[Math.floor(next() * possible.length)]!)
      return to.get(d)!
    }
    const found = shapes.map((s) => s.map(pick))
    if (found.every((s) => sizeOf(s) <= mostNumbers)) return found
  }
}

/** A fraction as a small whole number. */
function counted(v: number, dtype: Dtype): number {
  const whole = Number.isFinite(v) ? Math.trunc(Math.max(-100, Math.min(100, v))) : 1
  return dtype === 'bool' ? Number(whole !== 0) : dtype === 'u8' ? Math.abs(whole) : whole
}

/** A tensor of another shape and dtype with numbers of the same kind: the old ones in turn, moved a little where they are fractions. */
function filled(old: Tensor, shape: readonly number[], dtype: Dtype, next: () => number): Tensor {
  const numbers = Array.from(old.value!, Number)
  const at = (i: number): number => {
    const v = numbers.length > 0 ? numbers[i % numbers.length]! : 4 * next() - 2
    if (!isFloat(old.dtype)) return Math.abs(Math.trunc(v)) % 2
    return isFloat(dtype) ? v * (1 + 0.01 * next()) : counted(v, dtype)
  }
  const values = Array.from({ length: sizeOf(shape) }, (_, i) => at(i))
  return fromData(values.length > 0 ? encode(values, dtype) : allocate(dtype, 0), shape, dtype)
}

const coarse: Readonly<Record<string, { rtol: number; atol: number }>> = {
  f64: { rtol: 1e-8, atol: 1e-9 },
  f32: { rtol: 1e-3, atol: 1e-3 },
}

/** What is wrong with a call on these inputs, if anything. */
async function wrongWith(c: Case, inputs: readonly Tensor[], old: readonly Tensor[] | undefined): Promise<string | undefined> {
  const wrt = inputs.filter((t) => isFloat(t.dtype))
  let outputs: readonly Tensor[]
  let pulled: readonly Tensor[] = []
  try {
    outputs = outputsOf(c, inputs)
    const score = c.gradient === 0 || wrt.length === 0 ? undefined : scoreOf(outputs, 'some')
    if (score) pulled = gradients(score, wrt)
  } catch (e) {
    return e instanceof HebbError
      ? undefined
      : `refused by ${(e as Error).name}: ${(e as Error).message} ${(e as Error).stack?.split('\n')[1]}`
  }
  for (const [i, g] of pulled.entries())
    if (g.dtype !== wrt[i]!.dtype || g.shape.join() !== wrt[i]!.shape.join())
      return `gradient ${i} is (${g.shape.join(', ')}) ${g.dtype} for (${wrt[i]!.shape.join(', ')}) ${wrt[i]!.dtype}`
  const complaints = await lint([...outputs, ...pulled], 'native')
  if (complaints.length > 0) return complaints[0]
  try {
    await compute([...outputs, ...pulled])
  } catch (e) {
    const { message } = e as Error
    // an id may well name what is not there
    if (inputs.some((t) => !isFloat(t.dtype)) && /out of data bounds|Out of range|out of bounds|is outside/.test(message)) return undefined
    return `fails when it runs: ${(e as Error).name}: ${message}`
  }
  // gradients of what is not there are zeros
  if (outputs.every((t) => t.size === 0))
    for (const [i, g] of pulled.entries()) if (g.value!.some((v) => Number(v) !== 0)) return `gradient ${i} of nothing is ${g.value![0]}`
  const tolerance = coarse[inputs[0]?.dtype ?? 'f32']
  if (!tolerance || !c.reference || !old) return undefined
  const [want, own] = [inputs, old].map((each) => list(c.reference!(...each.map(gridOf)))) as [readonly Grid[], readonly Grid[]]
  // a reference that is written out for the case's own numbers, or for their shapes, says nothing of others
  if (isDeepStrictEqual(want, own)) return undefined
  for (const [i, g] of want.entries()) {
    const shape = outputs[i]!.shape.join()
    if (shape !== g.shape.join() && g.shape.join() === own[i]!.shape.join()) return undefined
    if (shape !== g.shape.join()) return `output ${i} is (${shape}), not (${g.shape.join()})`
    expectClose(outputs[i]!.value!, g.data, { ...tolerance, label: `output ${i}` })
  }
  return undefined
}

/** Every case, a few times. */
export async function* situations(): AsyncGenerator<Situation> {
  for (const family of families)
    for (const row of await rowsOf(family))
      for (const c of row.cases)
        for (let draw = 0; draw < draws; draw++) {
          const next = fractions(hash(`${row.name} ${c.name} ${draw}`))
          const old = c.inputs()
          const shapes = resized(
            old.map((t) => t.shape),
            next,
          )
          // half the time as it is, else floats in another dtype, which all share
          const other = next() < 0.5 ? undefined : dtypes[Math.floor(next() * dtypes.length)]!
          const inputs = old.map((t, i) => filled(t, shapes[i]!, isFloat(t.dtype) ? (other ?? t.dtype) : t.dtype, next))
          const title = inputs.map((t) => `(${t.shape.join(', ')}) ${t.dtype}`).join(', ')
          yield {
            name: `${family} > ${row.name}: ${c.name}: ${title}`,
            run: () => wrongWith(c, inputs, general.has(family) && !own.has(`${row.name}: ${c.name}`) ? old : undefined),
          }
        }
}
