/** The encoder–decoder in which attention was invented: a recurrent net reads, another writes and looks back at what was read. */
import { AdditiveAttention, DotAttention, Embedding, GRU, GRUCell, isTraining, Linear, randomFor } from '../../nn/index.js'
import {
  argmax,
  concat,
  less,
  matmul,
  notEqual,
  oneHot,
  reshape,
  scan,
  split,
  squeeze,
  sum,
  tanh,
  transpose,
  unsqueeze,
} from '../../ops/index.js'
import { HebbError, type Tensor } from '../../tensor/index.js'
import { nextTokenCrossEntropy } from '../nextToken.js'
import { drawPlace, Reinforce, type ReinforceOptions, withDraws } from './hardAttention.js'
import type { Seq2Seq } from './seq2seq.js'

/** What a RecurrentSeq2Seq is made of. */
export interface RecurrentSeq2SeqConfig extends ReinforceOptions {
  readonly vocabularies: readonly [source: number, target: number]
  readonly places: readonly [source: number, target: number]
  /** width of the decoder's state, D, an even number: each direction of the encoder has half of it */
  readonly width: number
  /** width of token vectors; default D / 2 */
  readonly tokenWidth?: number
  /**
   * `additive` averages by softmax(vᵀ tanh(W q + U k)) [Bahdanau 2015], `dot` by softmax(q · k) [Luong 2015], `hard` looks at one place
   * drawn from the additive weights [Xu 2015]; default additive
   */
  readonly attention?: 'additive' | 'dot' | 'hard'
  /** share of examples that a hard attention averages for in training, to teach its scores directly; default 0.5 */
  readonly softShare?: number
}

/** What a run of the decoder gives, steps first. */
interface Written {
  readonly state: Tensor
  readonly context: Tensor
  /** (T, N, S) */
  readonly weights: Tensor
  /** (T, N) */
  readonly logProbability?: Tensor
  readonly entropy?: Tensor
}

/**
 * A two-way GRU reads the source; a GRU writes: at each step its state asks which places of the source matter, their average (or the one
 * drawn) goes in beside the last token, and state and average together say what comes next.
 *
 * Shapes: source (N, S), target (N, T), 0 padding → logits (N, T, V); in training with hard attention (N, T, V + 2), which {@link loss} takes apart.
 * Initial values: as its layers. Without training, hard attention looks at the likeliest place. Throws HebbError for an odd width.
 *
 * @example
 * const model = new RecurrentSeq2Seq({ vocabularies: [30, 43], places: [12, 12], width: 96, attention: 'hard' })
 * fit(model, packPairs(pairs, { places: model.places, bos: 1, eos: 2 }), { loss: (z, y) => model.loss(z, y), optimizer: adam() })
 */
export class RecurrentSeq2Seq implements Seq2Seq {
  readonly source: Embedding
  readonly target: Embedding
  readonly encoder: GRU
  readonly first: Linear
  readonly attention: AdditiveAttention | DotAttention
  readonly cell: GRUCell
  readonly join: Linear
  readonly out: Linear
  readonly reinforce?: Reinforce
  readonly places: readonly [source: number, target: number]
  private readonly width: number
  private readonly softShare: number

  constructor(config: RecurrentSeq2SeqConfig) {
    const { vocabularies, places, width, tokenWidth = width / 2, attention = 'additive', softShare = 0.5 } = config
    if (!Number.isInteger(width) || width < 2 || width % 2 !== 0)
      throw new HebbError(`RecurrentSeq2Seq: width ${width}: give an even number, half for each direction of the encoder`)
    this.source = new Embedding(vocabularies[0], tokenWidth)
    this.target = new Embedding(vocabularies[1], tokenWidth)
    this.encoder = new GRU(tokenWidth, width / 2, { bidirectional: true })
    this.first = new Linear(width, width)
    this.attention = attention === 'dot' ? new DotAttention(width) : new AdditiveAttention(width, width, width / 2)
    this.cell = new GRUCell(tokenWidth + width, width)
    this.join = new Linear(2 * width, width)
    this.out = new Linear(width, vocabularies[1])
    if (attention === 'hard') this.reinforce = new Reinforce(places[1], config)
    this.places = places
    this.width = width
    this.softShare = softShare
  }

  encode(source: Tensor): Tensor {
    return this.encoder.forward(this.source.forward(source), { lengths: sum(notEqual(source, 0).cast('i32'), 1) }).output
  }

  decode(target: Tensor, memory: Tensor, source: Tensor): Tensor {
    return this.states(this.write(target, memory, source))
  }

  logits(states: Tensor): Tensor {
    return this.out.forward(states)
  }

  /** How much each step of the target takes from each place of the source: (N, T, S). */
  alignment(target: Tensor, memory: Tensor, source: Tensor): Tensor {
    return transpose(this.write(target, memory, source).weights, 0, 1)
  }

  forward(x: Tensor): Tensor {
    const [source, target] = split(x, [...this.places], 1) as [Tensor, Tensor]
    const written = this.write(target, this.encode(source), source)
    const logits = this.logits(this.states(written))
    const { logProbability, entropy } = written
    return logProbability && entropy ? withDraws(logits, transpose(logProbability), transpose(entropy)) : logits
  }

  /** Cross entropy, padding ignored; with hard attention in training also what REINFORCE asks for. */
  loss(output: Tensor, target: Tensor): Tensor {
    return this.reinforce && isTraining() ? this.reinforce.loss(output, target) : nextTokenCrossEntropy(output, target, { ignoreIndex: 0 })
  }

  private states({ state, context }: Written): Tensor {
    return transpose(tanh(this.join.forward(concat([state, context], 2))), 0, 1)
  }

  private write(target: Tensor, memory: Tensor, source: Tensor): Written {
    const [N, T] = target.shape as readonly [number, number]
    const [S] = source.shape.slice(1) as [number]
    const keyMask = notEqual(source, 0)
    const projected = this.attention.project(memory)
    const tokens = transpose(this.target.forward(target), 0, 1)
    const first = tanh(this.first.forward(firstOf(memory, this.width)))
    const noise = this.reinforce && isTraining() ? randomFor(this, [T, N, S]) : undefined
    const soft = noise && less(randomFor(this, [N, 1]), this.softShare)
    const look = (query: Tensor): Tensor => this.attention.forward(query, memory, { keyMask, projected }).weights
    const { ys } = scan(
      (state: Tensor, [token, u]: readonly Tensor[]): readonly [Tensor, readonly Tensor[]] => {
        const weights = look(state)
        const drawn = u && drawPlace(weights, u, soft!)
        const chosen = drawn?.chosen ?? (this.reinforce ? oneHot(argmax(weights, 1), S) : weights)
        const context = squeeze(matmul(unsqueeze(chosen, 1), memory), 1)
        const next = this.cell.forward(concat([token!, context], 1), state)
        return [next, [next, context, weights, ...(drawn ? [drawn.logProbability, drawn.entropy] : [])]]
      },
      first,
      noise ? [tokens, noise] : [tokens],
    )
    const [state, context, weights, logProbability, entropy] = ys as [Tensor, Tensor, Tensor, Tensor?, Tensor?]
    return { state, context, weights, ...(logProbability && entropy && { logProbability, entropy }) }
  }
}

/** What the backward half of the encoder knew after reading everything, beside what the forward half began with: (N, D). */
const firstOf = (memory: Tensor, width: number): Tensor => reshape(memory.slice([null, [0, 1]]), [memory.shape[0]!, width])
