import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { kernels, keyOf, newMemory, normal } from '../../src/kernels/index.js'
import {
  adadelta,
  adagrad,
  adam,
  adamax,
  adamW,
  lion,
  muon,
  nadam,
  type Optimizer,
  partition,
  radam,
  rmsprop,
  scalarsAt,
  sgd,
} from '../../src/optim/index.js'
import { expectClose, expectSame } from '../compare.js'
import { reference } from './reference.js'
import { named, Stepper } from './stepper.js'

const betas = { beta1: 0.8, beta2: 0.95, eps: 1e-6 }

interface Case {
  readonly name: string
  readonly make: (options: Record<string, number>) => Optimizer
  readonly options: Record<string, number>
  /** rounding near a root of a difference, or near a sign, is all there is: compare more loosely */
  readonly loose?: number
}
const cases: readonly Case[] = [
  { name: 'sgd', make: sgd, options: { lr: 0.1, weightDecay: 0.01 } },
  { name: 'momentum', make: sgd, options: { lr: 0.1, momentum: 0.9, dampening: 0.2, weightDecay: 0.01 } },
  { name: 'nesterov', make: (o) => sgd({ ...o, nesterov: true }), options: { lr: 0.1, momentum: 0.9 } },
  { name: 'adam', make: adam, options: { lr: 0.01, weightDecay: 0.1, ...betas } },
  { name: 'amsgrad', make: (o) => adam({ ...o, amsgrad: true }), options: { lr: 0.01, ...betas } },
  { name: 'adamW', make: adamW, options: { lr: 0.01, weightDecay: 0.1, ...betas } },
  { name: 'adamax', make: adamax, options: { lr: 0.01, ...betas } },
  { name: 'nadam', make: nadam, options: { lr: 0.01, momentumDecay: 0.01, ...betas } },
  { name: 'radam', make: radam, options: { lr: 0.01, ...betas } },
  { name: 'rmsprop', make: rmsprop, options: { lr: 0.01, alpha: 0.9, eps: 1e-6 } },
  {
    name: 'rmspropAll',
    make: (o) => rmsprop({ ...o, centered: true }),
    options: { lr: 0.01, alpha: 0.9, eps: 1e-3, momentum: 0.9 },
    loose: 1e-4,
  },
  { name: 'adagrad', make: adagrad, options: { lr: 0.1, lrDecay: 0.1, eps: 1e-8 } },
  { name: 'adadelta', make: adadelta, options: { lr: 1, rho: 0.9, eps: 1e-4 } },
  { name: 'lion', make: lion, options: { lr: 0.01, weightDecay: 0.1, beta1: 0.9, beta2: 0.99 } },
]

const noise = (n: number, ...use: (string | number)[]): Float32Array => normal(keyOf(11, ...use), 0, new Float32Array(n))

describe.each(cases)('$name', ({ name, make, options, loose }) => {
  const steps = 8

  test('the kernel follows the formula in f64, at any length and place', () => {
    fc.assert(
      fc.property(fc.nat(70), fc.nat(7), fc.nat(1000), (length, skip, seed) => {
        const optimizer = make(options)
        const [part] = partition(optimizer, named([{ path: 'w', shape: [length] }]))
        const step = reference[name]!(options)
        const names = Object.keys(optimizer.state)
        const gap = 4 * (length + 3)
        const k = kernels(newMemory(4 * skip + gap * (2 + names.length)))
        const view = (i: number) => new Float32Array(k.memory.buffer, 4 * skip + gap * i, length)
        const [w, g] = [view(0), view(1)]
        const state = Object.fromEntries(names.map((key, i) => [key, view(2 + i).byteOffset]))
        w.set(noise(length, 'w', seed))
        const want = Float64Array.from(w)
        const memory = Array.from(want, () => ({ ...optimizer.state }) as Record<string, number>)
        for (let t = 1; t <= steps; t++) {
          g.set(noise(length, 'g', seed, t))
          optimizer.kernel!(k, { weight: w.byteOffset, grad: g.byteOffset, state, length }, scalarsAt(part!, t))
          for (let i = 0; i < length; i++) want[i] = step(want[i]!, g[i]!, memory[i]!, t)
        }
        expectClose(w, want, { rtol: loose ?? 1e-5, atol: loose ?? 2e-6 })
        names.forEach((key, i) => {
          expectClose(
            view(2 + i),
            memory.map((s) => s[key]!),
            { rtol: loose ? 100 * loose : 1e-5, atol: loose ?? 2e-6, label: key },
          )
        })
        // nothing beside the arrays was touched
        for (let i = 0; i < 2 + names.length; i++)
          expect([...new Float32Array(k.memory.buffer, 4 * skip + gap * i + 4 * length, 3)]).toEqual([0, 0, 0])
      }),
      { numRuns: 40 },
    )
  })

  test('the graph gives what the kernel gives', async () => {
    const shapes = [[3, 7], [5], [2, 2, 3]]
    const [a, b] = (['kernel', 'graph'] as const).map(
      (form) =>
        new Stepper(
          make(options),
          shapes.map((shape, i) => ({ path: `w${i}`, shape })),
          form,
        ),
    )
    for (let i = 0; i < shapes.length; i++) for (const s of [a!, b!]) s.weights[i]!.set(noise(s.weights[i]!.length, 'start', i))
    for (let t = 1; t <= steps; t++) {
      for (const s of [a!, b!]) {
        s.grads.forEach((g, i) => {
          g.set(noise(g.length, 'grad', i, t))
        })
        await s.step()
      }
      for (let i = 0; i < shapes.length; i++) {
        expectClose(b!.weights[i]!, a!.weights[i]!, { rtol: 1e-6, atol: 1e-6, label: `weight ${i} after step ${t}` })
        for (const key of Object.keys(a!.states[i]!))
          expectClose(b!.states[i]![key]!, a!.states[i]![key]!, { rtol: loose ?? 1e-6, atol: 1e-6, label: `${key} ${i} after step ${t}` })
      }
    }
  })

  test('cutting the arrays changes no bit', () => {
    const optimizer = make(options)
    const n = 103
    const run = (cuts: readonly number[]): Float32Array => {
      const [part] = partition(optimizer, named([{ path: 'w', shape: [n] }]))
      const k = kernels(newMemory(4 * n * 6))
      const at = (i: number) => 4 * n * i
      const w = new Float32Array(k.memory.buffer, 0, n)
      w.set(noise(n, 'w'))
      for (let t = 1; t <= 3; t++) {
        new Float32Array(k.memory.buffer, at(1), n).set(noise(n, 'g', t))
        const h = scalarsAt(part!, t)
        cuts.forEach((from, c) => {
          const state = Object.fromEntries(Object.keys(optimizer.state).map((key, i) => [key, at(2 + i) + 4 * from]))
          optimizer.kernel!(k, { weight: 4 * from, grad: at(1) + 4 * from, state, length: (cuts[c + 1] ?? n) - from }, h)
        })
      }
      return new Float32Array(k.memory.buffer)
    }
    expectSame(run([0, 1, 2, 50, 53, 100]), run([0]))
  })

  test('NaN in a gradient shows in the weight, and only there', () => {
    const stepper = new Stepper(make(options), [{ path: 'w', shape: [6] }], 'kernel')
    stepper.weights[0]!.fill(1)
    stepper.grads[0]!.set([1, Number.NaN, -1, 1, 1, Number.NaN])
    return stepper.step().then(() => {
      expect(Array.from(stepper.weights[0]!, Number.isNaN)).toEqual([false, true, false, false, false, true])
    })
  })
})

