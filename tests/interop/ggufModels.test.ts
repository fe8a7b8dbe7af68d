import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readSafetensors } from '../../src/files/safetensors/file.js'
import type { StoredTensor } from '../../src/files/safetensors/stored.js'
import { fromBlocks, toBlocks } from '../../src/graph/blocks.js'
import { Linear, load, quantized } from '../../src/index.js'
import { openGgufModel } from '../../src/interop/gguf/model.js'
import { openWeights, renamed } from '../../src/interop/weights.js'
import { readTokenizer, tokenizerOf } from '../../src/tokenize/published/readTokenizer.js'
import { goldenPath } from '../goldens.js'
import { type Entry, gguf, type Made, writeGguf } from './makeGguf.js'

const root = mkdtempSync(join(tmpdir(), 'hebb-gguf-'))
afterAll(() => rmSync(root, { recursive: true }))
const bytesOf = ({ data }: StoredTensor): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)

/** Rows of heads as llama.cpp's converter lays them: reshape (heads, 2, d/2, …), swap the two middle axes. */
function permuted({ shape, data }: StoredTensor, heads: number): Uint8Array {
  const [rows, columns] = [shape[0]!, shape[1] ?? 1]
  const d = rows / heads
  const out = new Float32Array(rows * columns)
  let to = 0
  for (let h = 0; h < heads; h++)
    for (let i = 0; i < d / 2; i++)
      for (let s = 0; s < 2; s++) {
        const row = h * d + s * (d / 2) + i
        out.set(data.subarray(row * columns, (row + 1) * columns) as Float32Array, to)
        to += columns
      }
  return new Uint8Array(out.buffer)
}
function transposed({ shape, data }: StoredTensor): Uint8Array {
  const [rows, columns] = shape as [number, number]
  const out = new Float32Array(rows * columns)
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out[c * rows + r] = Number(data[r * columns + c])
  return new Uint8Array(out.buffer)
}

const llamaNames: readonly (readonly [RegExp, string])[] = [
  [/^model\.embed_tokens/, 'token_embd'],
  [/^model\.norm/, 'output_norm'],
  [/^lm_head/, 'output'],
  [/^model\.layers\.(\d+)\.input_layernorm/, 'blk.$1.attn_norm'],
  [/^model\.layers\.(\d+)\.post_attention_layernorm/, 'blk.$1.ffn_norm'],
  [/^model\.layers\.(\d+)\.self_attn\.([qkv])_proj/, 'blk.$1.attn_$2'],
  [/^model\.layers\.(\d+)\.self_attn\.o_proj/, 'blk.$1.attn_output'],
  [/^model\.layers\.(\d+)\.mlp\.(gate|up|down)_proj/, 'blk.$1.ffn_$2'],
]
const gpt2Names: readonly (readonly [RegExp, string])[] = [
  [/^transformer\.wte/, 'token_embd'],
  [/^transformer\.wpe/, 'position_embd'],
  [/^transformer\.ln_f/, 'output_norm'],
  [/^transformer\.h\.(\d+)\.ln_1/, 'blk.$1.attn_norm'],
  [/^transformer\.h\.(\d+)\.ln_2/, 'blk.$1.ffn_norm'],
  [/^transformer\.h\.(\d+)\.attn\.c_attn/, 'blk.$1.attn_qkv'],
  [/^transformer\.h\.(\d+)\.attn\.c_proj/, 'blk.$1.attn_output'],
  [/^transformer\.h\.(\d+)\.mlp\.c_fc/, 'blk.$1.ffn_up'],
  [/^transformer\.h\.(\d+)\.mlp\.c_proj/, 'blk.$1.ffn_down'],
]
const renamedBy = (names: readonly (readonly [RegExp, string])[], name: string): string => {
  const [from, to] = names.find(([pattern]) => pattern.test(name))!
  return name.replace(from, to)
}

type Json = Record<string, unknown>
const json = (folder: string, name: string): Json => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Json

