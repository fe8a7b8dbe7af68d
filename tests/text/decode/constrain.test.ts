/** Texts bound to choices, expressions and schemas: whatever a model without sense writes fits. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bpe, characters, Gpt, generate, type Tokenizer } from '../../../src/index.js'
import { constraintOf } from '../../../src/text/decode/constrain/constraint.js'

const letters = bpe(['{"name": "a", "of": [1, 2.5e3, -7], "true": true, "null": null, false žluť 🙂 hello world'], { size: 300 })

/** Draws tokens by chance until the text is whole, then ends soon; the text. */
function drawn(bound: Parameters<typeof constraintOf>[0], random: () => number, tokenizer: Tokenizer = letters): string {
  const constraint = constraintOf(bound, tokenizer)!
  let state = constraint.start
  const ids: number[] = []
  for (let n = 0; n < 4000; n++) {
    const { bits, count } = constraint.allowed(state)
    if (state.whole && (count === 0 || random() < 0.2)) break
    const all = Array.from({ length: tokenizer.size }, (_, id) => id).filter((id) => (bits[id >>> 5]! >>> (id & 31)) & 1)
    expect(all.length).toBe(count)
    expect(count).toBeGreaterThan(0)
    // after a while what closes is taken, so that it comes to an end
    const closing = n > 60 ? all.filter((id) => /^[\]}"]+$/.test(tokenizer.decode([id]))) : []
    const among = closing.length > 0 && random() < 0.8 ? closing : all
    const id = among[Math.floor(random() * among.length)]!
    ids.push(id)
    state = constraint.after(state, id)!
  }
  expect(state.whole).toBe(true)
  return tokenizer.decode(ids)
}

/** A small judge of what a schema says. */
function fits(value: unknown, schema: unknown): boolean {
  if (typeof schema === 'boolean') return schema
  const s = schema as Record<string, never> & {
    properties?: Record<string, unknown>
    required?: string[]
    anyOf?: unknown[]
    enum?: unknown[]
  }
  if (s.anyOf) return s.anyOf.some((one) => fits(value, one))
  if (s.enum) return s.enum.some((one) => JSON.stringify(one) === JSON.stringify(value))
  if (s.type === 'null') return value === null
  if (s.type === 'boolean') return typeof value === 'boolean'
  if (s.type === 'string') {
    const length = typeof value === 'string' ? [...value].length : -1
    return (
      length >= (s.minLength ?? 0) &&
      length <= (s.maxLength ?? Number.POSITIVE_INFINITY) &&
      new RegExp(s.pattern ?? '', 'u').test(value as string)
    )
  }
  if (s.type === 'integer' || s.type === 'number')
    return (
      typeof value === 'number' &&
      Number.isFinite(value) &&
      (s.type === 'number' || Number.isInteger(value)) &&
      value >= (s.minimum ?? Number.NEGATIVE_INFINITY) &&
      value <= (s.maximum ?? Number.POSITIVE_INFINITY) &&
      value > (s.exclusiveMinimum ?? Number.NEGATIVE_INFINITY)
    )
  if (s.type === 'array')
    return (
      Array.isArray(value) &&
      value.length >= (s.minItems ?? 0) &&
      value.length <= (s.maxItems ?? Number.POSITIVE_INFINITY) &&
      value.every((item) => fits(item, s.items ?? true))
    )
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const known = s.properties ?? {}
  return (
    (s.required ?? []).every((name) => Object.hasOwn(value, name)) &&
    Object.entries(value).every(([name, inner]) => fits(inner, Object.hasOwn(known, name) ? known[name] : (s.additionalProperties ?? true)))
  )
}

const whole = fc.integer({ min: -1200, max: 1200 })
const { schema } = fc.letrec((tie) => ({
  schema: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom({ type: 'null' }, { type: 'boolean' }, { type: 'string' }, { type: 'integer' }, { type: 'number' }),
    fc
      .tuple(whole, fc.nat(1500), fc.constantFrom('integer', 'number'))
      .map(([minimum, more, type]) => ({ type, minimum, maximum: minimum + more })),
    whole.map((exclusiveMinimum) => ({ type: 'number', exclusiveMinimum })),
    fc.tuple(fc.nat(4), fc.nat(4)).map(([minLength, more]) => ({ type: 'string', minLength, maxLength: minLength + more })),
    fc.constantFrom('^a+$', '[0-9]{2}', '^(ab|c"\\\\d)*$', '^(\\u{1F642}|\n)$', '^[^a-z]$').map((pattern) => ({ type: 'string', pattern })),
    fc.array(fc.jsonValue({ maxDepth: 1 }), { minLength: 1, maxLength: 4 }).map((values) => ({ enum: values })),
    fc
      .tuple(tie('schema'), fc.nat(2), fc.nat(2))
      .map(([items, minItems, more]) => ({ type: 'array', items, minItems, maxItems: minItems + more })),
    fc.tuple(tie('schema'), tie('schema')).map((anyOf) => ({ anyOf })),
    fc
      .tuple(fc.dictionary(fc.constantFrom('a', 'ab', 'b"c', 'ž'), tie('schema')), fc.boolean(), fc.option(tie('schema'), { nil: false }))
      .map(([properties, needed, additionalProperties]) => ({
        type: 'object',
        properties,
        required: needed ? Object.keys(properties) : [],
        additionalProperties,
      })),
  ),
}))

