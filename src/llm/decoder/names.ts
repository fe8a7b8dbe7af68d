/** How the parts of a decoder are called in files, family by family. */

/** The names of parts. Of three products `together` stands for one whose result is cut into theirs. */
export interface PartNames {
  /** everything but the head */
  readonly stream: string
  readonly tokens: string
  /** learned vectors of places */
  readonly places: string
  readonly drop: string
  readonly layers: string
  /** the norm at the end of the stream */
  readonly last: string
  /** norms before attention and before the feed-forward net, and, where there are such, behind them */
  readonly before: readonly [attention: string, mlp: string]
  readonly after: readonly [attention: string, mlp: string]
  readonly attention: {
    readonly field: string
    readonly inputs: readonly [query: string, key: string, value: string] | readonly [together: string]
    readonly output: string
    readonly norms: readonly [query: string, key: string]
    readonly dropWeights: string
    readonly dropAdded: string
  }
  readonly mlp: {
    readonly field: string
    /** two are a gated net: f(gate) · up */
    readonly inputs: readonly [gate: string, up: string] | readonly [only: string]
    /** whether the one product is gate and up together */
    readonly gated: boolean
    readonly output: string
    readonly dropAdded: string
  }
  /** whether weights of products are (in, out), the transpose of Linear's */
  readonly transposed: boolean
}

const llama: PartNames = {
  stream: 'model',
  tokens: 'embed_tokens',
  places: 'embed_positions',
  drop: 'embed_dropout',
  layers: 'layers',
  last: 'norm',
  before: ['input_layernorm', 'post_attention_layernorm'],
  after: ['', ''],
  attention: {
    field: 'self_attn',
    inputs: ['q_proj', 'k_proj', 'v_proj'],
    output: 'o_proj',
    norms: ['q_norm', 'k_norm'],
    dropWeights: 'attention_dropout',
    dropAdded: 'resid_attn_dropout',
  },
  mlp: { field: 'mlp', inputs: ['gate_proj', 'up_proj'], gated: true, output: 'down_proj', dropAdded: 'resid_mlp_dropout' },
  transposed: false,
}

/** The names by kind of file. */
export const partNames = {
  /** Llama, Mistral, Qwen and the many like them */
  llama,
  /** Gemma 2 and 3, with norms on both sides of each part */
  gemma: {
    ...llama,
    before: ['input_layernorm', 'pre_feedforward_layernorm'],
    after: ['post_attention_layernorm', 'post_feedforward_layernorm'],
  },
  /** Phi-3: products side by side in one */
  phi3: {
    ...llama,
    attention: { ...llama.attention, inputs: ['qkv_proj'] },
    mlp: { ...llama.mlp, inputs: ['gate_up_proj'] },
  },
  gpt2: {
    stream: 'transformer',
    tokens: 'wte',
    places: 'wpe',
    drop: 'drop',
    layers: 'h',
    last: 'ln_f',
    before: ['ln_1', 'ln_2'],
    after: ['', ''],
    attention: {
      field: 'attn',
      inputs: ['c_attn'],
      output: 'c_proj',
      norms: ['', ''],
      dropWeights: 'attn_dropout',
      dropAdded: 'resid_dropout',
    },
    mlp: { field: 'mlp', inputs: ['c_fc'], gated: false, output: 'c_proj', dropAdded: 'drop' },
    transposed: true,
  },
} as const satisfies Record<string, PartNames>

/** A kind of file. */
export type Naming = keyof typeof partNames
