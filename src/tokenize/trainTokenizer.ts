/** Training a tokenizer that others can read: byte-level byte-pair encoding, written as tokenizer.json. */
import { readBytes, theFiles, writeAtomic } from '../files/files.js'
import { inPieces, type Steps } from '../host/pace.js'
import { HebbError } from '../tensor/index.js'
import { checkOptions } from '../tensor/options.js'
import { mergeSteps } from './learnMerges.js'
import { qwenWords } from './published/classes.js'
import { Fields, type Json } from './published/fields.js'
import { mostIds } from './published/model/vocabulary.js'
import { tokenizerOf } from './published/readTokenizer.js'
import { byteCharacters } from './published/steps/bytes.js'
import { patternOf } from './published/steps/pattern.js'
import { words } from './published/steps/preTokenizers.js'
import { type PublishedTokenizer, wellFormed } from './tokenizer.js'

/** How texts are cut before pieces are learned: as GPT-2, Qwen 2 (each digit by itself) or Llama 3 (digits in threes) do it. */
export type TrainedSplit = 'gpt2' | 'qwen2' | 'llama3'

/** What a tokenizer is trained to be. */
export interface TrainTokenizerOptions {
  /** tokens at most, V: special ones, 256 bytes, and what is learned; fewer where nothing is left to learn */
  readonly vocabulary: number
  /** special tokens, which come first; default `['<|endoftext|>']` */
  readonly special?: readonly string[] | undefined
  /** the special token that begins a text (only named, not put there); default the first one */
  readonly bos?: string | undefined
  /** the special token that ends a text; default the first one */
  readonly eos?: string | undefined
  /** the special token that fills up; default none */
  readonly pad?: string | undefined
  /** default `gpt2` */
  readonly split?: TrainedSplit | undefined
  /** pairs that come less often are not merged; default 2 */
  readonly minCount?: number | undefined
}

/** A tokenizer that was trained. */
export interface TrainedTokenizer extends PublishedTokenizer {
  /** the files of it, by name: `tokenizer.json` and `tokenizer_config.json` */
  readonly files: Readonly<Record<string, string>>
  /** Writes the files into a folder, from where {@link readTokenizer} and Python's transformers read them. */
  save(folder: string): Promise<void>
}

const optionNames = ['vocabulary', 'special', 'bos', 'eos', 'pad', 'split', 'minCount'] as const
const patterns: Readonly<Record<TrainedSplit, string | undefined>> = {
  gpt2: undefined,
  qwen2: qwenWords,
  llama3: qwenWords.replace('|\\p{N}|', '|\\p{N}{1,3}|'),
}

/** units of text that are cut at once */
const chunk = 1 << 20

/** Parts of a long text; each ends with a line whose neighbours are no white space, so that words stay as they are. */
function* chunks(text: string): Generator<string> {
  for (let from = 0; from < text.length; ) {
    let to = from + chunk
    while (to < text.length && !(text[to] === '\n' && /\S/.test(text[to - 1]!) && /\S/.test(text[to + 1] ?? ''))) to++
    yield text.slice(from, to)
    from = to
  }
}

/** Counts the words of a text, with pauses for other work. */
function* counted(text: string, pattern: RegExp, counts: Map<string, number>): Steps<void> {
  let n = 0
  for (const part of chunks(text))
    for (const [word] of part.matchAll(pattern)) {
      counts.set(word, (counts.get(word) ?? 0) + 1)
      if (n++ % 1024 === 1023) yield
    }
}

async function* textsOf(given: Iterable<string> | AsyncIterable<string> | { readonly files: readonly string[] }): AsyncGenerator<string> {
  if ('files' in given) for (const path of given.files) yield new TextDecoder().decode(await readBytes(path))
  else yield* given
}

/**
 * Trains byte-level byte-pair encoding on texts, or on files of UTF-8: the 256 bytes at first, then again and again the commonest pair of
 * neighbours within a word, of equally common ones that of lower ids, until there are `vocabulary` tokens [Sennrich 2016; Radford 2019]. The same
 * texts give the same tokenizer. Any text comes back as it was. Memory grows with the number of different words, not with the length of the texts.
 * Throws HebbError for no text, for a vocabulary that does not hold bytes and special tokens, and for names that are not among the special ones.
 *
 * @example
 * const tokenizer = await trainTokenizer({ files: ['shakespeare.txt'] }, { vocabulary: 4096 })
 * await tokenizer.save('models/mine')
 */