test('texts bound to a schema are JSON that fits it', () => {
  fc.assert(
    fc.property(schema, fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })), (wanted, stream) => {
      const text = drawn({ schema: wanted }, () => stream.next().value as number)
      expect(fits(JSON.parse(text), wanted), `${text} for ${JSON.stringify(wanted)}`).toBe(true)
    }),
    { numRuns: 150, seed: 1 },
  )
}, 60_000)

test('schemas that refer to themselves, and any value', () => {
  let n = 0
  const random = (): number => {
    n = (n * 1103515245 + 12345) % 2147483648
    return n / 2147483648
  }
  const tree = {
    $defs: {
      node: {
        type: 'object',
        properties: { v: { type: 'integer', minimum: 3, maximum: 17 }, next: { $ref: '#/$defs/node' } },
        required: ['v'],
      },
    },
    $ref: '#/$defs/node',
  }
  for (let i = 0; i < 10; i++) {
    let at = JSON.parse(drawn({ schema: tree }, random)) as { v: number; next?: never } | undefined
    for (; at; at = at.next) expect(at.v >= 3 && at.v <= 17).toBe(true)
    JSON.parse(drawn({ schema: true }, random))
  }
})

test('expressions: what comes out matches', () => {
  for (const regex of [/\d{3}-[a-f]+/, /(ab|c)*d?/, /[^\W\d]\s?.{0,3}/u, /\p{Lu}\p{Ll}*/u, /🙂|[ž-ž]/u, /a{2,4}(?:b|)/, /^x$|^yy$/])
    fc.assert(
      fc.property(fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })), (stream) => {
        const text = drawn({ regex }, () => stream.next().value as number)
        expect(text).toMatch(new RegExp(`^(?:${regex.source})$`, 'u'))
      }),
      { numRuns: 20, seed: 1 },
    )
}, 30_000)

describe('generate', () => {
  const tokenizer = characters('abcdefgh{}":,0123456789 ')
  const model = new Gpt({ vocabulary: tokenizer.size, context: 64, layers: 1, heads: 2, width: 16 })

  test('writes one of the choices, an expression, an object, and says that it is done', async () => {
    const { text, why } = await generate(model, 'a', { tokenizer, choices: ['cab', 'cabb', 'dad'], temperature: 2 })
    expect(['cab', 'cabb', 'dad']).toContain(text)
    expect(text === 'cab' || why === 'done').toBe(true)
    expect((await generate(model, 'a', { tokenizer, regex: /[a-h]{3}\d/ })).text).toMatch(/^[a-h]{3}\d$/)
    const wanted = {
      type: 'object',
      properties: { a: { type: 'integer', minimum: 10, maximum: 99 } },
      required: ['a'],
      additionalProperties: false,
    }
    const written = await generate(model, 'a', { tokenizer, schema: wanted, tokens: 40, temperature: 1 })
    expect(fits(JSON.parse(written.text), wanted)).toBe(true)
    expect(written.why).toBe('done')
  })

  test('says what is not known or cannot be', () => {
    const refused =
      (schema: unknown): (() => unknown) =>
      () =>
        generate(model, 'a', { tokenizer, schema })
    expect(refused({ type: 'string', format: 'email' })).toThrow('schema, #: format is not known here')
    expect(refused({ type: 'object', properties: { a: { oneOf: [] } } })).toThrow('#/properties/a: oneOf is not known here')
    expect(refused({ $ref: '#/$defs/a', $defs: { a: { $ref: '#' } } })).toThrow('refers to itself before anything is written')
    expect(refused({ type: 'object', properties: { a: { $ref: '#' } }, required: ['a'] })).toThrow('no text fits the schema')
    expect(refused({ $ref: 'http://a.b/c' })).toThrow('only what is within the schema')
    expect(() => generate(model, 'a', { tokenizer, regex: '(?=a)b' })).toThrow('looking around')
    expect(() => generate(model, 'a', { tokenizer, regex: '(a)\\1' })).toThrow('\\1')
    expect(() => generate(model, 'a', { tokenizer, regex: '(a{1000}){1000}' })).toThrow('more than 40000 states')
    expect(() => generate(model, 'a', { tokenizer, regex: 'a', choices: ['a'] })).toThrow('bound to one thing')
    expect(() => generate(model, [1], { regex: 'a' })).toThrow('give the tokenizer')
  })
})
