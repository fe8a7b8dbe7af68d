/** Layers of sequences as PyTorch names and configures them: inputs by name, outputs in its order. */
import {
  type AttentionMasks,
  GRU,
  GRUCell,
  LSTM,
  LSTMCell,
  MultiheadAttention,
  RNN,
  RNNCell,
  type Tensor,
  TransformerEncoderLayer,
} from '../../src/index.js'
import type { Config } from './torch.js'

/** A layer, and running it with the inputs of a case in the order of the case. */
export interface SequenceLayer {
  readonly layer: object
  /** outputs in PyTorch's order; inputs by PyTorch's names */
  run(inputs: Readonly<Record<string, Tensor>>): Tensor[]
}

type Given = Readonly<Record<string, Tensor | undefined>>

/** The options that are there. */
export const given = <T extends object>(options: { [K in keyof T]: T[K] | undefined }): T =>
  Object.fromEntries(Object.entries(options).filter(([, v]) => v !== undefined)) as T

const recurrent = (c: Config): object =>
  given<object>({
    layers: c.num_layers,
    bidirectional: c.bidirectional,
    bias: c.bias,
    dropout: c.dropout,
    timeFirst: c.batch_first !== true,
    nonlinearity: c.nonlinearity,
  })
const sizes = (c: Config): [number, number] => [c.input_size as number, c.hidden_size as number]
const cellOptions = (c: Config): object => given<object>({ bias: c.bias, nonlinearity: c.nonlinearity })

/** `torch.nn.<kind>(**config)` and a call of it, for each kind of sequence layer. */
export const sequenceBuilders: Readonly<Record<string, (c: Config, call: Config) => SequenceLayer>> = {
  RNN: (c) => {
    const layer = new RNN(...sizes(c), recurrent(c))
    return {
      layer,
      run: ({ input, h0 }: Given) => {
        const { output, hidden } = layer.forward(input!, h0 ? { hidden: h0 } : {})
        return [output, hidden]
      },
    }
  },
  GRU: (c) => {
    const layer = new GRU(...sizes(c), recurrent(c))
    return {
      layer,
      run: ({ input, h0 }: Given) => {
        const { output, hidden } = layer.forward(input!, h0 ? { hidden: h0 } : {})
        return [output, hidden]
      },
    }
  },
  LSTM: (c) => {
    const layer = new LSTM(...sizes(c), recurrent(c))
    return {
      layer,
      run: ({ input, h0, c0 }: Given) => {
        const { output, hidden, cell } = layer.forward(input!, h0 && c0 ? { hidden: h0, cell: c0 } : {})
        return [output, hidden, cell]
      },
    }
  },
  RNNCell: (c) => {
    const layer = new RNNCell(...sizes(c), cellOptions(c))
    return { layer, run: ({ input, h0 }: Given) => [layer.forward(input!, h0)] }
  },
  GRUCell: (c) => {
    const layer = new GRUCell(...sizes(c), cellOptions(c))
    return { layer, run: ({ input, h0 }: Given) => [layer.forward(input!, h0)] }
  },
  LSTMCell: (c) => {
    const layer = new LSTMCell(...sizes(c), cellOptions(c))
    return {
      layer,
      run: ({ input, h0: hidden, c0: cell }: Given) => {
        const after = layer.forward(input!, hidden && cell ? { hidden, cell } : {})
        return [after.hidden, after.cell]
      },
    }
  },
  MultiheadAttention: (c, { average_attn_weights: averaged = true }) => {
    const layer = new MultiheadAttention(
      c.embed_dim as number,
      c.num_heads as number,
      given<object>({ bias: c.bias, dropout: c.dropout, keyWidth: c.kdim, valueWidth: c.vdim, timeFirst: c.batch_first !== true }),
    )
    return {
      layer,
      run: ({ query, key, value, attn_mask: mask, key_padding_mask: padding }: Given) => {
        const { output, weights } = layer.forward(query!, key!, value!, masks(mask, padding))
        return [output, averaged ? weights.mean(1) : weights]
      },
    }
  },
  TransformerEncoderLayer: (c) => {
    const layer = new TransformerEncoderLayer(
      c.d_model as number,
      c.nhead as number,
      given<object>({
        hidden: c.dim_feedforward,
        dropout: c.dropout,
        activation: c.activation,
        normFirst: c.norm_first,
        timeFirst: c.batch_first !== true,
      }),
    )
    return {
      layer,
      run: ({ src, src_mask: mask, src_key_padding_mask: padding }: Given) => [layer.forward(src!, masks(mask, padding))],
    }
  },
}

/** PyTorch's masks are true where nothing may be seen. */
const masks = (mask: Tensor | undefined, padding: Tensor | undefined): AttentionMasks => ({
  ...(mask && { mask: mask.dtype === 'bool' ? mask.not() : mask }),
  ...(padding && { keyMask: padding.not() }),
})