/** A golden folder as llama.cpp would convert it to F32. */
async function twin(folder: string, pre: string): Promise<string> {
  const [config, file] = [json(folder, 'config.json'), json(folder, 'tokenizer.json')]
  const arch = config.model_type as string
  const { tensors } = await readSafetensors(folder)
  const heads = (config.num_attention_heads ?? config.n_head) as number
  const groups = (config.num_key_value_heads ?? heads) as number
  const made = [...tensors].map(([name, tensor]): Made => {
    const own = renamedBy(arch === 'gpt2' ? gpt2Names : llamaNames, name)
    const turns = /h\.\d+\.(attn|mlp)\.c_\w+\.weight/.test(name)
    const bytes =
      arch === 'llama' && /attn_[qk]\./.test(own)
        ? permuted(tensor, own.includes('_q.') ? heads : groups)
        : turns
          ? transposed(tensor)
          : bytesOf(tensor)
    return { name: own, shape: turns ? [...tensor.shape].reverse() : tensor.shape, kind: 0, bytes }
  })
  const model = file.model as { vocab: Record<string, number>; merges: readonly (string | readonly string[])[] }
  const added = file.added_tokens as readonly { id: number; content: string; special: boolean }[]
  const tokens: string[] = []
  for (const [token, id] of Object.entries(model.vocab)) tokens[id] = token
  for (const { id, content } of added) tokens[id] = content
  const types = tokens.map((_, id) => (added.find((t) => t.id === id)?.special ? 3 : added.some((t) => t.id === id) ? 4 : 1))
  const settings = json(folder, 'tokenizer_config.json')
  const entries: Entry[] = [
    ['general.architecture', 8, arch],
    [`${arch}.context_length`, 4, config.max_position_embeddings ?? config.n_positions],
    [`${arch}.embedding_length`, 4, config.hidden_size ?? config.n_embd],
    [`${arch}.block_count`, 4, config.num_hidden_layers ?? config.n_layer],
    [`${arch}.feed_forward_length`, 4, config.intermediate_size ?? config.n_inner ?? 4 * Number(config.n_embd)],
    [`${arch}.attention.head_count`, 4, heads],
    [`${arch}.attention.head_count_kv`, 4, groups],
    [`${arch}.attention.layer_norm${arch === 'gpt2' ? '' : '_rms'}_epsilon`, 6, config.rms_norm_eps ?? config.layer_norm_epsilon],
    [`${arch}.rope.freq_base`, 6, config.rope_theta ?? (config.rope_parameters as Json | undefined)?.rope_theta ?? 10_000],
    ['tokenizer.ggml.model', 8, 'gpt2'],
    ['tokenizer.ggml.pre', 8, pre],
    ['tokenizer.ggml.tokens', 9, [8, tokens]],
    ['tokenizer.ggml.token_type', 9, [5, types]],
    ['tokenizer.ggml.merges', 9, [8, model.merges.map((m) => (typeof m === 'string' ? m : m.join(' ')))]],
    ['tokenizer.ggml.add_bos_token', 7, settings.add_bos_token ?? false],
    ['tokenizer.chat_template', 8, settings.chat_template ?? 'none'],
    ...(['bos', 'eos'] as const).flatMap((role): Entry[] =>
      typeof config[`${role}_token_id`] === 'number' ? [[`tokenizer.ggml.${role}_token_id`, 4, config[`${role}_token_id`]]] : [],
    ),
  ]
  return writeGguf(join(root, `${arch}.gguf`), entries, made)
}

const goldens = [
  ['llama', 'llama-bpe'],
  ['qwen2', 'qwen2'],
  ['gpt2', 'gpt-2'],
].filter(([name]) => goldenPath(`models/${name}`))

describe.each(goldens)('%s as llama.cpp converts it', (name, pre) => {
  const folder = goldenPath(`models/${name}`)!

  test('has the weights, the configuration and the tokens of its folder', async () => {
    const { weights, config, tokenizer } = await openGgufModel(await twin(folder, pre!))
    const { tensors } = await readSafetensors(folder)
    expect([...weights.tensors.keys()].sort()).toEqual([...tensors.keys()].sort())
    for (const [key, tensor] of tensors) {
      const found = await weights.read(key)
      expect([key, found.dtype, found.shape]).toEqual([key, tensor.dtype, tensor.shape])
      expect(Buffer.compare(bytesOf(found), bytesOf(tensor)), key).toBe(0)
    }
    const real = json(folder, 'config.json')
    const { rope_theta } = { rope_theta: real.rope_theta, ...(real.rope_parameters as Json | undefined) }
    for (const [key, value] of Object.entries(config)) {
      if (key === 'rope_parameters') expect(value).toEqual({ rope_type: 'default', rope_theta })
      else if (real[key] !== undefined && real[key] !== null) expect([key, value]).toEqual([key, real[key]])
    }
    const [ours, theirs] = [tokenizerOf(tokenizer!), await readTokenizer(folder)]
    const { tokenization } = json(folder, 'expected.json') as { tokenization: readonly { text: string }[] }
    for (const { text } of tokenization) {
      expect(ours.encode(text)).toEqual(theirs.encode(text))
      expect(ours.decode(ours.encode(text))).toBe(theirs.decode(theirs.encode(text)))
    }
    await weights.close()
  })
})

