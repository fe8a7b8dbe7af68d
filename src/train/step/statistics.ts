/** Which running statistics a step moves: those of the layers it trains, unless it is told otherwise. */
import { type Select, selector } from '../../nn/module/select.js'
import type { Param } from '../../nn/param.js'
import type { StepOptions } from './options.js'

/** Whether a layer normalises with the batch and moves its running statistics. */
export type Statistics = (path: string, layer: object) => boolean

/** The layers that do, where `moving` are the weights that train, chosen by `only` from `all`. */
export function statisticsOf(
  where: string,
  statistics: StepOptions['statistics'],
  only: Select | undefined,
  all: ReadonlyMap<string, Param>,
  moving: ReadonlyMap<string, Param>,
): Statistics {
  if (typeof statistics === 'boolean') return () => statistics
  if (statistics !== undefined) return selector(`${where}: statistics`, statistics)
  const chosen = only === undefined ? () => true : selector(`${where}: only`, only)
  return (path) => {
    const within = path === '' ? '' : `${path}.`
    const weights = [...all].flatMap(([name, p]) => (p.trainable && name.startsWith(within) ? [name] : []))
    if (weights.length > 0) return weights.some((name) => moving.has(name))
    // a layer without weights goes by its running mean, if it has one
    const mean = all.get(`${within}running_mean`)
    return mean === undefined || chosen(`${within}running_mean`, mean)
  }
}
