/** Every kind of part that tokenizer.json knows, each in a tokenizer small enough that its definition says what comes out. */
import { describe, expect, test } from 'vitest'
import { tokenizerOf } from '../../src/tokenize/published/readTokenizer.js'
import { byteText } from '../../src/tokenize/published/steps/bytes.js'
import type { PublishedTokenizer } from '../../src/tokenize/tokenizer.js'

type Part = Readonly<Record<string, unknown>>
const letters = (text: string): Record<string, number> => Object.fromEntries([...new Set(text)].map((letter, id) => [letter, id]))
const make = (file: Part, config?: Part, modelType?: string): PublishedTokenizer =>
  tokenizerOf({
    tokenizer: { model: { type: 'WordLevel', vocab: {}, unk_token: '?' }, ...file },
    ...(config && { config }),
    ...(modelType && { modelType }),
  })
/** What pieces a text is cut into: every piece is unknown, and stands for the places it came from. */
function pieces(file: Part, text: string): string[] {
  const tokenizer = make({ ...file, model: { type: 'WordLevel', vocab: { '?': 0 }, unk_token: '?' } })
  const { starts, ends } = tokenizer.encodeWithPlaces(text)
  return Array.from(starts, (start, i) => text.slice(start, ends[i]))
}
const normalized = (normalizer: Part, text: string): string => {
  const seen: string[] = []
  const alphabet = letters(` abcdefghijklmnopqrstuvwxyzσςABCéfi1一_▁${byteText('é ')}\u0301`)
  const tokenizer = make({ normalizer, model: { type: 'BPE', vocab: alphabet, merges: [], unk_token: null } })
  for (const id of tokenizer.encode(text)) seen.push(tokenizer.tokenOf(id)!)
  return seen.join('')
}

describe('normalizers', () => {
  test.each<[Part, string, string]>([
    [{ type: 'NFC' }, 'e\u0301', 'é'],
    [{ type: 'NFD' }, 'é', 'e\u0301'],
    [{ type: 'NFKC' }, 'ﬁ', 'fi'],
    [{ type: 'Lowercase' }, 'ABΣ', 'abσ'],
    [{ type: 'StripAccents' }, 'e\u0301', 'e'],
    [{ type: 'Strip', strip_left: true, strip_right: false }, '  a ', 'a '],
    [{ type: 'Prepend', prepend: '▁' }, 'a', '▁a'],
    [{ type: 'Prepend', prepend: '▁' }, '', ''],
    [{ type: 'Replace', pattern: { String: ' ' }, content: '▁' }, 'a b', 'a▁b'],
    [{ type: 'Replace', pattern: { Regex: 'b+|\\d' }, content: '_' }, 'abbc1', 'a_c_'],
    [{ type: 'Nmt' }, 'a\u0001\tb\u200b', 'a b '],
    [
      { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true },
      'É\t一\u0000',
      'e  一 ',
    ],
    [{ type: 'ByteLevel' }, 'é ', byteText('é ')],
    [{ type: 'Sequence', normalizers: [{ type: 'Lowercase' }, { type: 'Strip', strip_left: true, strip_right: true }] }, ' AB ', 'ab'],
  ])('%j of %j', (part, text, expected) => expect(normalized(part, text)).toBe(expected))

  test('a compiled map of characters: the trie is walked byte by byte', () => {
    // one entry, 'A' → 'b': a double array with the leaf of byte 0x41 reached from offset 0x40
    const units = new Uint32Array(256)
    const offset = 2
    units[0] = offset << 10
    const at = offset ^ 0x41
    units[at] = (4 << 10) | 0x100 | 0x41
    units[at ^ 4] = 0x80000000
    const bytes = new Uint8Array(4 + units.byteLength + 2)
    new DataView(bytes.buffer).setUint32(0, units.byteLength, true)
    bytes.set(new Uint8Array(units.buffer), 4)
    bytes[4 + units.byteLength] = 0x62
    const precompiled_charsmap = btoa(String.fromCharCode(...bytes))
    expect(normalized({ type: 'Precompiled', precompiled_charsmap }, 'aAc')).toBe('abc')
    expect(() => normalized({ type: 'Precompiled', precompiled_charsmap: 'AAAA' }, 'a')).toThrow('no compiled map')
  })
})

