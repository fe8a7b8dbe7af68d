/** Measures how cost grows along each axis. */
import { type Peer, type Result, type RunOptions, runWork } from '../run.js'
import { powerLaw } from '../stats.js'
import { flopsOf } from '../works/cost.js'
import { type Axis, axes as allAxes } from './axes.js'

/** One size: what its products cost, and how long each library took. */
export interface Point {
  readonly size: number
  readonly flops: number
  readonly results: readonly Result[]
}

/** How one library's time grows: t ≈ size^slope. */
export interface Growth {
  readonly peer: string
  /** over all sizes, by least squares of the logarithms */
  readonly slope: number
  /** from the last size but one to the last, where overhead counts least */
  readonly last: number
}

/** What was found along one axis. */
export interface MeasuredAxis {
  readonly name: Axis['name']
  readonly title: string
  readonly quantity: string
  readonly law: string
  readonly points: readonly Point[]
  /** how the products grow: the slope of a library that runs at the same rate whatever the size */
  readonly ideal: Growth
  /** libraries that did at least two sizes */
  readonly growths: readonly Growth[]
}

/** All axes, one after the other, each given to `onAxis` when it is done; a library that fails at a size has no point there. */
export async function measureScale(
  peers: readonly Peer[],
  options: RunOptions,
  onAxis: (axis: MeasuredAxis) => void,
  axes: readonly Axis[] = allAxes,
): Promise<MeasuredAxis[]> {
  const found: MeasuredAxis[] = []
  for (const axis of axes) {
    const points: Point[] = []
    for (const size of axis.sizes) {
      const work = axis.work(size)
      points.push({ size, flops: flopsOf(work)!, results: (await runWork(work, peers, options)).results })
    }
    const measured = grown(axis, points, peers)
    found.push(measured)
    onAxis(measured)
  }
  return found
}

/** The slopes of measured points. */
export function grown(
  { name, title, quantity, law }: Axis,
  points: readonly Point[],
  peers: readonly { readonly name: string }[],
): MeasuredAxis {
  const growths = peers.flatMap(({ name: peer }) => {
    const times = points.flatMap(({ size, results }) => {
      const result = results.find((r) => r.peer === peer)
      return result ? [{ x: size, y: result.step.median }] : []
    })
    return times.length > 1 ? [growth(peer, times)] : []
  })
  const ideal = growth(
    'same rate at every size',
    points.map(({ size, flops }) => ({ x: size, y: flops })),
  )
  return { name, title, quantity, law, points, ideal, growths }
}

const growth = (peer: string, times: readonly { readonly x: number; readonly y: number }[]): Growth => ({
  ...{ peer, slope: powerLaw(times).slope, last: powerLaw(times.slice(-2)).slope },
})