export async function trainTokenizer(
  texts: Iterable<string> | AsyncIterable<string> | { readonly files: readonly string[] },
  options: TrainTokenizerOptions,
): Promise<TrainedTokenizer> {
  checkOptions('trainTokenizer', options, optionNames)
  const { vocabulary, special = ['<|endoftext|>'], split = 'gpt2', minCount = 2 } = options
  const first = special.length + 256
  if (!Number.isInteger(vocabulary) || vocabulary < first || vocabulary > mostIds)
    throw new HebbError(
      `trainTokenizer: a vocabulary of ${vocabulary} is not between ${first} (256 bytes and ${special.length} special tokens) and ${mostIds}`,
    )
  if (new Set(special).size !== special.length || special.includes(''))
    throw new HebbError('trainTokenizer: special tokens are to differ and not to be empty')
  if (!Object.hasOwn(patterns, split))
    throw new HebbError(`trainTokenizer: a split '${split}' is not known: there are ${Object.keys(patterns).join(', ')}`)
  const source = patterns[split]
  const pattern = source === undefined ? words : patternOf(new Fields({ pattern: { Regex: source } }, 'split'))
  const counts = new Map<string, number>()
  for await (const text of textsOf(texts)) await inPieces(counted(wellFormed(text), pattern, counts))
  if (counts.size === 0) throw new HebbError('trainTokenizer: there is no text to learn from')

  const alphabet = [...byteCharacters].sort()
  const ids = byteCharacters.map((character) => special.length + alphabet.indexOf(character))
  const toBytes = new TextEncoder()
  const symbols = Array.from(counts, ([word, count]) => [Array.from(toBytes.encode(word), (byte) => ids[byte]!), count] as const)
  const merges = await inPieces(mergeSteps(symbols, { first, most: vocabulary - first, minCount }))
  const tokens = [...special, ...alphabet]
  for (const [a, b] of merges) tokens.push(tokens[a]! + tokens[b]!)
  const files = written(tokens, merges, special, options, source)
  const tokenizer = tokenizerOf({ tokenizer: JSON.parse(files['tokenizer.json']!), config: JSON.parse(files['tokenizer_config.json']!) })
  return Object.assign(tokenizer, {
    files,
    async save(folder: string): Promise<void> {
      for (const [name, content] of Object.entries(files)) await writeAtomic(theFiles().inside(folder, name), content)
    },
  })
}

/** The two files, in the order and shape in which Python writes them. */
function written(
  tokens: readonly string[],
  merges: readonly (readonly [number, number])[],
  special: readonly string[],
  { bos = special[0], eos = special[0], pad }: TrainTokenizerOptions,
  source: string | undefined,
): Record<string, string> {
  for (const name of [bos, eos, pad])
    if (name !== undefined && !special.includes(name))
      throw new HebbError(`trainTokenizer: '${name}' is not among the special tokens: ${special.join(', ')}`)
  const byteLevel = (words: boolean): Json => ({ type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: words })
  const cut: Json =
    source === undefined
      ? byteLevel(true)
      : {
          type: 'Sequence',
          pretokenizers: [{ type: 'Split', pattern: { Regex: source }, behavior: 'Isolated', invert: false }, byteLevel(false)],
        }
  const properties = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true }
  const file = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: special.map((content, id) => ({ id, content, ...properties })),
    normalizer: null,
    pre_tokenizer: cut,
    post_processor: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: false, use_regex: true },
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: null,
      merges: merges.map(([a, b]) => [tokens[a]!, tokens[b]!]),
    },
  }
  const config = {
    added_tokens_decoder: Object.fromEntries(special.map((content, id) => [id, { content, ...properties }])),
    bos_token: bos ?? null,
    clean_up_tokenization_spaces: false,
    eos_token: eos ?? null,
    model_max_length: 1_000_000_000,
    ...(pad !== undefined && { pad_token: pad }),
    tokenizer_class: 'PreTrainedTokenizerFast',
    unk_token: null,
  }
  // an object would put tokens that are digits first: the vocabulary is written token by token, in the order of ids
  const vocabulary = tokens.map((token, id) => `      ${JSON.stringify(token)}: ${id}`).join(',\n')
  const text = JSON.stringify(file, null, 2).replace('"vocab": null', () => `"vocab": {\n${vocabulary}\n    }`)
  return { 'tokenizer.json': text, 'tokenizer_config.json': JSON.stringify(config, null, 2) }
}