describe('a layer of a GGUF file', () => {
  /** Rows of 64 numbers in Q4_0 or Q8_0, of any bytes. */
  const made = (name: string, rows: number, kind: 2 | 8): Made => {
    const [blockBytes, blocks] = [kind === 2 ? 18 : 34, rows * 2]
    const bytes = Uint8Array.from({ length: blockBytes * blocks }, (_, i) => (i % blockBytes === 1 ? 0x20 + (i % 7) : (i * 37 + 11) & 255))
    return { name, shape: [rows, 64], kind, bytes }
  }
  const entries: Entry[] = [
    ['general.architecture', 8, 'llama'],
    ['llama.attention.head_count', 4, 2],
  ]

  test.each([
    [2, 4],
    [8, 8],
  ] as const)('of kind %d goes into blocks of %d bits as it is, rows of heads in their order', async (kind, bits) => {
    for (const own of ['attn_q', 'attn_v']) {
      const path = writeGguf(join(root, `${own}${bits}.gguf`), entries, [made(`blk.0.${own}.weight`, 16, kind)])
      const weights = await openWeights(path)
      const [name] = [...weights.tensors.keys()] as [string]
      const numbers = (await weights.read(name)).data as Float32Array
      const form = { rows: 16, columns: 64, bits, size: 32, symmetric: true, activations: 'f32' } as const
      const blocks = await weights.blocks!(name, form)
      expect(fromBlocks(blocks!)).toEqual(numbers)
      expect(await weights.blocks!(name, { ...form, size: 64 })).toBeUndefined()
      expect(await weights.blocks!(name, { ...form, bits: bits === 4 ? 8 : 4 })).toBeUndefined()
      const layer = quantized(new Linear(64, 16, { bias: false }), { bits })
      await load(
        layer,
        renamed(weights, () => 'weight'),
      )
      expect(layer.weight.storage.numbers()).toEqual(numbers)
      // of another size the numbers are put into blocks as others are
      const other = quantized(new Linear(64, 16, { bias: false }), { bits, size: 64 })
      await load(
        other,
        renamed(weights, () => 'weight'),
      )
      expect(other.weight.storage.numbers()).toEqual(fromBlocks(toBlocks(numbers, { ...form, size: 64 })))
      await weights.close()
    }
  })

  test('parts are one file, by the path of any; a part that is missing is named', async () => {
    const split = (no: number, tensor: Made): Buffer =>
      gguf([...(no === 0 ? entries : []), ['split.no', 4, no], ['split.count', 4, 2], ['split.tensors.count', 5, 2]], [tensor])
    const path = (i: number): string => join(root, `m-0000${i}-of-00002.gguf`)
    writeFileSync(path(1), split(0, made('blk.0.attn_v.weight', 2, 2)))
    await expect(openWeights(path(1))).rejects.toThrow(`cannot read ${path(1)}: a part is missing: ${path(2)}.`)
    writeFileSync(path(2), split(1, made('blk.1.attn_v.weight', 2, 8)))
    for (const i of [1, 2]) {
      const weights = await openWeights(path(i))
      expect([...weights.tensors.keys()]).toEqual(['model.layers.0.self_attn.v_proj.weight', 'model.layers.1.self_attn.v_proj.weight'])
      await weights.close()
    }
    writeFileSync(path(2), split(1, made('blk.0.attn_v.weight', 2, 8)))
    await expect(openWeights(path(1))).rejects.toThrow('tensor "blk.0.attn_v.weight" is in two parts')
  })
})

