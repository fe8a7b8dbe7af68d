import { describe, expect, test } from 'vitest'
import { OrtError } from '../../src/runtime/backend.js'
import { ort } from '../../src/runtime/ort/ort.js'
import { f32, Memory, messageOf, slot, square } from './bound.js'
import { model, node } from './onnx.js'

describe('mistakes are named', () => {
  const session = ort.sessionNow(square())
  const same = new Float32Array(8)

  test('overlapping memory', () => {
    const at = (start: number) => slot(same.subarray(start, start + 3), 'f32', 3)
    expect(messageOf(() => session.bind([at(0)], [at(0)]))).toMatchInlineSnapshot(
      `"bind: output y and input x share memory, and the result would be garbage: give the output memory of its own"`,
    )
    expect(() => session.bind([at(0)], [at(2)])).toThrow('output y and input x share memory')
    expect(() => session.bind([at(2)], [at(0)])).toThrow('output y and input x share memory')
    session.bind([at(0)], [at(3)])
    const two = ort.sessionNow(model([node('Neg', ['x'], ['p']), node('Abs', ['x'], ['q'])], [['x', 'f32', [3]]], [['p', 'f32', [3]], ['q', 'f32', [3]]])) // biome-ignore format: one model
    expect(() => two.bind([f32(1, 2, 3)], [at(2), at(0)])).toThrow('output p and output q share memory')
    const sum = ort.sessionNow(model([node('Add', ['x', 'z'], ['y'])], [['x', 'f32', [3]], ['z', 'f32', [3]]], [['y', 'f32', [3]]])) // biome-ignore format: one model
    sum.bind([at(0), at(1)], [f32(0, 0, 0)]).runNow!() // inputs may share
    const wide = model([node('Slice', ['x', 'a', 'b'], ['y'])], [['x', 'f32', [8]], ['a', 'i64', [1]], ['b', 'i64', [1]]], [['y', 'f32', [3]]]) // biome-ignore format: one model
    const bounds = [slot(BigInt64Array.of(0n), 'i64', 1), slot(BigInt64Array.of(3n), 'i64', 1)]
    expect(() => ort.sessionNow(wide).bind([slot(same, 'f32', 8), ...bounds], [at(4)])).toThrow('output y and input x share memory')
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
    expect(messageOf(() => session.bind([slot(new Float64Array(3), 'f64', 3)], [f32(0, 0, 0)]).runNow!())).toContain('tensor(double)')
    expect(messageOf(() => session.bind([f32(1, 2)], [f32(0, 0)]).runNow!())).toMatch(/index: 0 Got: 2 Expected: 3/)
    expect(messageOf(() => session.bind([f32(1, 2, 3)], [slot(new Float32Array(6), 'f32', 2, 3)]).runNow!())).toContain('y')
  })

  test('models', () => {
    const codeOf = (bytes: Uint8Array): string => {
      try {
        ort.sessionNow(bytes)
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
    expect(messageOf(() => ort.sessionNow(square(), { threads: 0 }))).toMatchInlineSnapshot(
      `"session: threads must be an integer of at least 1, not 0"`,
    )
  })

  test('use after release', () => {
    const released = ort.sessionNow(square())
    const binding = released.bind([f32(1, 2, 3)], [f32(0, 0, 0)])
    released.release()
    released.release()
    binding.release()
    expect(messageOf(() => released.bind([f32(1, 2, 3)], [f32(0, 0, 0)]))).toMatchInlineSnapshot(`"bind: this session was released"`)
    expect(messageOf(() => binding.runNow!())).toMatchInlineSnapshot(`"run: this binding or its session was released"`)
  })

  test('memory that moved away', () => {
    const memory = new Memory({ initial: 1, maximum: 2 })
    const binding = session.bind([slot(new Float32Array(memory.buffer, 0, 3), 'f32', 3)], [f32(0, 0, 0)])
    binding.runNow!()
    memory.grow(1)
    expect(messageOf(() => binding.runNow!())).toMatchInlineSnapshot(
      `"run: memory of this binding had 65536 bytes and now has 0: it was transferred, resized or its WebAssembly memory grew; bind again"`,
    )
    const x = Float32Array.of(1, 2, 3)
    const transferred = session.bind([slot(x, 'f32', 3)], [f32(0, 0, 0)])
    structuredClone(x, { transfer: [x.buffer] })
    expect(() => transferred.runNow!()).toThrow('transferred')
  })
})
