/** Which running statistics a step moves: those of the layers it trains, unless it is told otherwise. */
import type { Param } from '../../nn/param.js'
import type { StepOptions } from './options.js'

/** Which layers, by path, normalise with the batch and move their statistics. */
export function statisticsOf(
  { statistics, only = () => true }: Pick<StepOptions, 'statistics' | 'only'>,
  all: ReadonlyMap<string, Param>,
  moving: ReadonlyMap<string, Param>,
): (path: string) => boolean {
  if (typeof statistics === 'function') return statistics
  if (statistics !== undefined) return () => statistics
  return (path) => {
    const within = path === '' ? '' : `${path}.`
    const weights = [...all].flatMap(([name, p]) => (p.trainable && name.startsWith(within) ? [name] : []))
    return weights.length > 0 ? weights.some((name) => moving.has(name)) : only(`${within}running_mean`)
  }
}
