/** The forward pass of trained networks, for one example and for 64. */
import { gptMedium, gptSmall, gptWords } from './gpt.js'
import { mlpLarge, mlpMedium, mlpSmall, xor } from './mlp.js'
import { mnistCnn, resnet20, vitTiny } from './pictures.js'
import { gru, lstm } from './recurrent.js'
import type { InferenceWork, NetworkWork } from './work.js'

const networks = [xor, mlpSmall, mlpMedium, mlpLarge, mnistCnn, resnet20, vitTiny, lstm, gru, gptSmall, gptMedium, gptWords]

const infer = (of: NetworkWork, batch: number): InferenceWork => ({
  ...{ kind: 'inference', name: `infer-${of.name}-${batch}`, title: `${of.title.replace(/, N \d+|N \d+, /, '')}: inference, N ${batch}` },
  of: { ...of, batch },
})

export const inference: readonly InferenceWork[] = networks.flatMap((work) => [infer(work, 1), infer(work, 64)])