describe('pre-tokenizers', () => {
  const split = (behavior: string, invert = false): Part => ({ type: 'Split', pattern: { String: '-' }, behavior, invert })
  test.each<[Part, string, readonly string[]]>([
    [split('Isolated'), 'the-final--countdown', ['the', '-', 'final', '-', '-', 'countdown']],
    [split('Removed'), 'the-final--countdown', ['the', 'final', 'countdown']],
    [split('MergedWithPrevious'), 'the-final--countdown', ['the-', 'final-', '-', 'countdown']],
    [split('MergedWithNext'), 'the-final--countdown', ['the', '-final', '-', '-countdown']],
    [split('Contiguous'), 'the-final--countdown', ['the', '-', 'final', '--', 'countdown']],
    [split('Removed', true), 'a-b', ['-']],
    [
      { type: 'Split', pattern: { Regex: '(?i:it)|\\p{N}{1,3}+|(?>a+)' }, behavior: 'Isolated', invert: false },
      'It1234aab',
      ['It', '1234', 'aa', 'b'],
    ],
    [{ type: 'Whitespace' }, 'naïve, x_1 !?', ['naïve', ',', 'x_1', '!?']],
    [{ type: 'WhitespaceSplit' }, ' a, b\u00a0c', ['a,', 'b', 'c']],
    [{ type: 'BertPreTokenizer' }, "don't $5", ['don', "'", 't', '$', '5']],
    [{ type: 'Punctuation', behavior: 'Contiguous' }, 'a!?b', ['a', '!?', 'b']],
    [{ type: 'Digits', individual_digits: false }, 'a12²', ['a', '12²']],
    [{ type: 'Digits', individual_digits: true }, 'a12', ['a', '1', '2']],
    [{ type: 'CharDelimiterSplit', delimiter: 'x' }, 'axbxx', ['a', 'b']],
    [{ type: 'FixedLength', length: 2 }, 'a🙂bcd', ['a🙂', 'bc', 'd']],
    [{ type: 'UnicodeScripts' }, 'どこで生れ。Yes', ['どこで生れ', '。', 'Yes']],
    [{ type: 'ByteLevel', add_prefix_space: false, use_regex: true }, "I'm  é!", ['I', "'m", ' ', ' é', '!']],
    [{ type: 'Metaspace', replacement: '▁', prepend_scheme: 'never', split: true }, 'a b', ['a', ' b']],
    [
      { type: 'Sequence', pretokenizers: [{ type: 'WhitespaceSplit' }, { type: 'Digits', individual_digits: true }] },
      'a1 b',
      ['a', '1', 'b'],
    ],
  ])('%j of %j', (part, text, expected) => expect(pieces({ pre_tokenizer: part }, text)).toEqual(expected))
})

