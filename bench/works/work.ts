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

/** One thing every library does, again and again. */
export type Work = MlpWork | CnnWork | GptWork | ConvWork | MatmulWork

/** Floating-point operations of one call, for the works that are a single product. */
export function flopsOf(work: Work): number | undefined {
  if (work.kind === 'matmul') return 2 * work.size ** 3
  if (work.kind === 'conv') return 2 * 9 * work.channels ** 2 * work.side ** 2 * work.batch
  return undefined
}
