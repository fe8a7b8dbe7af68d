/** A language model as llama.cpp reads it: a GGUF file in f32, or with its matrices in blocks of 4 bits (Q4_0). */
import { closeSync, openSync, writeSync } from 'node:fs'
import { encodeHalf } from '../../src/tensor/half.js'
import type { LlmSizes } from '../works/work.js'
import { type Weight, weightsOf } from './weights.js'

const [F32, Q4_0] = [0, 2]
const alignment = 32

/** Bytes one after the other, little-endian. */
class Bytes {
  readonly #parts: Buffer[] = []

  u32(...values: readonly number[]): this {
    return this.#put(Buffer.from(Uint32Array.from(values).buffer))
  }
  u64(value: number): this {
    return this.#put(Buffer.from(BigUint64Array.of(BigInt(value)).buffer))
  }
  f32(value: number): this {
    return this.#put(Buffer.from(Float32Array.of(value).buffer))
  }
  text(value: string): this {
    const bytes = Buffer.from(value)
    return this.u64(bytes.length).#put(bytes)
  }
  /** all of it, filled up to the alignment */
  whole(): Buffer {
    const bytes = Buffer.concat(this.#parts)
    return Buffer.concat([bytes, Buffer.alloc(padding(bytes.length))])
  }
  #put(bytes: Buffer): this {
    this.#parts.push(bytes)
    return this
  }
}

const padding = (length: number): number => (alignment - (length % alignment)) % alignment

/** Kinds of metadata, as GGUF numbers them. */
const kinds = { u32: 4, i32: 5, f32: 6, text: 8, list: 9 }

/** One of the metadata: a text, a number, or a list of either. */
function entry(
  bytes: Bytes,
  key: string,
  kind: 'u32' | 'i32' | 'f32' | 'text',
  value: number | string | readonly (number | string)[],
): void {
  bytes.text(key)
  const items = typeof value === 'object' ? value : [value]
  if (typeof value === 'object') bytes.u32(kinds.list, kinds[kind]).u64(value.length)
  else bytes.u32(kinds[kind])
  for (const item of items)
    if (typeof item === 'string') bytes.text(item)
    else if (kind === 'f32') bytes.f32(item)
    else bytes.u32(item)
}

/** A tokenizer, without which llama.cpp computes nothing: three tokens with a meaning, the bytes, and words that are their numbers. */
function tokenizer(bytes: Bytes, vocabulary: number): void {
  const ids = Array.from({ length: vocabulary }, (_, i) => i)
  const name = (i: number): string =>
    i < 3 ? ['<unk>', '<s>', '</s>'][i]! : i < 259 ? `<0x${(i - 3).toString(16).toUpperCase().padStart(2, '0')}>` : `t${i}`
  entry(bytes, 'tokenizer.ggml.model', 'text', 'llama')
  entry(bytes, 'tokenizer.ggml.tokens', 'text', ids.map(name))
  entry(
    bytes,
    'tokenizer.ggml.scores',
    'f32',
    ids.map((i) => -i),
  )
  // unknown, with a meaning, bytes, plain
  entry(
    bytes,
    'tokenizer.ggml.token_type',
    'i32',
    ids.map((i) => (i === 0 ? 2 : i < 3 ? 3 : i < 259 ? 6 : 1)),
  )
}

const names: Readonly<Record<string, string>> = {
  'model.embed_tokens': 'token_embd',
  'model.norm': 'output_norm',
  input_layernorm: 'attn_norm',
  'self_attn.q_proj': 'attn_q',
  'self_attn.k_proj': 'attn_k',
  'self_attn.v_proj': 'attn_v',
  'self_attn.o_proj': 'attn_output',
  post_attention_layernorm: 'ffn_norm',
  'mlp.gate_proj': 'ffn_gate',
  'mlp.up_proj': 'ffn_up',
  'mlp.down_proj': 'ffn_down',
}

function nameOf(name: string): string {
  const [, layer, part] = /^model\.layers\.(\d+)\.(.*)\.weight$/.exec(name) ?? [undefined, undefined, name.replace(/\.weight$/, '')]
  return `${layer === undefined ? '' : `blk.${layer}.`}${names[part!]}.weight`
}