describe('models', () => {
  const spelled = (model: Part, text: string, more: Part = {}): string[] => {
    const tokenizer = make({ model, ...more })
    return Array.from(tokenizer.encode(text), (id) => tokenizer.tokenOf(id)!)
  }
  const vocab = { a: 0, b: 1, c: 2, ab: 3, abc: 4, '?': 5, bc: 6 }
  const merges = [
    ['b', 'c'],
    ['a', 'b'],
    ['a', 'bc'],
  ]
  test.each<[Part, string, readonly string[]]>([
    [{ type: 'BPE', vocab, merges }, 'abcab', ['abc', 'ab']],
    [{ type: 'BPE', vocab, merges: ['a b', 'b c'] }, 'abc', ['ab', 'c']],
    [{ type: 'BPE', vocab, merges: [], ignore_merges: true }, 'abc', ['abc']],
    [{ type: 'BPE', vocab, merges, unk_token: '?', fuse_unk: true }, 'axxb', ['a', '?', 'b']],
    [{ type: 'BPE', vocab, merges, unk_token: '?', fuse_unk: false }, 'axxb', ['a', '?', '?', 'b']],
    [{ type: 'BPE', vocab, merges }, 'axb', ['ab']],
    [
      { type: 'BPE', vocab: { ...vocab, '<0xC3>': 7, '<0xA9>': 8 }, merges, byte_fallback: true, unk_token: '?' },
      'aéx',
      ['a', '<0xC3>', '<0xA9>', '?'],
    ],
    [
      { type: 'BPE', vocab: { a: 0, 'b</w>': 1, 'ab</w>': 2 }, merges: [['a', 'b</w>']], end_of_word_suffix: '</w>' },
      'aab',
      ['a', 'ab</w>'],
    ],
    [{ type: 'BPE', vocab: { a: 0, '##b': 1, ab: 2 }, merges: [['a', '##b']], continuing_subword_prefix: '##' }, 'abb', ['ab', '##b']],
    [
      {
        type: 'WordPiece',
        vocab: { un: 0, '##aff': 1, '##able': 2, '[UNK]': 3 },
        unk_token: '[UNK]',
        continuing_subword_prefix: '##',
        max_input_chars_per_word: 9,
      },
      'unaffable',
      ['un', '##aff', '##able'],
    ],
    [
      { type: 'WordPiece', vocab: { un: 0, '[UNK]': 1 }, unk_token: '[UNK]', continuing_subword_prefix: '##', max_input_chars_per_word: 9 },
      'unx',
      ['[UNK]'],
    ],
    [
      {
        type: 'Unigram',
        unk_id: 0,
        vocab: [
          ['?', 0],
          ['a', -2],
          ['b', -2],
          ['ab', -3],
        ],
      },
      'abxyb',
      ['ab', '?', 'b'],
    ],
    [
      {
        type: 'Unigram',
        unk_id: 0,
        byte_fallback: true,
        vocab: [
          ['?', 0],
          ['a', -2],
          ['<0x78>', -9],
        ],
      },
      'axa',
      ['a', '<0x78>', 'a'],
    ],
    [{ type: 'WordLevel', vocab: { hi: 0, '?': 1 }, unk_token: '?' }, 'hi', ['hi']],
  ])('%j of %j', (model, text, expected) => expect(spelled(model, text)).toEqual(expected))

  test('long words are merged as short ones are', () => {
    const model = {
      type: 'BPE',
      vocab: { a: 0, aa: 1, aaaa: 2 },
      merges: [
        ['a', 'a'],
        ['aa', 'aa'],
      ],
    }
    expect(spelled(model, 'a'.repeat(103))).toEqual([...Array.from({ length: 25 }, () => 'aaaa'), 'aa', 'a'])
  })
})

