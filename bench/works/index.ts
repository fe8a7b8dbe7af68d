/** All works: training steps from small to large, then single passes, updates and inference. */
import { adam8, adam100 } from './adam.js'
import { convDw, convDx, convForward } from './conv.js'
import { gptMedium, gptSmall, gptWords } from './gpt.js'
import { inference } from './inference.js'
import { matmul } from './matmul.js'
import { mlpLarge, mlpMedium, mlpSmall, xor } from './mlp.js'
import { mnistCnn, resnet20, vitTiny } from './pictures.js'
import { gru, lstm } from './recurrent.js'
import type { Work } from './work.js'

export const works: readonly Work[] = [
  ...[xor, mlpSmall, mlpMedium, mlpLarge],
  ...[mnistCnn, resnet20, vitTiny],
  ...[lstm, gru],
  ...[gptSmall, gptMedium, gptWords],
  ...[convForward, convDx, convDw, matmul],
  ...[adam8, adam100],
  ...inference,
]

/** The works whose names begin with one of `names`; all for no names. Throws on a name that fits none. */
export function worksNamed(names: readonly string[]): readonly Work[] {
  for (const name of names)
    if (!works.some((work) => work.name.startsWith(name)))
      throw new Error(`no work is called ${name}: there are ${works.map((work) => work.name).join(', ')}`)
  return names.length ? works.filter((work) => names.some((name) => work.name.startsWith(name))) : works
}
