/** Ways to cut text before byte pairs are merged, by the names that GGUF files have for them (`tokenizer.ggml.pre`). */

/** How text is made ready, in the words of tokenizer.json. */
export interface Pre {
  readonly preTokenizer: unknown
  readonly normalizer?: unknown
  /** whether a word that is a token stays one, whatever the merges say */
  readonly ignoresMerges?: boolean
  /** whether a text begins with its token where nothing else is said */
  readonly begins?: boolean
}

const split = (pattern: string): unknown => ({ type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false })
const bytes = (use_regex: boolean): unknown => ({ type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex })
const cut = (...patterns: readonly string[]): unknown => ({ type: 'Sequence', pretokenizers: [...patterns.map(split), bytes(false)] })
const nfc = { type: 'NFC' }

const contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
const rest = '| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+'
/** words with a sign before them, numbers of at most so many digits */
const words = (digits: string): string => `${contractions}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}${digits}${rest}`
const upper = '[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]'
const lower = '[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]'
/** words cut where small letters turn into capitals */
const cased = (after: string, digits: string): string =>
  `[^\\r\\n\\p{L}\\p{N}]?${upper}*${lower}+${after}|[^\\r\\n\\p{L}\\p{N}]?${upper}+${lower}*${after}|\\p{N}${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`

const gpt2: Pre = { preTokenizer: bytes(true) }
const llama3: Pre = { preTokenizer: cut(words('{1,3}')), ignoresMerges: true, begins: true }
const qwen2: Pre = { preTokenizer: cut(words('')), normalizer: nfc }
const digits: Pre = { preTokenizer: { type: 'Sequence', pretokenizers: [{ type: 'Digits', individual_digits: true }, bytes(true)] } }
const ways: Readonly<Record<string, Pre>> = {
  'gpt-2': gpt2,
  'phi-2': gpt2,
  olmo: gpt2,
  'llama-bpe': llama3,
  llama3: llama3,
  'llama-v3': llama3,
  'smaug-bpe': { ...llama3, begins: false },
  dbrx: { preTokenizer: cut(words('{1,3}')) },
  qwen2,
  'deepseek-r1-qwen': qwen2,
  stablelm2: { preTokenizer: cut(words('')) },
  smollm: digits,
  starcoder: digits,
  refact: digits,
  'command-r': digits,
  tekken: { preTokenizer: cut(cased('', '')), ignoresMerges: true, begins: true },
  'gpt-4o': { preTokenizer: cut(cased(`${contractions}?`, '{1,3}')) },
  default: {
    preTokenizer: cut(
      '[\\p{P}\\$\\+<=>\\^~\\|]+',
      "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)",
      '\\p{N}+',
      '[0-9][0-9][0-9]',
    ),
  },
}

/** The way of a name; undefined where it is not known. */
export const piecePreTokenizer = (name: string): Pre | undefined => (Object.hasOwn(ways, name) ? ways[name] : undefined)
