/** `hebb tune sft`: a model learns to answer as examples do. */
import { choice } from '../../../recipes/index.js'
import { sft } from '../../../tune/index.js'
import { defineMethod, type TuneMethod } from '../method.js'
import { trainingOptions } from '../training.js'

/** The method, as the command line has it. */
export const sftMethod: TuneMethod = defineMethod({
  name: 'sft',
  summary: 'supervised fine-tuning: the model learns to answer as examples do',
  rows: 'messages; or prompt and completion; or text',
  options: {
    ...trainingOptions({ lr: 0, lrHelp: 'the highest learning rate; 0 stands for 2e-5, and 2e-4 for adapters' }),
    packing: choice(['no', 'yes'], 'no', 'several examples in a row of max-length tokens, none of which sees another'),
    learn: choice(['answers', 'all'], 'answers', 'of chats the assistant alone, of prompts the completion; or all'),
  },
  start({ model, adapters, settings, run, note }) {
    const { data, validation, epochs, batchSize, accumulate, lr, schedule, warmup, weightDecay, clip, maxLength, packing, learn } = settings
    let steps: number | undefined
    const events = sft(model, data, {
      ...run,
      epochs,
      batchSize,
      accumulate,
      lr: lr === 0 ? (adapters ? 2e-4 : 2e-5) : lr,
      schedule,
      warmup,
      weightDecay,
      clip: clip === 0 ? undefined : { norm: clip },
      maxLength,
      packing: packing === 'yes',
      answersOnly: learn === 'answers',
      ...(validation !== '' && { validation }),
      onData: (found) => {
        steps = found.steps
        note(found.text)
      },
    })
    return { events, steps: () => steps }
  },
})
