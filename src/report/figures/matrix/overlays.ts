/** Paths and points on top of a heat map, ringed so that they show on every colour. */

import { defined } from '../../../tensor/options.js'
import type { LineStyle, Overlay } from '../data.js'
import { type DrawnLayer, lineColor } from '../frame.js'

/** An overlay ready to be drawn; undefined is a gap. */
export interface Laid {
  readonly name: string
  readonly style: LineStyle
  readonly points: readonly ({ readonly x: number; readonly y: number } | undefined)[]
  /** points that one drawn point stands for */
  readonly each: number
  /** points beyond the edges of the map or not finite, and all */
  readonly outside: number
  readonly total: number
}

const mostPoints = 1500

/** The points of an overlay that lie on the map; of very many every k-th and the last. */
export function layOver({ name, points, style = 'line' }: Overlay, x: readonly [number, number], y: readonly [number, number]): Laid {
  const within = (value: number, [a, b]: readonly [number, number]): boolean => value >= Math.min(a, b) && value <= Math.max(a, b)
  const each = Math.max(1, Math.ceil(points.length / mostPoints))
  const inside = points.map((point) => (within(point.x, x) && within(point.y, y) ? point : undefined))
  const outside = inside.filter((point) => point === undefined).length
  const drawn = inside.filter((_, i) => i % each === 0 || i === points.length - 1)
  return { name, style, points: drawn, each, outside, total: points.length }
}

/** The layers, later overlays on top. */
export function overlayLayers(laid: readonly Laid[], x: object, y: object): DrawnLayer[] {
  return laid.flatMap(({ points, style }, i) => {
    const values = points.map((point, order) => ({ across: point?.x ?? null, down: point?.y ?? null, order }))
    const known = values.filter(({ across }) => across !== null)
    const color = lineColor(i)
    const encoding = {
      x: { ...x, field: 'across', type: 'quantitative' as const },
      y: { ...y, field: 'down', type: 'quantitative' as const },
      order: { field: 'order', type: 'quantitative' as const },
    }
    const line = (mark: object): DrawnLayer => ({ data: { values }, mark: { type: 'line', ...mark }, encoding })
    const dots: DrawnLayer = {
      data: { values: known },
      mark: { type: 'point', fill: color, stroke: 'var(--card)', strokeWidth: 1, size: known.length > 100 ? 20 : 44, opacity: 1 },
      encoding: { x: encoding.x, y: encoding.y },
    }
    const path = [
      line({ color: 'var(--card)', strokeWidth: 4.5, opacity: 0.85 }),
      line({ color, strokeWidth: 2.25, ...defined({ strokeDash: style === 'dashed' ? [6, 4] : undefined }) }),
    ]
    return [...(style === 'points' ? [] : path), ...(style === 'points' || style === 'both' || known.length === 1 ? [dots] : [])]
  })
}
