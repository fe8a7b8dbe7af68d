/** What an answer is bound to. */
import type { Fields } from '../fields.js'

/** As `response_format` says: a JSON schema, any JSON object, or nothing. */
export function boundOf(body: Fields): { readonly schema?: unknown } {
  const format = body.object('response_format')
  if (!format) return {}
  const type = format.choice('type', ['text', 'json_object', 'json_schema'])
  if (type === undefined) format.refuse('type', "is missing: give 'text', 'json_object' or 'json_schema'")
  if (type === 'text') return {}
  if (type === 'json_object') return { schema: { type: 'object', additionalProperties: true } }
  const named = format.object('json_schema') ?? format.refuse('json_schema', 'is missing: give { name, schema }')
  return { schema: named.raw('schema') ?? named.refuse('schema', 'is missing: give a JSON schema') }
}
