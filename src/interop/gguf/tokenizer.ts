/** The tokenizer of a GGUF file as tokenizer.json and tokenizer_config.json say it. */
import { ids } from './config.js'
import { Fields } from './fields.js'
import type { GgufFile } from './file.js'
import { piecePreTokenizer } from './preTokenizers.js'

/** The files of a tokenizer, as `JSON.parse` would give them. */
export interface TokenizerParts {
  /** tokenizer.json */
  readonly tokenizer: Readonly<Record<string, unknown>>
  /** tokenizer_config.json, the chat template in it */
  readonly config: Readonly<Record<string, unknown>>
}

/** What a token is: of a text, unknown, never in a text, added by the user, unused, one byte. */
const kinds = { normal: 1, unknown: 2, control: 3, user: 4, unused: 5, byte: 6 } as const

/**
 * The tokenizer of a file: byte pairs (`gpt2`), or pieces with scores (`llama`), whose merges are found from the scores. Undefined where the file has none.
 * Throws FileError for other models of tokens, an unknown way to cut text before, lists that do not fit together.
 */
export function tokenizerOf(file: GgufFile): TokenizerParts | undefined {
  const fields = new Fields(file)
  const key = 'tokenizer.ggml.tokens'
  const model = fields.text('tokenizer.ggml.model')
  const tokens = fields.texts(key)
  if (!tokens || model === undefined || model === 'none') return undefined
  if (model !== 'gpt2' && model !== 'llama')
    return fields.refuse('tokenizer.ggml.model', `${JSON.stringify(model)}: gpt2 and llama are read`)
  const types = fields.numbers('tokenizer.ggml.token_type')
  if (types && types.length !== tokens.length)
    fields.refuse('tokenizer.ggml.token_type', `a list of ${types.length}, and there are ${tokens.length} tokens`)
  const typeOf = (id: number): number => types?.[id] ?? kinds.normal
  const vocab = new Map<string, number>()
  for (const [id, token] of tokens.entries()) if (!vocab.has(token)) vocab.set(token, id)
  const special = tokens.flatMap((content, id) => {
    const type = typeOf(id)
    if (type !== kinds.control && type !== kinds.user && type !== kinds.unknown) return []
    return [{ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: type !== kinds.user }]
  })
  const parts = model === 'gpt2' ? bytePairs(fields, vocab) : pieces(fields, vocab, tokens, typeOf)
  const named = ids(fields)
  const token = (name: string): string | undefined => tokens[named[`${name}_token_id`] as number]
  const [begins, ends] = [fields.flag('tokenizer.ggml.add_bos_token') ?? parts.begins, fields.flag('tokenizer.ggml.add_eos_token') ?? false]
  const tokenizer = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: special,
    ...parts.steps,
    post_processor: around(begins ? token('bos') : undefined, ends ? token('eos') : undefined, vocab),
    model: {
      type: 'BPE',
      dropout: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      ...parts.model,
      vocab: Object.fromEntries(vocab),
    },
  }
  const roles = Object.fromEntries(
    ['bos', 'eos', 'unk', 'pad'].map((role) => [`${role}_token`, token(role)]).filter(([, text]) => text !== undefined),
  )
  const template = fields.text('tokenizer.chat_template')
  return {
    tokenizer,
    config: {
      // the file above says all that there is to say
      tokenizer_class: 'PreTrainedTokenizerFast',
      clean_up_tokenization_spaces: false,
      add_bos_token: begins,
      add_eos_token: ends,
      model_max_length: fields.numberOr('.context_length'),
      ...roles,
      ...(template === undefined ? {} : { chat_template: template }),
    },
  }
}

/** The steps and the model of one kind of tokenizer, and whether a text begins with its token by default. */
interface Parts {
  readonly steps: Readonly<Record<string, unknown>>
  readonly model: Readonly<Record<string, unknown>>
  readonly begins: boolean
}

