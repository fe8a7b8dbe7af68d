import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { describe, expect, test } from 'vitest'
import { OrtError } from '../../src/runtime/backend.js'
import { ort } from '../../src/runtime/ort/ort.js'
import { allocate, type Dtype } from '../../src/tensor/dtype.js'
import { f32, Memory, messageOf, slot, square } from './bound.js'
import { chain, model, node } from './onnx.js'

describe('a binding computes in place', () => {
  test('names, values, new inputs in the same memory', () => {
    const session = ort.sessionNow(
      model(
        [node('MatMul', ['a', 'b'], ['c']), node('Neg', ['c'], ['d'])],
        [
          ['a', 'f32', [2, 3]],
          ['b', 'f32', [3, 2]],
        ],
        [
          ['c', 'f32', [2, 2]],
          ['d', 'f32', [2, 2]],
        ],
      ),
    )
    expect(session.inputs).toEqual(['a', 'b'])
    expect(session.outputs).toEqual(['c', 'd'])
    const a = Float32Array.of(1, 2, 3, 4, 5, 6)
    const c = new Float32Array(4)
    const d = new Float32Array(4)
    const b = slot(Float32Array.of(1, 0, 0, 1, 1, 1), 'f32', 3, 2)
    const binding = session.bind([slot(a, 'f32', 2, 3), b], [slot(c, 'f32', 2, 2), slot(d, 'f32', 2, 2)])
    binding.runNow!()
    expect([...c, ...d]).toEqual([4, 5, 10, 11, -4, -5, -10, -11])
    a.fill(1)
    binding.runNow!()
    expect([...c]).toEqual([2, 2, 2, 2])
  })

  test.each<[Dtype, (number | bigint)[], (number | bigint)[]]>([
    ['f32', [1.5, -2, 0], [3, -4, 0]],
    ['f64', [1 + 2 ** -40, -2, 0], [2 + 2 ** -39, -4, 0]],
    ['i32', [2 ** 30 - 1, -2, 0], [2 ** 31 - 2, -4, 0]],
    ['i64', [2n ** 61n, -2n, 0n], [2n ** 62n, -4n, 0n]],
    ['u8', [100, 2, 0], [200, 4, 0]],
    ['f16', [0x3e00, 0xc000, 0], [0x4200, 0xc400, 0]], // 1.5 and −2, doubled
  ])('%s', (dtype, values, doubled) => {
    const x = allocate(dtype, 3)
    const y = allocate(dtype, 3)
    values.forEach((v, i) => {
      x[i] = v
    })
    const session = ort.sessionNow(model([node('Add', ['x', 'x'], ['y'])], [['x', dtype, [3]]], [['y', dtype, [3]]]))
    session.bind([slot(x, dtype, 3)], [slot(y, dtype, 3)]).runNow!()
    expect([...y]).toEqual(doubled)
  })

  test('bool, and bf16 by a cast', () => {
    const less = ort.sessionNow(
      model([node('Less', ['x', 'z'], ['y']), node('Cast', ['x'], ['w'], { to: 16 })], [['x', 'f32', [3]], ['z', 'f32', [3]]], [['y', 'bool', [3]], ['w', 'bf16', [3]]]), // biome-ignore format: one model
    )
    const y = new Uint8Array(3)
    const w = new Uint16Array(3)
    less.bind([f32(1, 2, 3), f32(2, 2, 4)], [slot(y, 'bool', 3), slot(w, 'bf16', 3)]).runNow!()
    expect([...y]).toEqual([1, 0, 1])
    expect([...w]).toEqual([0x3f80, 0x4000, 0x4040])
  })

  test('scalars, empty tensors, symbolic sizes', () => {
    const session = ort.sessionNow(square('N'))
    const empty = () => slot(new Float32Array(0), 'f32', 0)
    session.bind([empty()], [empty()]).runNow!()
    const y = f32(0, 0)
    session.bind([f32(2, 3)], [y]).runNow!()
    expect([...(y.array as Float32Array)]).toEqual([4, 9])
    const sum = ort.sessionNow(model([node('ReduceSum', ['x'], ['y'], { keepdims: 0 })], [['x', 'f32', ['N']]], [['y', 'f32', []]]))
    const total = new Float32Array(1)
    sum.bind([empty()], [slot(total, 'f32')]).runNow!()
    expect(total[0]).toBe(0)
    sum.bind([f32(2, 3)], [slot(total, 'f32')]).runNow!()
    expect(total[0]).toBe(5)
    const fixed = ort.sessionNow(square('N'), { symbolic: { N: 2 } })
    fixed.bind([f32(2, 3)], [y]).runNow!()
    expect(() => fixed.bind([f32(1, 2, 3)], [f32(0, 0, 0)]).runNow!()).toThrow(OrtError)
  })

  test('numbers too small for a normal float are kept', () => {
    const y = f32(0)
    ort.sessionNow(model([node('Add', ['x', 'x'], ['y'])], [['x', 'f32', [1]]], [['y', 'f32', [1]]])).bind([f32(1e-42)], [y]).runNow!()
    expect((y.array as Float32Array)[0]).toBe(Math.fround(Math.fround(1e-42) * 2))
  })

  test.each([
    ['a WebAssembly memory', () => new Memory({ initial: 1 }).buffer],
    ['a shared WebAssembly memory', () => new Memory({ initial: 1, maximum: 1, shared: true }).buffer],
    ['a SharedArrayBuffer', () => new SharedArrayBuffer(1024)],
  ])('%s, at an offset', (_, make) => {
    const buffer = make()
    const x = new Float32Array(buffer, 16, 3)
    const y = new Float32Array(buffer, 64, 3)
    x.set([1, 2, 3])
    ort.sessionNow(square()).bind([slot(x, 'f32', 3)], [slot(y, 'f32', 3)]).runNow!()
    expect([...new Float32Array(buffer, 60, 5)]).toEqual([0, 1, 4, 9, 0])
  })

  test('two sessions, bound to each other’s memory', () => {
    const middle = f32(0, 0, 0)
    const y = f32(0, 0, 0)
    const first = ort.sessionNow(square()).bind([f32(1, 2, 3)], [middle])
    const second = ort.sessionNow(square(), { threads: 2, optimize: 'none', spinning: false }).bind([middle], [y])
    first.runNow!()
    second.runNow!()
    expect([...(y.array as Float32Array)]).toEqual([1, 16, 81])
  })

  test('a session that records gives the time of every node and leaves no file', async () => {
    const session = ort.sessionNow(square(), { profile: true })
    session.bind([f32(1, 2, 3)], [f32(0, 0, 0)]).runNow!()
    expect(await session.profile()).toEqual([{ node: 'Mul_y', type: 'Mul', microseconds: expect.any(Number) }])
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith(`hebb-profile-${process.pid}-`))).toEqual([])
    await expect(ort.sessionNow(square()).profile()).rejects.toThrow('this session records nothing')
  })
})

