/** Checkpoints of `fit` in their first format, as parts. */
import type { StoredTensor } from '../../files/safetensors/stored.js'
import { plainFields } from '../../files/saved.js'
import type { Plain, Saved } from '../../files/stateful.js'
import type { Checkpoint, RunSettings } from './savedRun.js'

/** What was one record and a list of tensors, given to the parts that `fit` has now; these check it. */
export function fromFormat1(plain: Plain, tensors: ReadonlyMap<string, StoredTensor>): Checkpoint {
  const { step, pending, carry, position, identity, summed, clocks, memories } = plainFields(
    { summed: null, clocks: null, memories: [], ...plainFields(plain, {}, 'its state') },
    {
      step: 'count',
      pending: 'plain',
      carry: 'plain',
      summed: 'plain',
      clocks: 'plain',
      memories: 'plain',
      position: 'object',
      identity: 'object',
    },
  )
  const { epoch, batch, seconds, sums, examples, stop = null, stopped = false } = position as Readonly<Record<string, Plain>>
  const arrays = (of: (name: string) => string | undefined): Map<string, StoredTensor> =>
    new Map([...tensors].flatMap(([name, tensor]) => (of(name) === undefined ? [] : [[of(name)!, tensor]])))
  const parts: Record<string, Saved> = {
    learner: {
      plain: { objectives: { '': { step, pending, summed } }, carry, clocks, memories },
      arrays: arrays((name) => (name.startsWith('best.') ? undefined : name)),
    },
    place: { plain: { epoch, batch } as Plain },
    means: { plain: { sums: weighted(sums, examples), examples } as Plain },
    stop: { plain: { memory: stop, over: stopped } as Plain },
    best: { plain: null, arrays: arrays((name) => (name.startsWith('best.') ? name.slice('best.'.length) : undefined)) },
  }
  // which lines of a journal belong to it was told by the step
  const lines = Number.MAX_SAFE_INTEGER
  return {
    step,
    seconds: plainFields({ seconds: seconds! }, { seconds: 'amount' }).seconds,
    lines,
    settings: identity as RunSettings,
    parts: new Map(Object.entries(parts)),
  }
}

/** Sums of before each had a weight of its own are over all examples. */
const weighted = (sums: Plain | undefined, examples: Plain | undefined): Plain =>
  Object.fromEntries(
    Object.entries(sums ?? {}).map(([name, sum]) => [name, typeof sum === 'object' ? sum : { sum, of: examples ?? 0 }]),
  ) as Plain