function bytePairs(fields: Fields, vocab: ReadonlyMap<string, number>): Parts {
  const merges = fields.texts('tokenizer.ggml.merges') ?? fields.refuse('tokenizer.ggml.merges', 'missing')
  const pairs = merges.map((line, i) => {
    // neither half has a blank, unless it is one
    const at = line.indexOf(' ', 1)
    const pair = [line.slice(0, at), line.slice(at + 1)]
    if (at < 1 || pair.some((half) => !vocab.has(half)))
      fields.refuse('tokenizer.ggml.merges', `not of the vocabulary in entry ${i}: ${JSON.stringify(line)}`)
    return pair
  })
  const name = fields.text('tokenizer.ggml.pre') ?? 'default'
  const pre = piecePreTokenizer(name) ?? fields.refuse('tokenizer.ggml.pre', `${JSON.stringify(name)}, a way to cut text that is not known`)
  return {
    steps: {
      normalizer: pre.normalizer ?? null,
      pre_tokenizer: pre.preTokenizer,
      decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    },
    model: { unk_token: null, fuse_unk: false, byte_fallback: false, ignore_merges: pre.ignoresMerges ?? false, merges: pairs },
    begins: pre.begins ?? false,
  }
}

function pieces(fields: Fields, vocab: ReadonlyMap<string, number>, tokens: readonly string[], typeOf: (id: number) => number): Parts {
  const scores = fields.numbers('tokenizer.ggml.scores') ?? fields.refuse('tokenizer.ggml.scores', 'missing')
  if (scores.length !== tokens.length)
    fields.refuse('tokenizer.ggml.scores', `a list of ${scores.length}, and there are ${tokens.length} tokens`)
  const unknown = tokens.findIndex((_, id) => typeOf(id) === kinds.unknown)
  const prefixed = fields.flag('tokenizer.ggml.add_space_prefix') ?? true
  const blank = { type: 'Replace', pattern: { String: ' ' }, content: '▁' }
  return {
    steps: {
      normalizer: prefixed ? { type: 'Sequence', normalizers: [{ type: 'Prepend', prepend: '▁' }, blank] } : blank,
      pre_tokenizer: null,
      decoder: {
        type: 'Sequence',
        decoders: [
          { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
          { type: 'ByteFallback' },
          { type: 'Fuse' },
          ...(prefixed ? [{ type: 'Strip', content: ' ', start: 1, stop: 0 }] : []),
        ],
      },
    },
    model: {
      unk_token: unknown < 0 ? null : tokens[unknown],
      fuse_unk: true,
      byte_fallback: true,
      ignore_merges: false,
      merges: mergesOf(vocab, tokens, scores, typeOf),
    },
    begins: true,
  }
}

/** Every way to make a piece of two others, the best piece first: pairs are merged in the order in which SentencePiece merges by score. */
function mergesOf(
  vocab: ReadonlyMap<string, number>,
  tokens: readonly string[],
  scores: ArrayLike<number>,
  typeOf: (id: number) => number,
): [string, string][] {
  const usable = (id: number | undefined): id is number => id !== undefined && (typeOf(id) === kinds.normal || typeOf(id) === kinds.user)
  const merges: { readonly pair: [string, string]; readonly score: number; readonly lengths: readonly [number, number] }[] = []
  for (const [id, token] of tokens.entries()) {
    if (!usable(id)) continue
    const letters = [...token]
    const ways: (typeof merges)[number][] = []
    let left = ''
    for (let i = 1; i < letters.length; i++) {
      left += letters[i - 1]
      const pair: [string, string] = [left, token.slice(left.length)]
      if (usable(vocab.get(pair[0])) && usable(vocab.get(pair[1])))
        ways.push({ pair, score: scores[id]!, lengths: [i, letters.length - i] })
    }
    ways.sort((a, b) => vocab.get(a.pair[0])! - vocab.get(b.pair[0])!)
    merges.push(...ways)
  }
  merges.sort((a, b) => b.score - a.score || b.lengths[0] - a.lengths[0] || b.lengths[1] - a.lengths[1])
  return merges.map(({ pair }) => pair)
}

/** Tokens that stand at the beginning and at the end of every text. */
function around(first: string | undefined, last: string | undefined, vocab: ReadonlyMap<string, number>): unknown {
  const own = (id: string, type: number): unknown => ({ SpecialToken: { id, type_id: type } })
  const text = (id: 'A' | 'B', type: number): unknown[] => [
    ...(first === undefined ? [] : [own(first, type)]),
    { Sequence: { id, type_id: type } },
    ...(last === undefined ? [] : [own(last, type)]),
  ]
  if (first === undefined && last === undefined) return null
  const special = [first, last].filter((token) => token !== undefined)
  return {
    type: 'TemplateProcessing',
    single: text('A', 0),
    pair: [...text('A', 0), ...text('B', 1)],
    special_tokens: Object.fromEntries(special.map((id) => [id, { id, ids: [vocab.get(id)], tokens: [id] }])),
  }
}
