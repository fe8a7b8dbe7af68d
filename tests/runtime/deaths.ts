/** Situations that end well, badly, and the process. */
import type { Situation } from './children.js'

export const situations = (): Situation[] => [
  { name: 'ends well', run: () => undefined },
  { name: 'says what is wrong', run: () => 'too many' },
  { name: 'ends the process', run: () => process.abort() },
  {
    name: 'throws',
    run: () => {
      throw new RangeError('outside')
    },
  },
  { name: 'leaves', run: () => process.exit(3) },
  { name: 'is tried after all of them', run: () => undefined },
]