/** Rows of queries and keys as llama.cpp turns them: the pairs of a head side by side instead of half a head apart. */
function paired({ shape: [rows, columns] }: Weight, numbers: Float32Array, heads: number): Float32Array {
  const [half, result] = [rows! / heads / 2, new Float32Array(numbers.length)]
  for (let row = 0; row < rows!; row++) {
    const [head, inside] = [Math.floor(row / (2 * half)), row % (2 * half)]
    const from = head * 2 * half + (inside % 2) * half + (inside >> 1)
    result.set(numbers.subarray(from * columns!, (from + 1) * columns!), row * columns!)
  }
  return result
}

/** 32 numbers in 18 bytes: the largest over −8 in half precision, then 4 bits each, the first sixteen in the low halves. */
function inFourBits(numbers: Float32Array): Uint8Array {
  const blocks = numbers.length / 32
  const result = new Uint8Array(blocks * 18)
  const view = new DataView(result.buffer)
  const steps = new Float32Array(blocks)
  for (let i = 0; i < numbers.length; i++) if (Math.abs(numbers[i]!) > Math.abs(8 * steps[i >> 5]!)) steps[i >> 5] = numbers[i]! / -8
  const halves = encodeHalf(steps, 'f16')
  for (let block = 0; block < blocks; block++) {
    const own = numbers.subarray(32 * block, 32 * block + 32)
    const step = steps[block]!
    view.setUint16(18 * block, halves[block]!, true)
    const code = (x: number): number => Math.min(15, Math.floor(step === 0 ? 8 : x / step + 8.5))
    for (let i = 0; i < 16; i++) result[18 * block + 2 + i] = code(own[i]!) | (code(own[i + 16]!) << 4)
  }
  return result
}

/** Writes a model to `path`. */
export function writeGguf(path: string, sizes: LlmSizes, bits?: 4): void {
  const { layers, width, heads, keyHeads, hidden, vocabulary, context } = sizes
  const tensors = weightsOf(sizes).map((weight) => {
    const isPacked = bits === 4 && weight.shape.length === 2
    const size = weight.shape.reduce((a, b) => a * b, 1)
    return { weight, name: nameOf(weight.name), isPacked, bytes: isPacked ? (size / 32) * 18 : 4 * size }
  })
  const head = new Bytes().u32(0x46554747, 3).u64(tensors.length)
  const whole: Readonly<Record<string, number>> = {
    ...{ context_length: context, embedding_length: width, block_count: layers, feed_forward_length: hidden, vocab_size: vocabulary },
    ...{ 'attention.head_count': heads, 'attention.head_count_kv': keyHeads, 'rope.dimension_count': width / heads },
  }
  head.u64(Object.keys(whole).length + 7)
  entry(head, 'general.architecture', 'text', 'llama')
  entry(head, 'llama.rope.freq_base', 'f32', 100_000)
  entry(head, 'llama.attention.layer_norm_rms_epsilon', 'f32', 1e-5)
  for (const [key, value] of Object.entries(whole)) entry(head, `llama.${key}`, 'u32', value)
  tokenizer(head, vocabulary)
  let offset = 0
  for (const { weight, name, isPacked, bytes } of tensors) {
    head.text(name).u32(weight.shape.length)
    for (const length of [...weight.shape].reverse()) head.u64(length)
    head.u32(isPacked ? Q4_0! : F32!).u64(offset)
    offset += bytes + padding(bytes)
  }
  const file = openSync(path, 'w')
  try {
    writeSync(file, head.whole())
    for (const { weight, name, isPacked, bytes } of tensors) {
      const turned = /attn_[qk]\./.exec(name)?.[0]
      const own = weight.numbers()
      const numbers = turned ? paired(weight, own, turned === 'attn_q.' ? heads : keyHeads) : own
      writeSync(file, isPacked ? inFourBits(numbers) : new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength))
      writeSync(file, new Uint8Array(padding(bytes)))
    }
  } finally {
    closeSync(file)
  }
}
