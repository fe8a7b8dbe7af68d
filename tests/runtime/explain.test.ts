import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { InferenceSession } from 'onnxruntime-node'
import { describe, expect, test } from 'vitest'
import { explain, grad, initialize, Linear, recompute, scan, sequential, type Tensor, tensor } from '../../src/index.js'

const model = sequential(new Linear(4, 8), (x: Tensor) => x.tanh(), new Linear(8, 2))
initialize(model)
const x = (): Tensor => tensor(new Float32Array(12).fill(0.5), { shape: [3, 4] })

describe('explain', () => {
  test('writes one line per node, with paths and totals', () => {
    expect(String(explain(model.forward(x())))).toMatchInlineSnapshot(`
      "constant_0 → (3, 4) f32
      param_1 → (8, 4) f32  0.weight
      param_2 → (8) f32  0.bias
      matmul_3 = (constant_0, param_1, param_2) → (3, 8) f32  transA=false transB=true  0.weight  192 FLOP
      tanh_4 = (matmul_3) → (3, 8) f32  24 FLOP
      param_5 → (2, 8) f32  2.weight
      param_6 → (2) f32  2.bias
      matmul_7 = (tanh_4, param_5, param_6) → (3, 2) f32  transA=false transB=true  2.weight  96 FLOP
      total 312 FLOP, 216 B of results
        matmul × 2: 288 FLOP, 120 B
        tanh × 1: 24 FLOP, 96 B"
    `)
  })

  test('adds up FLOPs and bytes by op', () => {
    const e = explain(tensor(new Float32Array(6), { shape: [2, 3] }).matmul(tensor(new Float32Array(12), { shape: [3, 4] })))
    expect([e.flops, e.bytes]).toEqual([2 * 2 * 3 * 4, 2 * 4 * 4])
    expect(e.byOp.get('matmul')).toEqual({ count: 1, flops: 48, bytes: 32 })
  })

  test('gives a model that a stock runtime opens', async () => {
    const session = await InferenceSession.create(await explain(model.forward(x())).model())
    expect(session.outputNames).toEqual(['o0'])
  })

  test('measures the nodes of the graph and cleans up', async () => {
    const e = explain(model.forward(x()))
    const profile = await e.profile({ runs: 5 })
    const ids = new Set(e.nodes.map((n) => n.id))
    expect(profile.nodes.length).toBeGreaterThanOrEqual(2)
    expect(profile.nodes.filter((n) => n.id !== undefined && ids.has(n.id)).length).toBeGreaterThanOrEqual(2)
    expect(profile.nodes.every((n) => n.count === 1 && n.microseconds >= 0)).toBe(true)
    expect(String(profile)).toContain(profile.nodes[0]!.type)
    expect(readdirSync(tmpdir()).filter((f) => f.startsWith(`hebb-profile-${process.pid}-`))).toEqual([])
  })

  test('sees inside loops', async () => {
    const { carry } = scan(
      (total: Tensor, row: Tensor) => [total.add(row.tanh()), []] as const,
      tensor([0, 0]),
      tensor([
        [1, 2],
        [3, 4],
        [5, 6],
      ]),
    )
    const profile = await explain(carry).profile({ runs: 2 })
    expect(profile.nodes.find((n) => n.type === 'Tanh')?.count).toBe(3)
  })

  test('shows that a checkpoint computes twice, also after all rewriting', async () => {
    const inner = (v: Tensor): Tensor =>
      v
        .matmul(model[0] instanceof Linear ? tensor(new Float32Array(16).fill(0.1), { shape: [4, 4] }) : v)
        .sin()
        .tanh()
    const sines = async (f: (v: Tensor) => Tensor): Promise<number> => {
      const g = grad((v: Tensor) => f(v).square().sum())(x())
      return (await explain(g).profile({ runs: 1 })).nodes.filter((n) => n.type === 'Sin').length
    }
    expect([await sines(inner), await sines(recompute(inner))]).toEqual([1, 2])
    const [plain, again] = [inner, recompute(inner)].map((f) => grad((v: Tensor) => f(v).square().sum())(x()))
    expect(await again!.data()).toEqual(await plain!.data())
  })

  test('says what cannot be explained', () => {
    expect(() => explain([])).toThrowErrorMatchingInlineSnapshot(`[HebbError: explain: there is no tensor to explain: give one or several]`)
  })
})
