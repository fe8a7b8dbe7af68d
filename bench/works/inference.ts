/** The forward pass of trained networks, for one example and for 64. */
import { gptSmall } from './gpt.js'
import { mlpMedium, mlpSmall } from './mlp.js'
import { mnistCnn, resnet20, vitTiny } from './pictures.js'
import { lstm } from './recurrent.js'
import type { InferenceWork, NetworkWork } from './work.js'

const infer = (of: NetworkWork, batch: number): InferenceWork => ({
  ...{ kind: 'inference', name: `infer-${of.name}-${batch}`, title: `${of.title.replace(/, N \d+|N \d+, /, '')}: inference, N ${batch}` },
  of: { ...of, batch },
})

export const inference: readonly InferenceWork[] = [
  ...[mlpSmall, mlpMedium, mnistCnn, resnet20, lstm, gptSmall].flatMap((work) => [infer(work, 1), infer(work, 64)]),
  infer(vitTiny, 1),
]