describe('decoders', () => {
  const vocab = Object.fromEntries(
    ['▁a', 'b', '##c', 'd</w>', '<0xC3>', '<0xA9>', '<0xFF>', byteText('é')[0]!, byteText('é')[1]!, '.', '|', "'s"].map((token, id) => [
      token,
      id,
    ]),
  )
  const read = (decoder: Part | null, tokens: readonly string[]): string => {
    const tokenizer = make({ model: { type: 'WordLevel', vocab, unk_token: 'b' }, decoder })
    return tokenizer.decode(tokens.map((token) => tokenizer.idOf(token)!))
  }
  test.each<[Part | null, readonly string[], string]>([
    [null, ['b', '.'], 'b .'],
    [{ type: 'ByteLevel' }, [byteText('é')[0]!, byteText('é')[1]!, byteText('é')[0]!], 'é\ufffd'],
    [{ type: 'Metaspace', replacement: '▁', prepend_scheme: 'always' }, ['▁a', 'b', '▁a'], 'ab a'],
    [{ type: 'Metaspace', replacement: '▁', prepend_scheme: 'never' }, ['▁a', 'b'], ' ab'],
    [{ type: 'WordPiece', prefix: '##', cleanup: true }, ['b', '##c', '.', "'s"], "bc.'s"],
    [{ type: 'WordPiece', prefix: '##', cleanup: false }, ['b', '.'], 'b .'],
    [{ type: 'BPEDecoder', suffix: '</w>' }, ['d</w>', 'b', 'd</w>'], 'd bd'],
    [{ type: 'CTC', pad_token: '.', word_delimiter_token: '|', cleanup: true }, ['b', 'b', '.', 'b', '|', 'b'], 'bb b'],
    [
      { type: 'Sequence', decoders: [{ type: 'ByteFallback' }, { type: 'Fuse' }] },
      ['<0xC3>', '<0xA9>', 'b', '<0xFF>', '<0xC3>'],
      'éb\ufffd\ufffd',
    ],
    [
      {
        type: 'Sequence',
        decoders: [
          { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
          { type: 'Fuse' },
          { type: 'Strip', content: ' ', start: 1, stop: 0 },
        ],
      },
      ['▁a', '▁a'],
      'a a',
    ],
  ])('%j of %j', (decoder, tokens, expected) => expect(read(decoder, tokens)).toBe(expected))
})

describe('special and added tokens', () => {
  const model = { type: 'BPE', vocab: letters('abcde ks to'), merges: [], unk_token: null }
  const added = (content: string, more: Part = {}): Part => ({
    id: 20,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
    ...more,
  })
  const marked = (token: Part, text: string): readonly [number, number][] => {
    const { ids, starts, ends } = make({ model, added_tokens: [token] }).encodeWithPlaces(text)
    return Array.from(ids, (id, i) => [id, starts[i]!, ends[i]!] as const)
      .filter(([id]) => id === 20)
      .map(([, start, end]) => [start, end])
  }
  test('white space beside them, whole words, normalized forms', () => {
    expect(marked(added('<s>'), 'a <s> b')).toEqual([[2, 5]])
    expect(marked(added('<s>', { lstrip: true, rstrip: true }), 'a  <s> <s>b')).toEqual([
      [1, 7],
      [7, 10],
    ])
    expect(marked(added('to', { single_word: true }), 'tok to to.')).toEqual([
      [4, 6],
      [7, 9],
    ])
    const lower = make({ model, normalizer: { type: 'Lowercase' }, added_tokens: [added('ABC', { normalized: true, special: false })] })
    expect([...lower.encode('abC')]).toEqual([20])
  })
  test('around a text, in the text, and as text', () => {
    const post_processor = {
      type: 'Sequence',
      processors: [
        { type: 'ByteLevel', trim_offsets: false },
        {
          type: 'TemplateProcessing',
          single: [{ SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
          pair: [],
          special_tokens: { '<s>': { id: '<s>', ids: [20], tokens: ['<s>'] } },
        },
      ],
    }
    const tokenizer = make(
      { model, added_tokens: [added('<s>')], post_processor, decoder: { type: 'Fuse' } },
      { bos_token: '<s>', add_bos_token: false },
    )
    expect([...tokenizer.encode('ab', { special: true })]).toEqual([20, 0, 1])
    expect([...tokenizer.encode('a<s>')]).toEqual([0, 20])
    expect([...tokenizer.encode('a<s>', { asText: true })]).toEqual([0, tokenizer.idOf('s')])
    expect([tokenizer.decode([20, 0]), tokenizer.decode([20, 0], { special: true }), tokenizer.decode([])]).toEqual(['a', '<s>a', ''])
    expect([tokenizer.special.bos, tokenizer.named.bos_token, tokenizer.size]).toEqual([20, '<s>', 21])
    expect(tokenizer.decode([0, 99])).toBe('a')
    expect(() => tokenizer.decode([-1])).toThrow('id -1 at place 0')
    const bert = make({ model, post_processor: { type: 'BertProcessing', sep: ['[SEP]', 3], cls: ['[CLS]', 2] } })
    expect([...bert.encode('a', { special: true })]).toEqual([2, 0, 3])
  })
  test('blanks before punctuation stay, unless the configuration says otherwise and the model is not of byte pairs', () => {
    const words = { type: 'WordLevel', vocab: { x: 0, '!': 1 }, unk_token: 'x' }
    expect(make({ model: words }).decode([0, 1])).toBe('x !')
    expect(make({ model: words }, { clean_up_tokenization_spaces: true }).decode([0, 1])).toBe('x!')
    expect(make({ model: { type: 'BPE', vocab: words.vocab, merges: [] } }, { clean_up_tokenization_spaces: true }).decode([0, 1])).toBe(
      'x !',
    )
  })
  test("Python's classes take vocabulary and merges alone", () => {
    const vocab = { '<unk>': 0, '▁': 1, a: 2, '▁a': 3, '<s>': 4 }
    const file = {
      model: { type: 'BPE', vocab, merges: [['▁', 'a']] },
      normalizer: { type: 'Lowercase' },
      added_tokens: [added('<s>', { id: 4 })],
    }
    const llama = (legacy: boolean, modelType?: string): number[] => [
      ...make(file, { tokenizer_class: 'LlamaTokenizer', legacy }, modelType).encode('a<s>a'),
    ]
    expect(llama(true, 'llama')).toEqual([3, 4, 3])
    expect(llama(false, 'llama')).toEqual([3, 4, 2])
    expect(llama(false, 'mistral')).toEqual([2, 4, 2])
  })
})

describe('what random tokenizers beside Python showed', () => {
  const words = (vocab: readonly string[], more: object): ReturnType<typeof tokenizerOf> =>
    tokenizerOf({
      tokenizer: {
        model: { type: 'WordLevel', vocab: Object.fromEntries(['?', ...vocab].map((token, id) => [token, id])), unk_token: '?' },
        ...more,
      },
    })
  test('a pattern whose letters are of either case', () => {
    const split = { type: 'Split', pattern: { Regex: '(?i)the' }, behavior: 'Removed', invert: false }
    expect([...words(['a', 'b'], { pre_tokenizer: split }).encode('aTHEbthea')]).toEqual([1, 2, 1])
  })
  test('CTC leaves out what is empty before the next decoder joins', () => {
    const decoder = {
      type: 'Sequence',
      decoders: [
        { type: 'CTC', pad_token: '?', word_delimiter_token: '|', cleanup: false },
        { type: 'WordPiece', prefix: '##', cleanup: false },
      ],
    }
    expect(words(['a', 'b'], { decoder }).decode([1, 0, 2, 0])).toBe('a b')
  })
  test('white space that one token took along is no other token', () => {
    const added = [{ id: 2, content: '  ', single_word: false, lstrip: true, rstrip: true, normalized: false, special: false }]
    expect([...words(['a'], { added_tokens: added }).encode('a      a')]).toEqual([1, 2, 1])
  })
  test('of tokens with one normal form the first is found', () => {
    const token = (id: number, content: string, special: boolean): object => ({
      ...{ id, content, special, single_word: false, lstrip: false, rstrip: false, normalized: true },
    })
    const added = [token(1, 'é', false), token(2, 'É', true), token(3, 'E', false)]
    const normalizer = { type: 'BertNormalizer', clean_text: false, handle_chinese_chars: false, strip_accents: true, lowercase: true }
    const tokenizer = words([], { added_tokens: added, normalizer })
    expect([...tokenizer.encode('e')]).toEqual([1])
    // and is not left out, as its text is no special token's any more
    expect(tokenizer.decode([2])).toBe('e')
  })
  test('a first piece with something cut off before it is not marked', () => {
    const pre_tokenizer = {
      ...{ type: 'Sequence' },
      pretokenizers: [{ type: 'WhitespaceSplit' }, { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first', split: true }],
    }
    const tokenizer = words(['a', '▁a'], { pre_tokenizer })
    expect([[...tokenizer.encode('a a')], [...tokenizer.encode(' a a')]]).toEqual([
      [2, 1],
      [1, 1],
    ])
  })
})

describe('refused', () => {
  test.each<[unknown, string]>([
    [[], 'tokenizer.json is to be an object'],
    [{}, 'tokenizer.json.model is to be an object, and is missing'],
    [{ model: { type: 'BPE', vocab: { a: 0 }, merges: [['a', 'b']] } }, 'needs the token "b"'],
    [{ model: { type: 'BPE', vocab: { a: -1 }, merges: [] } }, 'an id of -1'],
    [{ model: { type: 'Neural', vocab: {} } }, "a model 'Neural' is not known"],
    [{ model: { type: 'WordLevel', vocab: {}, unk_token: '?' }, normalizer: { type: 'Shout' } }, "a normalizer 'Shout' is not known"],
    [
      {
        model: { type: 'WordLevel', vocab: {}, unk_token: '?' },
        pre_tokenizer: { type: 'Split', pattern: { Regex: '(' }, behavior: 'Isolated' },
      },
      'the pattern ( cannot be read',
    ],
    [{ model: { type: 'Unigram', vocab: [['a']] } }, 'vocab[0]'],
  ])('%j', (tokenizer, message) => expect(() => tokenizerOf({ tokenizer })).toThrow(message))
  test('a character nothing stands for', () => {
    expect(() => make({}).encode('x')).toThrow("its token '?' for that is not in the vocabulary")
  })
})
