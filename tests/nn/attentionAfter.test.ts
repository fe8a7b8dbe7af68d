/** Attention that goes on: the runtime's node against the whole, and against the same as a graph. */
import { describe, expect, test } from 'vitest'
import { keptWidth } from '../../src/functional/index.js'
import { placeholder } from '../../src/graph/leaf.js'
import {
  attentionAfter,
  compute,
  concat,
  full,
  gradcheck,
  placesAfter,
  scaledDotProductAttention,
  type Tensor,
  tensor,
} from '../../src/index.js'
import { ownAttention } from '../../src/nn/index.js'
import { BoundProgram } from '../../src/runtime/bound.js'
import { expectClose } from '../compare.js'
import { numbers } from './layering.js'

/** Numbers without a pattern, small enough that a softmax spreads. */
const small = (shape: readonly number[], salt = 0): Tensor => numbers(shape, salt).mul(0.5)

async function expectSame(got: Tensor, want: Tensor, rtol = 1e-5, atol = 2e-6): Promise<void> {
  const [a, b] = await compute([got, want])
  expectClose({ data: a!, shape: got.shape }, { data: b!, shape: want.shape }, { rtol, atol })
}

describe('attention after kept places', () => {
  const long = (): [Tensor, Tensor, Tensor] => [small([2, 4, 9, 3]), small([2, 2, 9, 3], 1), small([2, 2, 9, 3], 2)]
  const rows = (x: Tensor, from: number, to: number): Tensor => x.slice([null, null, [from, to]])
  const count = (n: number): Tensor => tensor(Int32Array.of(n))

  const byPlace = (x: Tensor): Tensor => x.transpose(1, 2)
  /** Room for `places` places, of which the first are those of x and the others hold a number. */
  const room = (x: Tensor, places: number, filler = 0): Tensor =>
    concat([x, full([x.shape[0]!, x.shape[1]!, places - x.shape[2]!, x.shape[3]!], filler)], 2).pad([
      [0, 0],
      [0, 0],
      [0, 0],
      [0, keptWidth(x.shape[3]!) - x.shape[3]!],
    ])

  test.each([
    [8, 9],
    [5, 9],
    [0, 1],
    [0, 9],
  ])(
    'places %i to %i: those rows of the whole, whatever stands in the room that is left; keys and values join the others',
    async (from, to) => {
      const [q, k, v] = long().map((x) => x.slice([[0, 1]])) as [Tensor, Tensor, Tensor]
      const want = rows(scaledDotProductAttention(q, k, v, { causal: true }), from, to)
      for (const filler of [0, 1e6]) {
        const past = { k: room(rows(k, 0, from), 9, filler), v: room(rows(v, 0, from), 9, filler), length: count(from) }
        const next = [q, k, v].map((x) => byPlace(rows(x, from, to))) as [Tensor, Tensor, Tensor]
        const { y, kept } = attentionAfter(...next, past)
        await expectSame(byPlace(y), want)
        await expectSame(rows(kept.k, 0, to), rows(room(k, 9), 0, to))
        await expectSame(rows(kept.v, 0, to), rows(room(v, 9), 0, to))
      }
    },
  )

  test('each text has a past of its own length; places go on from it', async () => {
    const [q, k, v] = long()
    const whole = scaledDotProductAttention(q, k, v, { causal: true })
    const lengths = [6, 2]
    // text n has read lengths[n] places, and reads 3 more
    const cut = (x: Tensor, from: (length: number) => number, count: number): Tensor =>
      concat(
        lengths.map((length, n) => x.slice([[n, n + 1], null, [from(length), from(length) + count]])),
        0,
      )
    const past = { k: room(k, 9), v: room(v, 9), length: tensor(Int32Array.from(lengths)) }
    for (const steps of [1, 3]) {
      const next = [q, k, v].map((x) => byPlace(cut(x, (length) => length, steps))) as [Tensor, Tensor, Tensor]
      await expectSame(
        byPlace(attentionAfter(...next, past).y),
        cut(whole, (length) => length, steps),
      )
    }
    expect([...(await placesAfter(past.length, 2).data())]).toEqual([6, 7, 2, 3])
    expect(placesAfter(count(4), 2).shape).toEqual([2])
  })

  /** Cosines and sines of `places` places and R/2 angles. */
  const tables = (places: number, half: number): { cos: Tensor; sin: Tensor } => {
    const angle = (i: number): number => Math.floor(i / half) * 100 ** (-(i % half) / half)
    const table = (f: (x: number) => number): Tensor =>
      tensor(
        Float32Array.from({ length: places * half }, (_, i) => f(angle(i))),
        { shape: [places, half] },
      )
    return { cos: table(Math.cos), sin: table(Math.sin) }
  }

  // the runtime's own node against the same in f64, which has none
  test.each([
    { N: 1, T: 1, H: 4, G: 2, D: 16, S: 8, R: 16 },
    { N: 3, T: 1, H: 4, G: 2, D: 16, S: 8, R: 16, window: 2 },
    { N: 1, T: 3, H: 4, G: 4, D: 12, S: 8, R: 8, interleaved: true },
    { N: 2, T: 1, H: 6, G: 2, D: 32, S: 16, R: 16, interleaved: true, window: 3 },
    { N: 1, T: 4, H: 6, G: 3, D: 32, S: 16, R: 32, interleaved: true, window: 3, softCap: 5 },
    { N: 2, T: 3, H: 4, G: 2, D: 8, S: 8, R: 8, window: 2, softCap: 4 },
    { N: 1, T: 8, H: 4, G: 2, D: 16, S: 8, R: 16, window: 3 },
  ])('rotation, windows, caps: %o', async ({ N, T, H, G, D, S, R, interleaved = false, ...options }) => {
    const W = keptWidth(D)
    const [q, k, v] = [H, G, G].map((heads, i) => small([N, T, heads, D], i)) as [Tensor, Tensor, Tensor]
    const [pastK, pastV] = [4, 5].map((i) => small([N, G, S, W], i)) as [Tensor, Tensor]
    const lengths = T === S ? [0] : [2, 5, 0].slice(0, N).map((n) => Math.min(n, S - T))
    const length = tensor(Int32Array.from(lengths))
    const rotary = tables(S, R / 2)
    const asked = (dtype: 'f32' | 'f64'): ReturnType<typeof attentionAfter> => {
      const [a, b, c, d, e, cos, sin] = [q, k, v, pastK, pastV, rotary.cos, rotary.sin].map((t) => t.cast(dtype))
      return attentionAfter(a!, b!, c!, { k: d!, v: e!, length }, { ...options, rotary: { cos: cos!, sin: sin!, interleaved } })
    }
    const [got, want] = [asked('f32'), asked('f64')]
    await expectSame(got.y, want.y.cast('f32'))
    for (const [n, read] of lengths.entries())
      for (const part of ['k', 'v'] as const) {
        const counted = (x: Tensor): Tensor => x.slice([[n, n + 1], null, [0, read + T]])
        await expectSame(counted(got.kept[part]), counted(want.kept[part].cast('f32')))
      }
  })

  test('a program changes the kept keys and values where they lie, and refuses memory in common with anything else', async () => {
    const [q, k, v] = [4, 2, 2].map((heads) => placeholder([1, 1, heads, 8], 'f32')) as [Tensor, Tensor, Tensor]
    const [pastK, pastV, length] = [placeholder([1, 2, 4, 8], 'f32'), placeholder([1, 2, 4, 8], 'f32'), placeholder([1], 'i32')]
    const { y, kept } = attentionAfter(q, k, v, { k: pastK, v: pastV, length })
    const program = new BoundProgram([q, k, v, pastK, pastV, length], [y, kept.k, kept.v])
    program.results[1] = program.slots[3]!
    program.results[2] = program.slots[4]!
    for (let n = 0; n < 4; n++) {
      program.slots[1]!.fill((n + 1) as never)
      program.slots[5]![0] = n
      await program.run()
    }
    expect([...program.slots[3]!].filter((_, i) => i % 8 === 0)).toEqual([1, 2, 3, 4, 1, 2, 3, 4])
    program.results[2] = program.slots[3]!
    await expect(program.run()).rejects.toThrow('share memory')
  })

  test.each([{}, { window: 3 }, { softCap: 2 }, { window: 2, softCap: 1, scale: 0.7 }])(
    'nothing before: own attention, %o',
    async (options) => {
      const [q, k, v] = long().map((x) => x.slice([[0, 1]])) as [Tensor, Tensor, Tensor]
      const next = [q, k, v].map((x) => byPlace(x)) as [Tensor, Tensor, Tensor]
      const past = { k: full([1, 2, 9, 8], 0), v: full([1, 2, 9, 8], 0), length: count(0) }
      await expectSame(byPlace(attentionAfter(...next, past, options).y), ownAttention(q, k, v, options))
    },
  )

  test('derivatives', async () => {
    const f = (a: Tensor, b: Tensor, c: Tensor, d: Tensor, e: Tensor): Tensor => {
      const { y, kept } = attentionAfter(a, b, c, { k: d, v: e, length: count(2) }, { softCap: 3 })
      return y.sum().add(kept.k.square().sum()).add(kept.v.square().sum())
    }
    const shapes = [[1, 2, 2, 8], ...Array(2).fill([1, 2, 1, 8]), ...Array(2).fill([1, 1, 4, 8])] as readonly (readonly number[])[]
    await gradcheck(
      (...xs) => f(...(xs as [Tensor, Tensor, Tensor, Tensor, Tensor])),
      shapes.map((shape, i) => small(shape, i)),
      { order: 2, directions: 1 },
    )
  })

  test('says what does not fit', () => {
    const [q, k, v] = long().map(byPlace) as [Tensor, Tensor, Tensor]
    const past = { k: small([2, 2, 9, 8], 1), v: small([2, 2, 8, 8], 2), length: tensor(Int32Array.of(0, 0)) }
    expect(() => attentionAfter(q, k, v, past)).toThrow(/attentionAfter: needs q .*: got \(2, 9, 4, 3\).*\(2, 2, 8, 8\)/)
    const fits = { ...past, v: past.k }
    expect(() => attentionAfter(q, k, v, { ...fits, length: tensor(Int32Array.of(1, 2, 3)) })).toThrow('give (2) i32, one a text')
    expect(() => attentionAfter(q, k, v, fits, { window: 1.5 })).toThrow('window 1.5')
    expect(() => attentionAfter(q, k, v, fits, { rotary: tables(8, 1) })).toThrow('P at least the 9 places kept')
  })
})
