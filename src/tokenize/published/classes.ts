/** What Python's tokenizer classes are by themselves: transformers 5 takes from tokenizer.json of these only vocabulary, merges and special tokens. */
import { Fields, type Json } from './fields.js'

/** A class: the parts it brings, and the special tokens where the configuration has none. */
export interface TokenizerClass {
  readonly special: Readonly<Record<string, string | null>>
  /** tokenizer.json with the parts of the class in place of its own */
  rebuilt(file: Fields, config: Fields): Fields
}

/** Texts cut as Qwen 2 does it: a digit is a piece. */
export const qwenWords =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"

type Parts = Readonly<Record<string, Json>>

/** The file with other parts, and other settings of its model. */
function withParts(file: Fields, parts: Parts, model: Parts): Fields {
  const { type, vocab, merges } = file.object('model').value as Parts
  const bare = { type: type ?? 'BPE', vocab: vocab ?? null, merges: merges ?? null }
  return new Fields({ ...file.value, ...parts, model: { ...bare, ...model } }, file.path)
}

const prefixOf = (config: Fields, fallback: boolean): boolean =>
  config.has('add_prefix_space') ? config.flag('add_prefix_space') : fallback
const byteLevel = (prefix: boolean, words: boolean): Json => ({ type: 'ByteLevel', add_prefix_space: prefix, use_regex: words })
const endOfText = '<|endoftext|>'
const spelled: readonly Json[] = [{ type: 'Replace', pattern: { String: '▁' }, content: ' ' }, { type: 'ByteFallback' }, { type: 'Fuse' }]

const gpt2: TokenizerClass = {
  special: { unk_token: endOfText, bos_token: endOfText, eos_token: endOfText },
  rebuilt: (file, config) =>
    withParts(file, { normalizer: null, pre_tokenizer: byteLevel(prefixOf(config, false), true), decoder: byteLevel(false, true) }, {}),
}

const gptNeoX: TokenizerClass = {
  special: { unk_token: endOfText, bos_token: endOfText, eos_token: endOfText, pad_token: '<|padding|>' },
  rebuilt: (file, config) => withParts(gpt2.rebuilt(file, config), { normalizer: { type: 'NFC' }, post_processor: null }, {}),
}

const qwen2: TokenizerClass = {
  special: { unk_token: endOfText, eos_token: endOfText, pad_token: endOfText },
  rebuilt: (file, config) =>
    withParts(
      file,
      {
        normalizer: { type: 'NFC' },
        pre_tokenizer: {
          type: 'Sequence',
          pretokenizers: [
            { type: 'Split', pattern: { Regex: qwenWords }, behavior: 'Isolated', invert: false },
            byteLevel(prefixOf(config, false), false),
          ],
        },
        decoder: byteLevel(false, true),
      },
      {},
    ),
}

const llama: TokenizerClass = {
  special: { unk_token: '<unk>', bos_token: '<s>', eos_token: '</s>' },
  rebuilt(file, config) {
    const prefix = prefixOf(config, true)
    const scheme = !prefix ? 'never' : config.has('legacy') && config.flag('legacy') ? 'always' : 'first'
    return withParts(
      file,
      {
        normalizer: null,
        pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: scheme, split: false },
        decoder: { type: 'Sequence', decoders: prefix ? [...spelled, { type: 'Strip', content: ' ', start: 1, stop: 0 }] : spelled },
      },
      { fuse_unk: true, byte_fallback: true },
    )
  },
}

const gemma: TokenizerClass = {
  special: { unk_token: '<unk>', bos_token: '<bos>', eos_token: '<eos>', pad_token: '<pad>', mask_token: '<mask>' },
  rebuilt: (file, config) =>
    withParts(
      file,
      {
        normalizer: { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
        pre_tokenizer: { type: 'Split', pattern: { String: ' ' }, behavior: 'MergedWithPrevious', invert: false },
        decoder: { type: 'Sequence', decoders: spelled },
      },
      { fuse_unk: true, byte_fallback: true, unk_token: config.optionalText('unk_token') ?? '<unk>' },
    ),
}

const classes: Readonly<Record<string, TokenizerClass>> = {
  LlamaTokenizer: llama,
  GPT2Tokenizer: gpt2,
  Qwen2Tokenizer: qwen2,
  GemmaTokenizer: gemma,
  GPTNeoXTokenizer: gptNeoX,
}

/** The class that a kind of model is registered with, where it is one of those above. */
const registered: Readonly<Record<string, string>> = {
  ...Object.fromEntries(['gpt2', 'opt', 'phi'].map((name) => [name, 'GPT2Tokenizer'])),
  ...Object.fromEntries(['qwen2', 'qwen2_moe', 'qwen3', 'qwen3_moe', 'qwen3_next'].map((name) => [name, 'Qwen2Tokenizer'])),
  ...Object.fromEntries(['gemma', 'gemma2', 'gemma3', 'gemma3_text'].map((name) => [name, 'GemmaTokenizer'])),
  gpt_neox: 'GPTNeoXTokenizer',
}

/** Kinds of models whose tokenizers are taken as the file has them, whatever class is written beside it. */
const asTheyStand = new Set(
  'mistral mistral3 mixtral ministral phi3 phimoe granite granitemoe granitemoehybrid granitemoeshared olmo2 olmo3 glm glm4 glm4_moe stablelm gpt_bigcode persimmon deepseek_v2 deepseek_v3 internlm2 jamba minicpm3 minimax_m2 nemotron ernie4_5 ernie4_5_moe arctic modernbert xlm-roberta-xl umt5'.split(
    ' ',
  ),
)

/** Kinds of models whose written class is known to be wrong more often than not: the registered one is taken. */
const miswritten = new Set(['qwen2'])

/** Whether a vocabulary is in bytes made visible, or in characters with `▁` for blanks. */
function spellsBytes(file: Fields): boolean {
  const text = JSON.stringify([file.get('pre_tokenizer') ?? null, file.get('normalizer') ?? null, file.get('decoder') ?? null])
  return text.includes('"ByteLevel"')
}

/**
 * The class that Python's `AutoTokenizer` takes for a folder; undefined where the file counts as it stands. A class that cannot be meant, such as
 * Llama 2's for a vocabulary of bytes, is passed over.
 */
export function classOf(file: Fields, config: Fields, modelType: string | undefined): TokenizerClass | undefined {
  if (file.object('model').text('type', 'BPE') !== 'BPE') return undefined
  const written = config.optionalText('tokenizer_class')?.replace(/Fast$/, '')
  if (modelType !== undefined && asTheyStand.has(modelType)) return undefined
  const own = modelType === undefined ? undefined : registered[modelType]
  const name = own !== undefined && (written === undefined || miswritten.has(modelType!)) ? own : written
  const found = name !== undefined && Object.hasOwn(classes, name) ? classes[name] : undefined
  if (!found) return undefined
  return (found === llama || found === gemma) === spellsBytes(file) ? undefined : found
}
