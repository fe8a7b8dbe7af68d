/** All works, from small to large. */
import { convDw, convDx, convForward } from './conv.js'
import { gptMedium } from './gptMedium.js'
import { gptSmall } from './gptSmall.js'
import { matmul } from './matmul.js'
import { mlpLarge } from './mlpLarge.js'
import { mlpMedium } from './mlpMedium.js'
import { mlpSmall } from './mlpSmall.js'
import { mnistCnn } from './mnistCnn.js'
import type { Work } from './work.js'
import { xor } from './xor.js'

export const works: readonly Work[] = [
  xor,
  mlpSmall,
  mlpMedium,
  mlpLarge,
  mnistCnn,
  gptSmall,
  gptMedium,
  convForward,
  convDx,
  convDw,
  matmul,
]

/** The works whose names begin with one of `names`; all for no names. Throws on a name that fits none. */
export function worksNamed(names: readonly string[]): readonly Work[] {
  for (const name of names)
    if (!works.some((work) => work.name.startsWith(name)))
      throw new Error(`no work is called ${name}: there are ${works.map((work) => work.name).join(', ')}`)
  return names.length ? works.filter((work) => names.some((name) => work.name.startsWith(name))) : works
}
