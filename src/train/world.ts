/** The processes that train one model together: how they meet. */
import type { Plain } from '../files/stateful.js'
import type { AllReduce } from './step/reduce.js'

/**
 * What a run knows of the others: `size` of them, each with a rank from 0 on. All ranks make the same calls in the same order, and each call ends
 * when every rank has made it.
 */
export interface World {
  /** this one's number, 0 … size − 1 */
  readonly rank: number
  readonly size: number
  /** adds up each array over all ranks, in place, to the same bytes everywhere */
  readonly allReduce: AllReduce
  /** What each rank gave, in the order of ranks. */
  gather<T extends Plain>(value: T): Promise<readonly T[]>
  /** Waits for all. */
  barrier(): Promise<void>
}

/** The world of one process, the default of every run. */
export const alone: World = {
  rank: 0,
  size: 1,
  allReduce: () => {},
  gather: async (value) => [value],
  barrier: async () => {},
}

/** Whether a verdict that ends or turns a run holds on any rank: then it holds on all. */
export const onAny = async (world: World, verdict: boolean): Promise<boolean> =>
  world.size === 1 ? verdict : (await world.gather(verdict)).some(Boolean)
