/** What a work is: sizes as plain data, the same for every library. */

/** A stack of linear layers with an activation between them, trained on cross-entropy with Adam. */
export interface MlpWork {
  readonly kind: 'mlp'
  readonly name: string
  readonly title: string
  /** widths, from features to classes */
  readonly sizes: readonly number[]
  readonly activation: 'relu' | 'tanh'
  readonly batch: number
}

/** 3×3 convolutions (padding 1), each followed by ReLU and a 2×2 maximum, then linear layers; cross-entropy, Adam. */
export interface CnnWork {
  readonly kind: 'cnn'
  readonly name: string
  readonly title: string
  /** height and width of the picture */
  readonly side: number
  /** channels, from the picture's on */
  readonly channels: readonly number[]
  /** widths after flattening: hidden layers (ReLU), then classes */
  readonly sizes: readonly number[]
  readonly batch: number
}

/**
 * A decoder-only transformer: token and position embeddings, pre-norm blocks (causal attention, then a 4× wide MLP with exact
 * GELU), a last norm and an untied head without bias; every other linear layer has one. Cross-entropy over all positions, AdamW.
 */
export interface GptWork {
  readonly kind: 'gpt'
  readonly name: string
  readonly title: string
  readonly layers: number
  readonly heads: number
  readonly width: number
  /** T, positions */
  readonly time: number
  readonly batch: number
  readonly vocabulary: number
  /** whether each block is computed a second time in the backward pass instead of being kept [Chen 2016]; default false */
  readonly checkpoint?: boolean | undefined
}

/** One pass of a 3×3 convolution with padding 1. */
export interface ConvWork {
  readonly kind: 'conv'
  readonly name: string
  readonly title: string
  readonly pass: 'forward' | 'dX' | 'dW'
  readonly channels: number
  readonly side: number
  readonly batch: number
}

/** A square matrix product: what the machine can do. */
export interface MatmulWork {
  readonly kind: 'matmul'
  readonly name: string
  readonly title: string
  readonly size: number
}

/**
 * A residual network: a 3×3 convolution, then stages of two-convolution blocks (batch norm after each, a 1×1 convolution with batch norm around
 * where sizes change; stages after the first begin with stride 2), the mean over positions and a linear layer. No biases before norms.
 */
export interface ResnetWork {
  readonly kind: 'resnet'
  readonly name: string
  readonly title: string
  readonly side: number
  /** channels of each stage */
  readonly widths: readonly number[]
  /** per stage */
  readonly blocks: number
  readonly classes: number
  readonly batch: number
}

/** A vision transformer: patches by a strided convolution, a class token, position embeddings, pre-norm blocks without mask, a head on the token. */
export interface VitWork {
  readonly kind: 'vit'
  readonly name: string
  readonly title: string
  readonly side: number
  readonly patch: number
  readonly layers: number
  readonly heads: number
  readonly width: number
  readonly classes: number
  readonly batch: number
}

/** One recurrent layer over (N, T, I), and a linear layer on its last state. */
export interface RecurrentWork {
  readonly kind: 'recurrent'
  readonly name: string
  readonly title: string
  readonly cell: 'lstm' | 'gru'
  readonly time: number
  readonly batch: number
  readonly inputs: number
  readonly width: number
  readonly classes: number
}

/** The update of Adam on one flat parameter whose gradient is there. */
export interface AdamWork {
  readonly kind: 'adam'
  readonly name: string
  readonly title: string
  /** parameters */
  readonly size: number
}

/** A network that is trained: cross-entropy, Adam (transformers: AdamW). */
export type NetworkWork = MlpWork | CnnWork | ResnetWork | VitWork | RecurrentWork | GptWork

/** The forward pass alone, in evaluation mode, the scores read. */
export interface InferenceWork {
  readonly kind: 'inference'
  readonly name: string
  readonly title: string
  readonly of: NetworkWork
}

/**
 * One more token of one text by a GPT (N 1) that keeps the keys and values of what it has read: the token at place `length`, whose scores are
 * read and whose likeliest successor is the next token. The text is then cut back by one, so that every call does the same work.
 */
export interface DecodeWork {
  readonly kind: 'decode'
  readonly name: string
  readonly title: string
  /** `time` is the number of its places */
  readonly of: GptWork
  /** T: tokens the new one attends to, itself included */
  readonly length: number
}

/** A decoder with the layers of Llama: grouped heads of keys, rotary places, gated nets, a head that is the table of token vectors. */
export interface LlmSizes {
  readonly layers: number
  readonly width: number
  readonly heads: number
  readonly keyHeads: number
  /** width of the gated nets */
  readonly hidden: number
  readonly vocabulary: number
  /** places it has */
  readonly context: number
}

/**
 * A published language model, read from a folder of random weights that are the same for every library. `token`: one more token at place `time`, as in
 * {@link DecodeWork}. `prompt`: so many tokens at once, with keys and values kept, the last one's scores read. `lora`: a step of adapters of rank 8 on all linear
 * layers but the head, the base frozen (in 4 bits: QLoRA). `full`: a step of all weights. Steps: cross-entropy over all places, AdamW.
 */
export interface LlmWork {
  readonly kind: 'llm'
  readonly name: string
  readonly title: string
  readonly task: 'token' | 'prompt' | 'lora' | 'full'
  readonly of: LlmSizes
  /** T */
  readonly time: number
  readonly batch: number
  /** bits of a number of the projections; default all 32 */
  readonly bits?: 4 | undefined
  /** where its files lie, once they are made */
  readonly folder?: string | undefined
}

/** One thing every library does, again and again. */
export type Work = NetworkWork | ConvWork | MatmulWork | AdamWork | InferenceWork | DecodeWork | LlmWork
