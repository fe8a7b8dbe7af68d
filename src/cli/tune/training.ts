/** The options of training that most methods have, with a method's own defaults. */
import { choice, count, type Option, positive } from '../../recipes/index.js'

/** Options by which most methods train. Where a method says nothing else they are those of TRL 1.13. */
export interface TrainingOptions {
  readonly epochs: Option<number>
  readonly batchSize: Option<number>
  readonly accumulate: Option<number>
  readonly lr: Option<number>
  readonly schedule: Option<'linear' | 'cosine' | 'constant'>
  readonly warmup: Option<number>
  readonly weightDecay: Option<number>
  readonly clip: Option<number>
  readonly maxLength: Option<number>
  readonly [name: string]: Option
}

/** Defaults that differ between methods. */
export interface TrainingDefaults {
  /** 0: the method decides, as `lrHelp` says */
  readonly lr: number
  readonly lrHelp?: string | undefined
  readonly epochs?: number | undefined
  readonly batchSize?: number | undefined
  readonly maxLength?: number | undefined
}

/** The options, for a method's own to stand beside: `{ ...trainingOptions({ lr: 1e-6 }), beta: positive(0.1, '…') }`. */
export const trainingOptions = ({ lr, lrHelp, epochs = 3, batchSize = 8, maxLength = 1024 }: TrainingDefaults): TrainingOptions => ({
  epochs: count(epochs, 'passes through the examples'),
  batchSize: count(batchSize, 'examples of one batch'),
  accumulate: count(1, 'batches whose gradients make one step'),
  lr: positive(lr, lrHelp ?? 'the highest learning rate', { zero: lr === 0 }),
  schedule: choice(['linear', 'cosine', 'constant'], 'linear', 'how the rate goes down'),
  warmup: positive(0, 'steps on which the rate comes up, or below 1 the share of all', { zero: true }),
  weightDecay: positive(0, "AdamW's decay", { zero: true }),
  clip: positive(1, 'the most the norm of a gradient may be', { zero: true }),
  maxLength: count(maxLength, 'tokens beyond which an example is cut', { least: 2 }),
})