describe('families', () => {
  const base = (arch: string, more: readonly Entry[] = []): Entry[] => [
    ['general.architecture', 8, arch],
    [`${arch}.context_length`, 4, 4096],
    [`${arch}.embedding_length`, 4, 64],
    [`${arch}.block_count`, 4, 4],
    [`${arch}.feed_forward_length`, 4, 128],
    [`${arch}.attention.head_count`, 4, 4],
    [`${arch}.attention.head_count_kv`, 4, 2],
    [`${arch}.attention.layer_norm_rms_epsilon`, 6, 1e-6],
    ...more,
  ]
  const vector = (name: string, ...values: number[]): Made => ({
    name,
    shape: [values.length],
    kind: 0,
    bytes: new Uint8Array(new Float32Array(values).buffer),
  })
  const open = async (arch: string, more: readonly Entry[], tensors: readonly Made[]): ReturnType<typeof openGgufModel> =>
    openGgufModel(
      writeGguf(join(root, `family-${arch}.gguf`), base(arch, more), [
        { name: 'token_embd.weight', shape: [8, 64], kind: 0, bytes: new Uint8Array(8 * 64 * 4) },
        ...tensors,
      ]),
    )

  test('gemma: norms lose the 1 that was added, windows alternate, the scale is that of the heads', async () => {
    const two = await open(
      'gemma2',
      [
        ['gemma2.attention.key_length', 4, 32],
        ['gemma2.attn_logit_softcapping', 6, 50],
        ['gemma2.final_logit_softcapping', 6, 30],
      ],
      [vector('blk.0.post_ffw_norm.weight', 1, 1.5, 0.25)],
    )
    expect([...(await two.weights.read('model.layers.0.post_feedforward_layernorm.weight')).data]).toEqual([0, 0.5, -0.75])
    expect(two.config).toMatchObject({
      model_type: 'gemma2',
      head_dim: 32,
      query_pre_attn_scalar: 32,
      attn_logit_softcapping: 50,
      final_logit_softcapping: 30,
      sliding_window: 4096,
      tie_word_embeddings: true,
      layer_types: ['sliding_attention', 'full_attention', 'sliding_attention', 'full_attention'],
      rms_norm_eps: 1e-6,
    })
    const three = await open(
      'gemma3',
      [
        ['gemma3.rope.freq_base', 6, 1e6],
        ['gemma3.rope.scaling.type', 8, 'linear'],
        ['gemma3.rope.scaling.factor', 6, 8],
      ],
      [vector('blk.1.attn_q_norm.weight', 2)],
    )
    expect([...(await three.weights.read('model.layers.1.self_attn.q_norm.weight')).data]).toEqual([1])
    expect(three.config.rope_parameters).toEqual({
      full_attention: { rope_type: 'linear', rope_theta: 1e6, factor: 8 },
      sliding_attention: { rope_type: 'default', rope_theta: 10_000 },
    })
  })

  test('phi3: joined matrices, long factors; llama: the scaling of version 3 found from its divisors; mistral by its window', async () => {
    const phi = await open(
      'phi3',
      [
        ['phi3.rope.scaling.original_context_length', 4, 2048],
        ['phi3.attention.sliding_window', 4, 512],
      ],
      [
        vector('rope_factors_long.weight', 1, 2),
        vector('rope_factors_short.weight', 1, 1.5),
        vector('blk.0.attn_qkv.weight', 1),
        vector('blk.0.ffn_up.weight', 1),
      ],
    )
    expect([...phi.weights.tensors.keys()].sort()).toEqual([
      'model.embed_tokens.weight',
      'model.layers.0.mlp.gate_up_proj.weight',
      'model.layers.0.self_attn.qkv_proj.weight',
    ])
    expect(phi.config).toMatchObject({
      sliding_window: 512,
      original_max_position_embeddings: 2048,
      rope_parameters: { rope_type: 'longrope', long_factor: [1, 2], short_factor: [1, 1.5] },
    })
    for (const [factor, low, high, original] of [
      [8, 1, 4, 8192],
      [32, 1, 4, 8192],
      [4, 1, 3, 128],
    ] as const) {
      const divisors = Array.from({ length: 64 }, (_, i) => {
        const wave = 2 * Math.PI * 500_000 ** (i / 64)
        const s = Math.min(1, Math.max(0, (original / wave - low) / (high - low)))
        return 1 / ((1 - s) / factor + s)
      })
      const { config } = await open(
        'llama',
        [
          ['llama.rope.freq_base', 6, 500_000],
          ['llama.rope.dimension_count', 4, 128],
        ],
        [vector('rope_freqs.weight', ...divisors)],
      )
      const found = config.rope_parameters as { readonly [name: string]: number }
      expect(found).toMatchObject({ rope_type: 'llama3', factor, rope_theta: 500_000 })
      expect(found.low_freq_factor! / low).toBeCloseTo(1, 2)
      expect(found.high_freq_factor! / high).toBeCloseTo(1, 1)
      expect(found.original_max_position_embeddings! / original).toBeCloseTo(1, 1)
    }
    expect((await open('llama', [['llama.attention.sliding_window', 4, 100]], [])).config).toMatchObject({
      model_type: 'mistral',
      sliding_window: 100,
    })
  })

  test('what is missing, unknown, or does not fit is named', async () => {
    const file = join(root, 'wrong.gguf')
    const said = async (entries: readonly Entry[], tensors: readonly Made[] = []): Promise<string> =>
      openGgufModel(writeGguf(file, entries, tensors)).then(
        () => 'nothing thrown',
        (e: Error) => e.message,
      )
    expect(await said([['general.architecture', 8, 'rwkv7']])).toContain(
      'its architecture is "rwkv7", and llama, qwen2, qwen3, phi3, gemma2, gemma3, gpt2 are read',
    )
    expect(await said([...base('llama'), ['llama.vocab_size', 4, 8] as Entry].filter(([key]) => key !== 'llama.block_count'))).toContain(
      'its metadata llama.block_count is missing',
    )
    expect(await said(base('llama'), [vector('blk.0.attn_q.bias', 1, 2, 3)])).toContain(
      'tensor blk.0.attn_q.bias has 3 rows, which 4 heads cannot share in pairs',
    )
    const words: Entry[] = [
      ...base('llama'),
      ['llama.vocab_size', 4, 3],
      ['tokenizer.ggml.model', 8, 'gpt2'],
      ['tokenizer.ggml.tokens', 9, [8, ['a', 'b', 'ab']]],
    ]
    expect(await said([...words, ['tokenizer.ggml.merges', 9, [8, ['a b']]], ['tokenizer.ggml.pre', 8, 'martian']])).toContain(
      '"martian", a way to cut text that is not known',
    )
    expect(await said([...words, ['tokenizer.ggml.merges', 9, [8, ['a c']]]])).toContain('not of the vocabulary in entry 0: "a c"')
    expect(await said([...words, ['tokenizer.ggml.merges', 9, [8, ['a b']]], ['tokenizer.ggml.token_type', 9, [5, [1]]]])).toContain(
      'a list of 1, and there are 3 tokens',
    )
  })

  test('pieces with scores: merged as SentencePiece merges, bytes for what is unknown', async () => {
    const tokens = [
      '<unk>',
      '<s>',
      '</s>',
      ...Array.from({ length: 256 }, (_, i) => `<0x${i.toString(16).toUpperCase().padStart(2, '0')}>`),
      '▁',
      'h',
      'e',
      'l',
      'o',
      'he',
      'll',
      'hell',
      'hello',
      '▁hello',
      'lo',
      'el',
    ]
    const types = tokens.map((_, id) => (id === 0 ? 2 : id < 3 ? 3 : id < 259 ? 6 : 1))
    const scores = tokens.map((token, id) => (id < 259 ? 0 : token === 'lo' ? -1 : -id))
    const { tokenizer } = await open(
      'llama',
      [
        ['tokenizer.ggml.model', 8, 'llama'],
        ['tokenizer.ggml.tokens', 9, [8, tokens]],
        ['tokenizer.ggml.scores', 9, [6, scores]],
        ['tokenizer.ggml.token_type', 9, [5, types]],
        ['tokenizer.ggml.bos_token_id', 4, 1],
        ['tokenizer.ggml.unknown_token_id', 4, 0],
      ],
      [],
    )
    const read = tokenizerOf(tokenizer!)
    const pieces = (text: string): string[] => [...read.encode(text)].map((id) => tokens[id]!)
    // lo has the best score: he, l, lo
    expect(pieces('hello')).toEqual(['▁', 'he', 'l', 'lo'])
    expect(pieces('é')).toEqual(['▁', '<0xC3>', '<0xA9>'])
    expect(read.decode(read.encode('hello é'))).toContain('hello é')
  })
})
