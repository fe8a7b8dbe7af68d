/** Special and added tokens of a folder, gathered from the three files that may name them. */
import { HebbError } from '../../tensor/index.js'
import type { AddedToken } from './addedTokens.js'
import type { TokenizerClass } from './classes.js'
import { Fields, type Json } from './fields.js'
import { checkId } from './model/vocabulary.js'

/** tokens with a role: `bos_token` begins, `eos_token` ends a text … */
export const roles = ['bos_token', 'eos_token', 'unk_token', 'sep_token', 'pad_token', 'cls_token', 'mask_token'] as const

/** The name of a token with a role. */
export type Role = (typeof roles)[number]

/** A token as files write it: a text, or an object with its `content`. */
function written(fields: Fields, name: string): string | undefined {
  const value = fields.get(name) ?? null
  if (value === null) return undefined
  return typeof value === 'string' ? value : Fields.of(value, fields.at(name)).text('content')
}

function tokenOf(fields: Fields, id: number, special = false): AddedToken {
  const isSpecial = fields.flag('special', special)
  return {
    id,
    content: fields.text('content'),
    singleWord: fields.flag('single_word', false),
    lstrip: fields.flag('lstrip', false),
    rstrip: fields.flag('rstrip', false),
    normalized: fields.flag('normalized', !isSpecial),
    special: isSpecial,
  }
}

/** What files say about tokens beside the vocabulary. */
export interface TokenSettings {
  readonly added: readonly AddedToken[]
  /** the text of each token with a role */
  readonly named: Readonly<Partial<Record<Role, string>>>
}

/** Files of a folder that name tokens; what is missing is undefined. */
export interface TokenFiles {
  readonly file: Fields
  readonly config: Fields
  readonly specialMap: Fields | undefined
  readonly addedMap: Fields | undefined
  readonly kind: TokenizerClass | undefined
  readonly vocabulary: ReadonlyMap<string, number>
}

/**
 * Tokens as transformers 5 gathers them: those of tokenizer.json, then `added_tokens_decoder` of tokenizer_config.json, whose properties count;
 * where that is missing, special_tokens_map.json and added_tokens.json; tokens with a role that are among none of these are added at the end.
 */
export function tokenSettings({ file, config, specialMap, addedMap, kind, vocabulary }: TokenFiles): TokenSettings {
  const tokens = new Map<string, AddedToken>()
  const table = config.optional('added_tokens_decoder')
  const put = (token: AddedToken): void => {
    const before = tokens.get(token.content)
    tokens.set(token.content, { ...token, id: before?.id ?? token.id, special: token.special || (before?.special ?? false) })
  }
  const own = file.objects('added_tokens', []).map((fields) => tokenOf(fields, checkId(fields.get('id'), fields.at('id'))))
  if (!(table && kind)) own.forEach(put)
  for (const [id, value] of Object.entries(table?.value ?? {})) {
    const token = tokenOf(Fields.of(value, table!.at(id)), checkId(Number(id), table!.at(id)))
    put({ ...token, id: vocabulary.get(token.content) ?? token.id })
  }
  const maps = table ? [config] : [specialMap, config].filter((fields) => fields !== undefined)
  const named: Partial<Record<Role, string>> = {}
  for (const role of roles) {
    const source = maps.find((fields) => fields.get(role) !== undefined)
    const text = source ? written(source, role) : (kind?.special[role] ?? undefined)
    if (text !== undefined) named[role] = text
  }
  const extra = ['extra_special_tokens', 'additional_special_tokens'].flatMap((name) => maps.flatMap((fields) => extras(fields, name)))
  const special = new Set([...Object.values(named), ...extra])
  for (const [content, id] of Object.entries(table ? {} : (addedMap?.value ?? {}))) {
    const isSpecial = special.has(content)
    if (!tokens.has(content))
      put({
        id: checkId(id, content),
        content,
        singleWord: false,
        lstrip: false,
        rstrip: false,
        normalized: !isSpecial,
        special: isSpecial,
      })
  }
  let next = 1 + Math.max(-1, ...Array.from(tokens.values(), ({ id }) => id), ...lastOf(vocabulary))
  for (const content of special) {
    const found = tokens.get(content)
    if (found) tokens.set(content, { ...found, special: true })
    else
      put({
        id: vocabulary.get(content) ?? next++,
        content,
        singleWord: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: true,
      })
  }
  const byId = new Map<number, AddedToken>()
  for (const token of tokens.values()) {
    const other = byId.get(token.id)
    if (other) throw new HebbError(`${file.path}: the tokens '${other.content}' and '${token.content}' both have the id ${token.id}`)
    byId.set(token.id, token)
  }
  return { added: [...tokens.values()], named }
}

/** The largest id of a vocabulary. */
function lastOf(vocabulary: ReadonlyMap<string, number>): number[] {
  let last = -1
  for (const id of vocabulary.values()) last = Math.max(last, id)
  return [last]
}

/** Further special tokens: a list of texts or objects, or an object of them. */
function extras(fields: Fields, name: string): string[] {
  const value = fields.get(name) ?? null
  if (value === null) return []
  const all: readonly Json[] = Array.isArray(value) ? value : Object.values(fields.object(name).value)
  return all.map((one, i) => (typeof one === 'string' ? one : Fields.of(one, `${fields.at(name)}[${i}]`).text('content')))
}
