/** Long lines made short enough to draw: means with their range for lines, every k-th for clouds of points. */
import { greatest, least } from '../../../tensor/extremes.js'
import { drawable } from '../axes.js'
import type { LinePoint, LineSeries, LineStyle, LinesFigure } from '../data.js'

/** A series ready to be drawn. */
export interface Plotted {
  readonly name: string
  readonly style: LineStyle
  /** by rising x; y undefined is a gap */
  readonly points: readonly PlottedPoint[]
  /** points of the series that one drawn point stands for */
  readonly each: number
  /** points that no axis can hold, the x of the first of them, and all */
  readonly lost: number
  readonly firstLost: number | undefined
  readonly total: number
}

/** A drawn point with what its band or bar spans. */
export interface PlottedPoint {
  readonly x: number
  readonly y: number | undefined
  readonly low: number | undefined
  readonly high: number | undefined
}

/** More than this say no more on a screen. */
const mostOnLine = 300
const mostInCloud = 1500

/** A series thinned to at most 300 points of a line, or 1,500 of a cloud. */
export function thinned({ name, points, style = 'line' }: LineSeries, { x, y }: Pick<LinesFigure, 'x' | 'y'>): Plotted {
  const [xScale, yScale] = [x.scale ?? 'linear', y.scale ?? 'linear']
  const placed = points.filter((point) => drawable(point.x, xScale)).sort((a, b) => a.x - b.x)
  const wrong = points.filter((point) => !(drawable(point.x, xScale) && drawable(point.y, yScale)))
  const cloud = style === 'points'
  const each = Math.max(1, Math.ceil(placed.length / (cloud ? mostInCloud : mostOnLine)))
  const drawn: PlottedPoint[] = []
  for (let begin = 0; begin < placed.length; begin += each) {
    const group = cloud ? placed.slice(begin, begin + 1) : placed.slice(begin, begin + each)
    // a step's line has come so far when the step is done
    const x = group[xScale === 'steps' ? group.length - 1 : Math.floor(group.length / 2)]!.x
    drawn.push({ x, ...meanOf(group, each > 1 && !cloud, (value) => drawable(value, yScale)) })
  }
  return { name, style, points: drawn, each, lost: wrong.length, firstLost: wrong[0]?.x, total: points.length }
}

/** The mean of some points, and their range where points are joined. */
function meanOf(group: readonly LinePoint[], joined: boolean, fits: (value: number) => boolean): Omit<PlottedPoint, 'x'> {
  const known = group.filter(({ y }) => fits(y))
  if (known.length === 0) return { y: undefined, low: undefined, high: undefined }
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length
  const y = mean(known.map((point) => point.y))
  const bounded = known.filter(({ low }) => low !== undefined)
  if (bounded.length > 0) return { y, low: mean(bounded.map(({ low }) => low!)), high: mean(bounded.map(({ high }) => high!)) }
  if (!joined) return { y, low: undefined, high: undefined }
  return { y, low: least(known.map((point) => point.y)), high: greatest(known.map((point) => point.y)) }
}
