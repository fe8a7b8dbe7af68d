import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { Slot } from '../../src/runtime/backend.js'
import { ort } from '../../src/runtime/ort.js'
import { OrtError } from '../../src/runtime/ort-api.js'
import { allocate, type Dtype } from '../../src/tensor/dtype.js'
import { HebbError } from '../../src/tensor/errors.js'
import { chain, model, node } from './onnx.js'

/** Node has it; its types come with neither ECMAScript nor Node. */
declare const WebAssembly: {
  Memory: new (size: {
    initial: number
    maximum?: number
    shared?: boolean
  }) => { readonly buffer: ArrayBuffer; grow(pages: number): number }
}

const slot = (array: ArrayBufferView, dtype: Dtype, ...shape: number[]): Slot => ({ array, dtype, shape })
const f32 = (...values: number[]): Slot => slot(Float32Array.from(values), 'f32', values.length)
const square = (n: number | string = 3, dtype: Dtype = 'f32') =>
  model([node('Mul', ['x', 'x'], ['y'])], [['x', dtype, [n]]], [['y', dtype, [n]]])
const messageOf = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    expect(error).toBeInstanceOf(HebbError)
    return (error as Error).message
  }
  throw new Error('nothing was thrown')
}

describe('a binding computes in place', () => {
  test('names, values, new inputs in the same memory', () => {
    const session = ort.session(
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
    binding.run()
    expect([...c, ...d]).toEqual([4, 5, 10, 11, -4, -5, -10, -11])
    a.fill(1)
    binding.run()
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
    const session = ort.session(model([node('Add', ['x', 'x'], ['y'])], [['x', dtype, [3]]], [['y', dtype, [3]]]))
    session.bind([slot(x, dtype, 3)], [slot(y, dtype, 3)]).run()
    expect([...y]).toEqual(doubled)
  })

  test('bool, and bf16 by a cast', () => {
    const less = ort.session(
      model([node('Less', ['x', 'z'], ['y']), node('Cast', ['x'], ['w'], { to: 16 })], [['x', 'f32', [3]], ['z', 'f32', [3]]], [['y', 'bool', [3]], ['w', 'bf16', [3]]]), // biome-ignore format: one model
    )
    const y = new Uint8Array(3)
    const w = new Uint16Array(3)
    less.bind([f32(1, 2, 3), f32(2, 2, 4)], [slot(y, 'bool', 3), slot(w, 'bf16', 3)]).run()
    expect([...y]).toEqual([1, 0, 1])
    expect([...w]).toEqual([0x3f80, 0x4000, 0x4040])
  })

  test('scalars, empty tensors, symbolic sizes', () => {
    const session = ort.session(square('N'))
    const empty = () => slot(new Float32Array(0), 'f32', 0)
    session.bind([empty()], [empty()]).run()
    const y = f32(0, 0)
    session.bind([f32(2, 3)], [y]).run()
    expect([...(y.array as Float32Array)]).toEqual([4, 9])
    const sum = ort.session(model([node('ReduceSum', ['x'], ['y'], { keepdims: 0 })], [['x', 'f32', ['N']]], [['y', 'f32', []]]))
    const total = new Float32Array(1)
    sum.bind([empty()], [slot(total, 'f32')]).run()
    expect(total[0]).toBe(0)
    sum.bind([f32(2, 3)], [slot(total, 'f32')]).run()
    expect(total[0]).toBe(5)
    const fixed = ort.session(square('N'), { symbolic: { N: 2 } })
    fixed.bind([f32(2, 3)], [y]).run()
    expect(() => fixed.bind([f32(1, 2, 3)], [f32(0, 0, 0)]).run()).toThrow(OrtError)
  })

  test('numbers too small for a normal float are kept', () => {
    const y = f32(0)
    ort
      .session(model([node('Add', ['x', 'x'], ['y'])], [['x', 'f32', [1]]], [['y', 'f32', [1]]]))
      .bind([f32(1e-42)], [y])
      .run()
    expect((y.array as Float32Array)[0]).toBe(Math.fround(Math.fround(1e-42) * 2))
  })

  test.each([
    ['a WebAssembly memory', () => new WebAssembly.Memory({ initial: 1 }).buffer],
    ['a shared WebAssembly memory', () => new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }).buffer],
    ['a SharedArrayBuffer', () => new SharedArrayBuffer(1024)],
  ])('%s, at an offset', (_, make) => {
    const buffer = make()
    const x = new Float32Array(buffer, 16, 3)
    const y = new Float32Array(buffer, 64, 3)
    x.set([1, 2, 3])
    ort
      .session(square())
      .bind([slot(x, 'f32', 3)], [slot(y, 'f32', 3)])
      .run()
    expect([...new Float32Array(buffer, 60, 5)]).toEqual([0, 1, 4, 9, 0])
  })

  test('two sessions, bound to each other’s memory', () => {
    const middle = f32(0, 0, 0)
    const y = f32(0, 0, 0)
    const first = ort.session(square()).bind([f32(1, 2, 3)], [middle])
    const second = ort.session(square(), { threads: 2, optimize: 'none', spinning: false }).bind([middle], [y])
    first.run()
    second.run()
    expect([...(y.array as Float32Array)]).toEqual([1, 16, 81])
  })

  test('a model from a file, and its profile', () => {
    const folder = mkdtempSync(join(tmpdir(), 'hebb-ort-'))
    try {
      const file = join(folder, 'größe.onnx')
      writeFileSync(file, square())
      const session = ort.session(file, { profile: join(folder, 'profile') })
      session.bind([f32(1, 2, 3)], [f32(0, 0, 0)]).run()
      const written = session.endProfiling()
      expect(written.startsWith(join(folder, 'profile'))).toBe(true)
      expect(readFileSync(written, 'utf8')).toContain('Mul_y_kernel_time')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('a run beside the event loop', () => {
  const size = 384
  const long = () => {
    const x = slot(new Float32Array(size * size).fill(1 / size), 'f32', size, size)
    const y = slot(new Float32Array(size * size), 'f32', size, size)
    return { y, binding: ort.session(chain('MatMul', 120, [size, size])).bind([x], [y]) }
  }

  test('timers tick, and the result is right', async () => {
    const { y, binding } = long()
    let ticks = 0
    const timer = setInterval(() => ticks++, 1)
    await binding.runAsync()
    clearInterval(timer)
    expect(ticks).toBeGreaterThan(10)
    expect((y.array as Float32Array)[7]).toBeCloseTo(1 / size, 6)
  })

  test('one binding refuses to run twice at once; two bindings do not', async () => {
    const session = ort.session(square())
    const y = [f32(0, 0, 0), f32(0, 0, 0)] as const
    const [one, two] = [session.bind([f32(1, 2, 3)], [y[0]]), session.bind([f32(4, 5, 6)], [y[1]])]
    const running = one.runAsync()
    expect(messageOf(() => one.run())).toMatchInlineSnapshot(
      `"run: this binding is still running; await the promise of runAsync, or bind once more to other memory"`,
    )
    await expect(one.runAsync()).rejects.toThrow('still running')
    await Promise.all([running, two.runAsync()])
    expect([...(y[0].array as Float32Array), ...(y[1].array as Float32Array)]).toEqual([1, 4, 9, 16, 25, 36])
    one.run()
  })

  test('released while running: the run ends first', async () => {
    const { y, binding } = long()
    const running = binding.runAsync()
    binding.release()
    await running
    expect((y.array as Float32Array)[7]).toBeCloseTo(1 / size, 6)
    expect(messageOf(() => binding.run())).toMatchInlineSnapshot(`"run: this binding or its session was released"`)
    const session = ort.session(square())
    const result = f32(0, 0, 0)
    const last = session.bind([f32(1, 2, 3)], [result]).runAsync()
    session.release()
    await last
    expect([...(result.array as Float32Array)]).toEqual([1, 4, 9])
  })

  test('an error of the run rejects, and the binding is free again', async () => {
    const gather = model([node('Gather', ['x', 'i'], ['y'])], [['x', 'f32', [2]], ['i', 'i64', [1]]], [['y', 'f32', [1]]]) // biome-ignore format: one model
    const index = BigInt64Array.of(5n)
    const y = f32(0)
    const binding = ort.session(gather).bind([f32(10, 20), slot(index, 'i64', 1)], [y])
    await expect(binding.runAsync()).rejects.toThrow(OrtError)
    expect(() => binding.run()).toThrow(/Gather_y/)
    index[0] = 1n
    await binding.runAsync()
    expect((y.array as Float32Array)[0]).toBe(20)
  })
})

describe('mistakes are named', () => {
  const session = ort.session(square())
  const same = new Float32Array(8)

  test('overlapping memory', () => {
    const at = (start: number) => slot(same.subarray(start, start + 3), 'f32', 3)
    expect(messageOf(() => session.bind([at(0)], [at(0)]))).toMatchInlineSnapshot(
      `"bind: output y and input x share memory, and the result would be garbage: give the output memory of its own"`,
    )
    expect(() => session.bind([at(0)], [at(2)])).toThrow('output y and input x share memory')
    expect(() => session.bind([at(2)], [at(0)])).toThrow('output y and input x share memory')
    session.bind([at(0)], [at(3)])
    const two = ort.session(model([node('Neg', ['x'], ['p']), node('Abs', ['x'], ['q'])], [['x', 'f32', [3]]], [['p', 'f32', [3]], ['q', 'f32', [3]]])) // biome-ignore format: one model
    expect(() => two.bind([f32(1, 2, 3)], [at(2), at(0)])).toThrow('output p and output q share memory')
    const sum = ort.session(model([node('Add', ['x', 'z'], ['y'])], [['x', 'f32', [3]], ['z', 'f32', [3]]], [['y', 'f32', [3]]])) // biome-ignore format: one model
    sum.bind([at(0), at(1)], [f32(0, 0, 0)]).run() // inputs may share
    const wide = model([node('Slice', ['x', 'a', 'b'], ['y'])], [['x', 'f32', [8]], ['a', 'i64', [1]], ['b', 'i64', [1]]], [['y', 'f32', [3]]]) // biome-ignore format: one model
    const bounds = [slot(BigInt64Array.of(0n), 'i64', 1), slot(BigInt64Array.of(3n), 'i64', 1)]
    expect(() => ort.session(wide).bind([slot(same, 'f32', 8), ...bounds], [at(4)])).toThrow('output y and input x share memory')
  })

  test('sizes and counts', () => {
    expect(messageOf(() => session.bind([slot(new Float32Array(2), 'f32', 3)], [f32(0, 0, 0)]))).toMatchInlineSnapshot(
      `"bind: input x, f32 (3), takes 12 bytes, and its array has 8"`,
    )
    expect(messageOf(() => session.bind([slot(new Float32Array(3), 'f64', 3)], [f32(0, 0, 0)]))).toMatchInlineSnapshot(
      `"bind: input x, f64 (3), takes 24 bytes, and its array has 12"`,
    )
    expect(messageOf(() => session.bind([slot(new Float32Array(3), 'f32', -3)], [f32(0, 0, 0)]))).toMatchInlineSnapshot(
      `"bind: input x, f32 (-3), has a size that is not a whole number from 0"`,
    )
    expect(messageOf(() => session.bind([slot(new Uint8Array(13).subarray(1), 'f32', 3)], [f32(0, 0, 0)]))).toMatchInlineSnapshot(
      `"bind: input x, f32 (3), starts off a multiple of 4 bytes: copy it to its own array"`,
    )
    expect(messageOf(() => session.bind([], [f32(0, 0, 0)]))).toMatchInlineSnapshot(`"bind: the model has 1 input (x), and 0 were given"`)
  })

  test('what only ONNX Runtime knows', () => {
    expect(messageOf(() => session.bind([slot(new Float64Array(3), 'f64', 3)], [f32(0, 0, 0)]).run())).toContain('tensor(double)')
    expect(messageOf(() => session.bind([f32(1, 2)], [f32(0, 0)]).run())).toMatch(/index: 0 Got: 2 Expected: 3/)
    expect(messageOf(() => session.bind([f32(1, 2, 3)], [slot(new Float32Array(6), 'f32', 2, 3)]).run())).toContain('y')
  })

  test('models', () => {
    const codeOf = (bytes: Uint8Array | string): string => {
      try {
        ort.session(bytes)
      } catch (error) {
        if (error instanceof OrtError) return `${error.code}: ${error.message}`
      }
      return 'no OrtError'
    }
    const unknown = model([node('Frobnicate', ['x'], ['y'])], [['x', 'f32', [3]]], [['y', 'f32', [3]]])
    expect(codeOf(unknown)).toMatch(/^INVALID_GRAPH: .*Frobnicate_y.*No Op registered for Frobnicate/)
    const shapes = model([node('MatMul', ['x', 'x'], ['y'])], [['x', 'f32', [2, 3]]], [['y', 'f32', [2, 3]]])
    expect(codeOf(shapes)).toMatch(/^FAIL: .*MatMul_y.*Incompatible dimensions/)
    expect(codeOf(Uint8Array.of(1, 2, 3))).toMatch(/^INVALID_PROTOBUF: /)
    expect(codeOf('/does/not/exist.onnx')).toMatch(/^NO_SUCHFILE: .*exist.onnx/)
    expect(messageOf(() => ort.session(square(), { threads: 0 }))).toMatchInlineSnapshot(
      `"session: threads must be an integer of at least 1, not 0"`,
    )
  })

  test('use after release, profiling without a profile', () => {
    const released = ort.session(square())
    const binding = released.bind([f32(1, 2, 3)], [f32(0, 0, 0)])
    expect(messageOf(() => released.endProfiling())).toMatchInlineSnapshot(
      `"endProfiling: this session records nothing; open it with { profile: "file prefix" }"`,
    )
    released.release()
    released.release()
    binding.release()
    expect(messageOf(() => released.bind([f32(1, 2, 3)], [f32(0, 0, 0)]))).toMatchInlineSnapshot(`"bind: this session was released"`)
    expect(messageOf(() => binding.run())).toMatchInlineSnapshot(`"run: this binding or its session was released"`)
  })

  test('memory that moved away', () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 2 })
    const binding = session.bind([slot(new Float32Array(memory.buffer, 0, 3), 'f32', 3)], [f32(0, 0, 0)])
    binding.run()
    memory.grow(1)
    expect(messageOf(() => binding.run())).toMatchInlineSnapshot(
      `"run: memory of this binding had 65536 bytes and now has 0: it was transferred, resized or its WebAssembly memory grew; bind again"`,
    )
    const x = Float32Array.of(1, 2, 3)
    const transferred = session.bind([slot(x, 'f32', 3)], [f32(0, 0, 0)])
    structuredClone(x, { transfer: [x.buffer] })
    expect(() => transferred.run()).toThrow('transferred')
  })
})

describe('whole processes', () => {
  const run = (mode: string, ...flags: string[]) =>
    promisify(execFile)(process.execPath, [...flags, fileURLToPath(new URL('./ort-process.mjs', import.meta.url)), mode])

  test('memory stays: 20,000 runs, 1,000 bindings and 60 sessions, released or dropped', async () => {
    const { stdout } = await run('growth', '--expose-gc')
    const grown = JSON.parse(stdout) as Record<string, number>
    expect(Object.keys(grown)).toEqual(['runs', 'released', 'dropped', 'sessions'])
    for (const [what, megabytes] of Object.entries(grown)) expect(megabytes, what).toBeLessThan(5)
  })

  test('an exit during a run is clean, and nothing is said on stderr', async () => {
    await expect(run('exit')).rejects.toMatchObject({ code: 3, stderr: '', stdout: 'running\n' })
  })

  test('worker threads use it, alone and at once, and may be stopped during a run', async () => {
    const { stdout, stderr } = await run('workers')
    expect(stderr).toBe('')
    expect(stdout).toBe('worker 0 done, worker 1 stopped, main done\n')
  })
})