describe('a run beside the event loop', () => {
  const size = 384
  const long = () => {
    const x = slot(new Float32Array(size * size).fill(1 / size), 'f32', size, size)
    const y = slot(new Float32Array(size * size), 'f32', size, size)
    return { y, binding: ort.sessionNow(chain('MatMul', 120, [size, size])).bind([x], [y]) }
  }

  test('timers tick, and the result is right', async () => {
    const { y, binding } = long()
    let ticks = 0
    const timer = setInterval(() => ticks++, 1)
    await binding.run()
    clearInterval(timer)
    expect(ticks).toBeGreaterThan(10)
    expect((y.array as Float32Array)[7]).toBeCloseTo(1 / size, 6)
  })

  test('one binding refuses to run twice at once; two bindings do not', async () => {
    const session = ort.sessionNow(square())
    const y = [f32(0, 0, 0), f32(0, 0, 0)] as const
    const [one, two] = [session.bind([f32(1, 2, 3)], [y[0]]), session.bind([f32(4, 5, 6)], [y[1]])]
    const running = one.run()
    expect(messageOf(() => one.runNow!())).toMatchInlineSnapshot(
      `"run: this binding is still running; await its promise, or bind once more to other memory"`,
    )
    await expect(one.run()).rejects.toThrow('still running')
    await Promise.all([running, two.run()])
    expect([...(y[0].array as Float32Array), ...(y[1].array as Float32Array)]).toEqual([1, 4, 9, 16, 25, 36])
    one.runNow!()
  })

  test('released while running: the run ends first', async () => {
    const { y, binding } = long()
    const running = binding.run()
    binding.release()
    await running
    expect((y.array as Float32Array)[7]).toBeCloseTo(1 / size, 6)
    expect(messageOf(() => binding.runNow!())).toMatchInlineSnapshot(`"run: this binding or its session was released"`)
    const session = ort.sessionNow(square())
    const result = f32(0, 0, 0)
    const last = session.bind([f32(1, 2, 3)], [result]).run()
    session.release()
    await last
    expect([...(result.array as Float32Array)]).toEqual([1, 4, 9])
  })

  test('an error of the run rejects, and the binding is free again', async () => {
    const gather = model([node('Gather', ['x', 'i'], ['y'])], [['x', 'f32', [2]], ['i', 'i64', [1]]], [['y', 'f32', [1]]]) // biome-ignore format: one model
    const index = BigInt64Array.of(5n)
    const y = f32(0)
    const binding = ort.sessionNow(gather).bind([f32(10, 20), slot(index, 'i64', 1)], [y])
    await expect(binding.run()).rejects.toThrow(OrtError)
    expect(() => binding.runNow!()).toThrow(/Gather_y/)
    index[0] = 1n
    await binding.run()
    expect((y.array as Float32Array)[0]).toBe(20)
  })
})
