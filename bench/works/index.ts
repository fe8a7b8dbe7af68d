/** All works: training steps from small to large, then single passes, updates and inference. */
import { UsageError } from '../options.js'
import { adam8, adam100 } from './adam.js'
import { convDw, convDx, convForward } from './conv.js'
import { decode, gptLarge, gptMedium, gptSmall, gptWords, memory } from './gpt.js'
import { inference } from './inference.js'
import { llm } from './llm.js'
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
  ...decode,
]

/** Works too large for a run of everything: they are measured when they are named. */
export const worksOnDemand: readonly Work[] = [gptLarge, ...memory, ...llm]

/**
 * The works whose names begin with one of `names`; all but those on demand for no names. A beginning that other works share does not call
 * for one on demand: `gpt` is not `gpt-100m`. Throws UsageError on a name that fits none.
 */
export function worksNamed(names: readonly string[]): readonly Work[] {
  if (!names.length) return works
  const named = (list: readonly Work[], name: string): Work[] => list.filter((work) => work.name.startsWith(name))
  const found = new Set<Work>()
  for (const name of names) {
    const usual = named(works, name)
    const some = usual.length ? usual : named(worksOnDemand, name)
    if (!name || !some.length)
      throw new UsageError(`no work is called '${name}': there are ${[...works, ...worksOnDemand].map((work) => work.name).join(', ')}`)
    for (const work of some) found.add(work)
  }
  return [...works, ...worksOnDemand].filter((work) => found.has(work))
}
