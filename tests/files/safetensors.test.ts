import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatSafetensors, parseSafetensors } from '../../src/files/safetensors/bytes.js'
import { checkStored, type StoredDtype, type StoredTensor, storedArray, storedBytes } from '../../src/files/safetensors/stored.js'

const dtypes: StoredDtype[] = ['f64', 'f32', 'f16', 'bf16', 'i64', 'i32', 'i16', 'i8', 'u64', 'u32', 'u16', 'u8', 'bool']

/** Any tensor: any dtype, rank 0 to 4, sizes 0 to 4, any bits. */
const anyTensor = fc
  .tuple(fc.constantFrom(...dtypes), fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }))
  .chain(([dtype, shape]) => {
    const bytes = shape.reduce((a, b) => a * b, storedBytes(dtype))
    return fc.uint8Array({ minLength: bytes, maxLength: bytes, ...(dtype === 'bool' ? { max: 1 } : {}) }).map((raw): StoredTensor => {
      return { dtype, shape, data: storedArray(dtype, raw.slice()) }
    })
  })
const anyName = fc.string({ unit: 'grapheme' }).filter((name) => name !== '__metadata__')
const anyFile = fc.tuple(fc.array(fc.tuple(anyName, anyTensor), { maxLength: 6 }), fc.dictionary(fc.string(), fc.string(), { maxKeys: 4 }))

const rawBytes = (t: StoredTensor): number[] => [...new Uint8Array(t.data.buffer, t.data.byteOffset, t.data.byteLength)]
const plain = (tensors: ReadonlyMap<string, StoredTensor>): unknown =>
  [...tensors].map(([name, t]) => [name, t.dtype, t.shape, t.data.constructor.name, rawBytes(t)]).sort()

/** A file with any header text, honest about its length, and `data` bytes behind it. */
function file(header: unknown, data = 0): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header))
  const bytes = new Uint8Array(8 + json.length + data)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true)
  bytes.set(json, 8)
  return bytes
}
const message = (bytes: Uint8Array): string => {
  try {
    parseSafetensors(bytes, 'a.safetensors')
    return 'nothing thrown'
  } catch (error) {
    return (error as Error).message
  }
}
const damaged = (problem: string): string =>
  `cannot read a.safetensors: ${problem}. The file is damaged or no safetensors file: fetch or write it again.`

describe('round trips', () => {
  test('any tensors and texts come back as they were, at any alignment of the bytes', () => {
    fc.assert(
      fc.property(anyFile, fc.integer({ min: 0, max: 7 }), ([entries, metadata], shift) => {
        const tensors = new Map(entries)
        const bytes = formatSafetensors(tensors, metadata)
        const moved = new Uint8Array(bytes.length + shift).subarray(shift)
        moved.set(bytes)
        const back = parseSafetensors(moved)
        expect(plain(back.tensors)).toEqual(plain(tensors))
        expect(Object.entries(back.metadata).sort()).toEqual(Object.entries(metadata).sort())
        expect(formatSafetensors(back.tensors, back.metadata)).toEqual(bytes)
      }),
    )
  })

  test('the order in which tensors and texts are given does not matter', () => {
    fc.assert(
      fc.property(anyFile, ([entries, metadata]) => {
        const once = new Map(entries)
        const turned = new Map([...once].reverse())
        const notes = Object.fromEntries(Object.entries(metadata).reverse())
        expect(formatSafetensors(turned, notes)).toEqual(formatSafetensors(once, metadata))
      }),
    )
  })

  test('the bytes are those of the format, written by hand', () => {
    const bytes = formatSafetensors(
      {
        b: { dtype: 'bool', shape: [3], data: new Uint8Array([1, 0, 1]) },
        w: { dtype: 'f32', shape: [1, 2], data: new Float32Array([1, -2]) },
      },
      { format: 'pt' },
    )
    const json =
      '{"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"b":{"dtype":"BOOL","shape":[3],"data_offsets":[8,11]}}'
    const padded = json.padEnd(Math.ceil(json.length / 8) * 8)
    const head = [padded.length, 0, 0, 0, 0, 0, 0, 0, ...new TextEncoder().encode(padded)]
    expect([...bytes]).toEqual([...head, 0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0, 1, 0, 1])
  })

  test('aligned tensors are views, not copies', () => {
    const bytes = formatSafetensors({ w: { dtype: 'f32', shape: [2], data: new Float32Array([1, 2]) } })
    expect(parseSafetensors(bytes).tensors.get('w')!.data.buffer).toBe(bytes.buffer)
  })
})

