/** Tensors by the names that models of Hugging Face have, and what llama.cpp's converter did to them. */
import { FileError } from '../../files/fileError.js'
import { Fields } from './fields.js'
import type { GgufFile } from './file.js'
import type { Change, Placed } from './weights.js'

/** How the names of an architecture go, `*` for the number of a layer. */
export interface Naming {
  readonly names: Readonly<Record<string, string>>
  /** q and k are permuted for rotation of neighbours */
  readonly permuted?: boolean
  /** norms have 1 added */
  readonly shifted?: boolean
  /** weights of layers stood transposed in the model, as GPT-2's do */
  readonly transposed?: boolean
}

const outer = { token_embd: 'model.embed_tokens', output_norm: 'model.norm', output: 'lm_head' }
const layer = (names: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(names).map(([own, name]) => [`blk.*.${own}`, `model.layers.*.${name}`]))
const attention = layer({
  attn_norm: 'input_layernorm',
  attn_q: 'self_attn.q_proj',
  attn_k: 'self_attn.k_proj',
  attn_v: 'self_attn.v_proj',
  attn_output: 'self_attn.o_proj',
  attn_q_norm: 'self_attn.q_norm',
  attn_k_norm: 'self_attn.k_norm',
})
const gated = layer({ ffn_gate: 'mlp.gate_proj', ffn_up: 'mlp.up_proj', ffn_down: 'mlp.down_proj' })
const plain = { ...outer, ...attention, ...gated, ...layer({ ffn_norm: 'post_attention_layernorm' }) }
const gemma: Naming = {
  names: {
    ...outer,
    ...attention,
    ...gated,
    ...layer({
      post_attention_norm: 'post_attention_layernorm',
      ffn_norm: 'pre_feedforward_layernorm',
      post_ffw_norm: 'post_feedforward_layernorm',
    }),
  },
  shifted: true,
}
const gpt2: Naming = {
  names: {
    token_embd: 'transformer.wte',
    position_embd: 'transformer.wpe',
    output_norm: 'transformer.ln_f',
    output: 'lm_head',
    'blk.*.attn_norm': 'transformer.h.*.ln_1',
    'blk.*.attn_qkv': 'transformer.h.*.attn.c_attn',
    'blk.*.attn_output': 'transformer.h.*.attn.c_proj',
    'blk.*.ffn_norm': 'transformer.h.*.ln_2',
    'blk.*.ffn_up': 'transformer.h.*.mlp.c_fc',
    'blk.*.ffn_down': 'transformer.h.*.mlp.c_proj',
  },
  transposed: true,
}

/** Architectures by the names GGUF has for them. */
export const namings: Readonly<Record<string, Naming>> = {
  llama: { names: plain, permuted: true },
  qwen2: { names: plain },
  qwen3: { names: plain },
  phi3: { names: { ...plain, ...layer({ attn_qkv: 'self_attn.qkv_proj', ffn_up: 'mlp.gate_up_proj' }) } },
  gemma2: gemma,
  gemma3: gemma,
  gpt2,
}

/** Tensors that say how positions are rotated: part of the configuration, not of the weights. */
export const ropeTensors = ['rope_freqs.weight', 'rope_factors_long.weight', 'rope_factors_short.weight'] as const

/** The name of each tensor in the model, and what is to be undone. Names that are not known stay as they are. Throws FileError for an architecture that is not read. */
export function placing(file: GgufFile): (name: string) => Placed | undefined {
  const fields = new Fields(file)
  const { architecture } = fields
  const naming = Object.hasOwn(namings, architecture) ? namings[architecture] : undefined
  if (!naming)
    throw new FileError(
      `cannot read ${file.name}: its architecture is ${JSON.stringify(architecture)}, and ${Object.keys(namings).join(', ')} are read. openGguf gives its tensors under their own names.`,
      file.name,
    )
  return (name) => {
    if ((ropeTensors as readonly string[]).includes(name)) return undefined
    const [, number, own, ending] = /^(?:blk\.(\d+)\.)?(\w+)\.(weight|bias)$/.exec(name) ?? []
    const known = own === undefined ? undefined : naming.names[number === undefined ? own : `blk.*.${own}`]
    if (known === undefined) return { name }
    return { name: `${known.replace('*', number!)}.${ending}`, change: changeOf(naming, own!, ending!, name, fields) }
  }
}

function changeOf(naming: Naming, own: string, ending: string, name: string, fields: Fields): Change | undefined {
  const { kind, shape } = fields.file.tensors.get(name)!
  const refuse = (problem: string): never => {
    throw new FileError(`cannot read ${fields.file.name}: tensor ${name} ${problem}. Convert the model again.`, fields.file.name)
  }
  if (naming.permuted && (own === 'attn_q' || own === 'attn_k')) {
    const all = fields.number('.attention.head_count')
    const heads = own === 'attn_q' ? all : (fields.numberOr('.attention.head_count_kv') ?? all)
    if (!Number.isSafeInteger(heads) || heads < 1 || (shape[0] ?? 0) % (2 * heads) !== 0)
      return refuse(`has ${String(shape[0])} rows, which ${heads} heads cannot share in pairs`)
    return { kind: 'heads', heads }
  }
  if (naming.shifted && own.endsWith('norm') && ending === 'weight')
    return kind.dtype === 'f32' ? { kind: 'plusOne' } : refuse(`is of kind ${kind.name}, and norms are F32`)
  if (naming.transposed && /^(attn_qkv|attn_output|ffn_up|ffn_down)$/.test(own) && ending === 'weight')
    return shape.length === 2 ? { kind: 'transposed' } : refuse(`has ${shape.length} axes, not 2`)
  return undefined
}