describe('muon', () => {
  const options = { lr: 0.02, weightDecay: 0.1 }

  async function moved(shape: readonly number[], gradient: ArrayLike<number>, optimizer = muon(options)) {
    const stepper = new Stepper(optimizer, [{ path: 'w', shape }], 'graph')
    stepper.grads[0]!.set(gradient)
    await stepper.step()
    return stepper.weights[0]!
  }

  test('turns a gradient into a matrix with singular values near 1', async () => {
    const w = await moved([6, 4], noise(24, 'muon'))
    // w = -lr·√(6/4)·x, so wᵀw / (lr²·6/4) has eigenvalues near 1; their sum and the sum of their squares bound them
    const gram = Array.from({ length: 16 }, (_, e) => {
      let sum = 0
      for (let r = 0; r < 6; r++) sum += w[r * 4 + (e % 4)]! * w[r * 4 + Math.floor(e / 4)]!
      return sum / (0.02 ** 2 * 1.5)
    })
    const trace = gram[0]! + gram[5]! + gram[10]! + gram[15]!
    const squares = gram.reduce((sum, v) => sum + v * v, 0)
    expect(trace / 4).toBeGreaterThan(0.5)
    expect(trace / 4).toBeLessThan(1.5)
    expect(squares / 4 - (trace / 4) ** 2).toBeLessThan(0.25)
  })

  test('a kernel (O, I, H, W) is a matrix of O rows; tall and wide agree; no gradient, no move', async () => {
    const g = noise(24, 'muon')
    expectClose(await moved([4, 3, 2, 1], g), await moved([4, 6], g), { rtol: 0, atol: 0 })
    const flipped = Float32Array.from({ length: 24 }, (_, i) => g[(i % 4) * 6 + Math.floor(i / 4)]!)
    const square = muon({ ...options, adjustLr: 'matchRmsAdamW' })
    const wide = await moved([4, 6], g, square)
    const tall = await moved([6, 4], flipped, square)
    expectClose(
      tall,
      Float32Array.from({ length: 24 }, (_, i) => wide[(i % 4) * 6 + Math.floor(i / 4)]!),
    )
    expectSame(
      Array.from(await moved([3, 3], new Float32Array(9)), (v) => v + 0),
      new Float32Array(9),
    )
  })

  test('gives vectors, and what it is told to, to the fallback', () => {
    const optimizer = muon({ lr: 0.02, match: (path) => !path.includes('embed'), fallback: adamW({ lr: 3e-4, groups: [] }) })
    const weights = [
      { path: 'embed.weight', shape: [10, 4] },
      { path: 'layer.weight', shape: [4, 4] },
      { path: 'layer.bias', shape: [4] },
    ]
    const parts = partition(optimizer, named(weights)).map((p) => [p.optimizer.name, p.hyper.lr, p.weights])
    expect(parts).toEqual([
      ['adamW', 3e-4, [0, 2]],
      ['muon', 0.02, [1]],
    ])
  })
})