describe('what may not be written', () => {
  test.each<[string, unknown, string]>([
    ['length', { dtype: 'f32', shape: [2, 3], data: new Float32Array(5) }, 'shape (2, 3) has 6 elements but its data 5'],
    ['array', { dtype: 'f16', shape: [1], data: new Float32Array(1) }, 'dtype f16 is held by a Uint16Array, not a Float32Array'],
    ['size', { dtype: 'f32', shape: [-1], data: new Float32Array(1) }, '(-1) is no shape'],
    ['dtype', { dtype: 'f8', shape: [1], data: new Uint8Array(1) }, 'there is no dtype "f8": use one of bool, u8, i8'],
  ])('%s', (_, tensor, problem) => {
    expect(() => checkStored('w', tensor as StoredTensor)).toThrow(`cannot store tensor "w": ${problem}`)
  })

  test('names and texts', () => {
    const tensor: StoredTensor = { dtype: 'u8', shape: [0], data: new Uint8Array(0) }
    expect(() => formatSafetensors({ __metadata__: tensor })).toThrow('the format keeps this name for itself')
    const notes = { epoch: 3 } as unknown
    expect(() => formatSafetensors({}, notes as Record<string, string>)).toThrow('cannot store metadata "epoch": it is 3, and the format')
  })
})

describe('files that are not to be believed', () => {
  const w = { dtype: 'F32', shape: [2], data_offsets: [0, 8] }
  const huge = (length: bigint): Uint8Array => {
    const bytes = new Uint8Array(16)
    new DataView(bytes.buffer).setBigUint64(0, length, true)
    return bytes
  }
  test.each<[string, Uint8Array, string]>([
    ['empty', new Uint8Array(0), '0 bytes are too few for a header'],
    ['seven bytes', new Uint8Array(7), '7 bytes are too few for a header'],
    ['header past the end', huge(9n), 'its header claims 9 bytes but 8 follow'],
    ['header past the limit', huge(100_000_001n), "its header claims 100000001 bytes, more than the format's limit of 100000000"],
    ['header of 2^64 - 1', huge(2n ** 64n - 1n), "its header claims 18446744073709551615 bytes, more than the format's limit of 100000000"],
    ['no header', file(''), 'its header does not begin with {'],
    ['an array', file('[1]'), 'its header does not begin with {'],
    ['a byte order mark', file('\ufeff{}'), 'its header does not begin with {'],
    ['bytes past the tensors', file({ w }, 9), 'its tensors end at 8 but 9 bytes of data follow the header'],
    ['bytes and no tensors', file('{}', 1), 'its tensors end at 0 but 1 bytes of data follow the header'],
    ['cut short', file({ w }, 7), 'tensor "w": its data_offsets [0, 8] reach past the 7 bytes of data'],
    ['a name twice', file(`{"w":${JSON.stringify(w)},"\\u0077":${JSON.stringify(w)}}`, 8), 'its header names "w" twice'],
    ['a field twice', file('{"w":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}', 8), 'its header names "dtype" twice'],
    ['entry', file({ w: 3 }), 'tensor "w": its entry is no object'],
    ['no dtype', file({ w: { ...w, dtype: undefined } }, 8), 'tensor "w": its dtype is missing, not a name'],
    ['negative size', file({ w: { ...w, shape: [-2] } }, 8), 'tensor "w": its shape [-2] is no list of at most 64 sizes'],
    ['fractional size', file({ w: { ...w, shape: [2.5] } }, 8), 'tensor "w": its shape [2.5] is no list of at most 64 sizes'],
    [
      'size past 2^53',
      file('{"w":{"dtype":"F32","shape":[9007199254740993],"data_offsets":[0,8]}}', 8),
      'tensor "w": its shape [9007199254740992] is no list of at most 64 sizes',
    ],
    [
      'product past 2^53',
      file({ w: { ...w, shape: [2 ** 40, 2 ** 40] } }, 8),
      `tensor "w": shape (${2 ** 40}, ${2 ** 40}) of F32 takes ${2 ** 82} bytes but its data_offsets [0, 8] span 8`,
    ],
    ['offsets', file({ w: { ...w, data_offsets: [0] } }, 8), 'tensor "w": its data_offsets [0] are no two offsets'],
    ['offsets as text', file({ w: { ...w, data_offsets: ['0', 8] } }, 8), 'tensor "w": its data_offsets ["0",8] are no two offsets'],
    ['offsets turned', file({ w: { ...w, data_offsets: [8, 0] } }, 8), 'tensor "w": its data_offsets [8, 0] end before they begin'],
    [
      'bytes and shape differ',
      file({ w: { ...w, shape: [3] } }, 8),
      'tensor "w": shape (3) of F32 takes 12 bytes but its data_offsets [0, 8] span 8',
    ],
    [
      'overlap',
      file({ w, v: { ...w, data_offsets: [4, 12] } }, 12),
      'tensor "v": its bytes begin at 4 inside those of "w", which end at 8',
    ],
    ['the same bytes twice', file({ w, v: w }, 8), 'tensor "v": its bytes begin at 0 inside those of "w", which end at 8'],
    ['hole', file({ w, v: { ...w, data_offsets: [12, 20] } }, 20), 'tensor "v": its bytes begin at 12, leaving a hole from 8'],
    ['hole at the start', file({ w: { ...w, data_offsets: [4, 12] } }, 12), 'tensor "w": its bytes begin at 4, leaving a hole from 0'],
    ['metadata', file({ __metadata__: 'x' }), 'its __metadata__ is no object'],
    ['metadata value', file({ __metadata__: { a: 1 } }), 'its metadata "a" is 1, not a text'],
  ])('%s', (_, bytes, problem) => expect(message(bytes)).toBe(damaged(problem)))

  test('JSON that is none, text that is no UTF-8', () => {
    expect(message(file('{"w":'))).toMatch(/^cannot read a\.safetensors: its header is no JSON \(.*\)\. The file is damaged/)
    const bytes = file('{"w":1}')
    bytes[10] = 0xff
    expect(message(bytes)).toMatch(/its header is no JSON \(.*(encoded|valid).*\)/)
  })

  test('a dtype Hebb does not read is told apart from damage', () => {
    expect(message(file({ w: { dtype: 'F8_E4M3', shape: [8], data_offsets: [0, 8] } }, 8))).toBe(
      'cannot read a.safetensors: tensor "w": dtype "F8_E4M3" is not one Hebb reads (BOOL, U8, I8, I16, U16, F16, BF16, I32, U32, F32, F64, I64, U64)',
    )
  })

  test('every byte of a boolean but 0 is true; the bytes read from stay as they are', () => {
    const bytes = file({ b: { dtype: 'BOOL', shape: [4], data_offsets: [0, 4] } }, 4)
    bytes.set([2, 0, 255, 1], bytes.length - 4)
    expect([...parseSafetensors(bytes).tensors.get('b')!.data]).toEqual([1, 0, 1, 1])
    expect(bytes.at(-4)).toBe(2)
  })

  test.each([
    ['in an entry', `{"w":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['in a field of an entry', `{"w":{"dtype":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}}`],
    ['without an end', '{"w":'.repeat(100_000)],
    ['in the metadata', `{"__metadata__":{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`],
  ])('nested 100,000 deep %s', (_, json) => expect(message(file(json))).toBe(damaged('its header is nested more than 128 deep')))

  test.each([
    ['blanks before and behind', ' \n{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}  ', 1],
    ['blanks between', '{ "w" : { "dtype" : "U8" ,\t"shape" : [ 1 ] , "data_offsets" : [ 0 , 1 ] } }', 1],
    ['an unknown field', '{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"more":{"a":[{"b":"}"}]}}}', 1],
    [
      'no size and no axes',
      '{"w":{"dtype":"U8","shape":[],"data_offsets":[0,1]},"v":{"dtype":"F64","shape":[0,3],"data_offsets":[1,1]}}',
      1,
    ],
    ['data out of line', '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"w":{"dtype":"F32","shape":[2],"data_offsets":[1,9]}}', 9],
    ['names out of order', '{"b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]},"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 2],
  ])('%s: read as the Python library reads it', (_, json, data) => {
    const { tensors } = parseSafetensors(file(json, data))
    expect([...tensors.get('w')!.data].every((x) => Number(x) === 0)).toBe(true)
  })

  test.each(['F4', 'F6_E2M3', 'F8_E4M3', 'F8_E5M2', 'F8_E8M0', 'C64', 'X'])('the dtype %s is named', (dtype) =>
    expect(message(file({ w: { dtype, shape: [8], data_offsets: [0, 8] } }, 8))).toContain(`dtype "${dtype}" is not one Hebb reads`),
  )

  test.each([
    '{"__metadata__":{},}',
    '{,}',
    '{"a" 1}',
    '{"a":}',
    '{"a":1 2}',
    '{"__metadata__":{}}x',
    '{"__metadata__":{}}{}',
    "{'a':1}",
    '{"a',
    '{a:1}',
    '{"a":1',
    '{"a":tru}',
    '{"a":"\n"}',
  ])('%j is no JSON', (json) => expect(message(file(json))).toMatch(/its header is no JSON \(/))

  test('names are quoted and shortened, __proto__ is a name like any other', () => {
    expect(message(file({ ['x"\n'.repeat(200)]: 3 })).length).toBeLessThan(500)
    const one = '{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}'
    expect([...parseSafetensors(file(one, 1)).tensors.keys()]).toEqual(['__proto__'])
  })

  test('a name of 40 million characters is read, not choked on', () => {
    const name = 'n'.repeat(40_000_000)
    const bytes = file(`{"${name}":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 1)
    expect(parseSafetensors(bytes).tensors.get(name)!.shape).toEqual([1])
  })

  test('any damage to one byte, any cut: either a message of ours or a file that is whole', () => {
    const good = formatSafetensors({
      a: { dtype: 'f32', shape: [3], data: new Float32Array(3) },
      b: { dtype: 'u8', shape: [2], data: new Uint8Array(2) },
    })
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), (at, value, length) => {
        const bad = good.slice(0, length)
        if (at < length) bad[at] = value
        const said = message(bad)
        expect(said).toMatch(/^(nothing thrown|cannot read a\.safetensors: )/)
        if (length < good.length && at >= 8) expect(said).not.toBe('nothing thrown')
      }),
      { numRuns: 2000 },
    )
  })
})
