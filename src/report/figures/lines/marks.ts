/** Reference rules across a chart, with names that do not stand on one another. */
import { greatest } from '../../../tensor/extremes.js'
import type { AxisScale } from '../axes.js'
import type { Mark } from '../data.js'
import type { DrawnLayer, Size } from '../frame.js'

/** Where the axes run. */
interface Axes {
  readonly x: readonly [number, number]
  readonly y: readonly [number, number]
  readonly xScale: AxisScale
  readonly yScale: AxisScale
}

const fontSize = 11
const lineHeight = 13

/** The rules, to lie under the lines. */
export function ruleLayers(marks: readonly Mark[], x: object, y: object): DrawnLayer[] {
  const mark = { type: 'rule' as const, color: 'var(--muted)', strokeDash: [2, 3], strokeWidth: 1.25 }
  return marks.map(({ x: across, y: down }) => ({
    data: { values: [{ at: across ?? down }] },
    mark,
    encoding: across === undefined ? { y: { ...y, field: 'at' } } : { x: { ...x, field: 'at' } },
  }))
}

/** Thin rules where epochs ended, numbered along the top as far as there is room, the last one always. */
export function epochLayers(epochs: readonly number[], last: number, { width }: Size): DrawnLayer[] {
  const inside = epochs.filter((step) => step <= last)
  const stride = Math.ceil((inside.length * 60) / width)
  const shown = inside
    .map((at, i) => ({ at, name: i === inside.length - 1 ? `epoch ${i + 1}` : String(i + 1) }))
    .filter((_, i) => (inside.length - 1 - i) % stride === 0)
  if (shown.length === 0) return []
  const x = { field: 'at', type: 'quantitative' as const }
  const look = { color: 'var(--muted)', fontSize, baseline: 'bottom', align: 'right', dx: 2 } as const
  return [
    { data: { values: shown }, mark: { type: 'rule', color: 'var(--grid)', strokeDash: [3, 3] }, encoding: { x } },
    {
      data: { values: shown },
      mark: { type: 'text', ...look },
      encoding: { x, y: { value: -4 }, text: { field: 'name', type: 'nominal' } },
    },
  ]
}

/** Their names, to lie over everything: those of an x above the plot in as many rows as they need, those of a y on their rule. */
export function nameLayers(marks: readonly Mark[], axes: Axes, size: Size, x: object, y: object): DrawnLayer[] {
  const upright = above(marks, axes, size).flatMap(({ at, name, row, left }) =>
    nameLayer(
      { at, name },
      { baseline: 'bottom', align: left ? 'left' : 'right', dx: left ? -2 : 2 },
      { x: { ...x, field: 'at' }, y: { value: -4 - lineHeight * row } },
    ),
  )
  const level = beside(marks, axes, size).flatMap(({ at, name, under, left }) =>
    nameLayer(
      { at, name },
      { baseline: under ? 'top' : 'bottom', align: left ? 'left' : 'right', dx: left ? 4 : -4, dy: under ? 3 : -3 },
      { x: { value: left ? 0 : 'width' }, y: { ...y, field: 'at' } },
    ),
  )
  return [...upright, ...level]
}

/** A name with a rim of the card's colour, so that lines behind it do not strike it through. */
function nameLayer(value: { at: number; name: string }, place: object, encoding: object): DrawnLayer[] {
  const text = (look: object): DrawnLayer => ({
    data: { values: [value] },
    mark: { type: 'text', fontSize, ...place, ...look },
    encoding: { ...encoding, text: { field: 'name', type: 'nominal' } },
  })
  return [text({ color: 'var(--card)', stroke: 'var(--card)', strokeWidth: 4, strokeJoin: 'round' }), text({ color: 'var(--muted)' })]
}

/** Pixels that names above the plot need. */
export const roomAbove = (marks: readonly Mark[], axes: Pick<Axes, 'x' | 'xScale'>, size: Size): number =>
  greatest(
    above(marks, axes, size).map(({ row }) => lineHeight * (row + 1)),
    0,
  )

/** Share of the way along an axis. */
function share(value: number, [low, high]: readonly [number, number], scale: AxisScale): number {
  const along = scale === 'log' ? Math.log : (v: number): number => v
  return (along(value) - along(low)) / (along(high) - along(low))
}

function above(marks: readonly Mark[], { x, xScale }: Pick<Axes, 'x' | 'xScale'>, { width }: Size) {
  const ends: number[] = [] // right end of the last name of each row
  return marks
    .flatMap(({ x: at, name }) => (at === undefined ? [] : [{ at, name, pixel: share(at, x, xScale) * (width - 50) }]))
    .sort((a, b) => a.at - b.at)
    .map(({ at, name, pixel }) => {
      const length = name.length * 6.2
      const left = pixel + length < width - 50 // where it does not fit rightwards it runs leftwards
      const begin = left ? pixel : pixel - length
      const free = ends.findIndex((end) => end < begin - 6)
      const row = free < 0 ? ends.length : free
      ends[row] = begin + length
      return { at, name, row, left }
    })
}

/** Neighbours closer than a line of text take turns: above and below their rule, at its right and its left end; clear of names above the plot. */
function beside(marks: readonly Mark[], { y, yScale }: Axes, { height }: Size) {
  const top = height - 50
  let taken = marks.some(({ x }) => x !== undefined) ? [0, 2].map((place) => ({ pixel: top, place })) : []
  return marks
    .flatMap(({ y: at, name }) => (at === undefined ? [] : [{ at, name, pixel: share(at, y, yScale) * top }]))
    .sort((a, b) => b.at - a.at)
    .map(({ at, name, pixel }) => {
      taken = taken.filter((other) => Math.abs(other.pixel - pixel) < 2 * lineHeight)
      const places = [0, 2, 1, 3] // right above, left above, right below, left below
      const place = places.find((one) => taken.every((other) => other.place !== one && !clash(other, { pixel, place: one }))) ?? 3
      taken.push({ pixel, place })
      return { at, name, under: place % 2 === 1, left: place >= 2 }
    })
}

/** Whether two names at the same end of their rules touch. */
function clash(a: { pixel: number; place: number }, b: { pixel: number; place: number }): boolean {
  const middle = ({ pixel, place }: { pixel: number; place: number }): number => pixel + (place % 2 === 1 ? -8 : 8)
  return a.place >= 2 === b.place >= 2 && Math.abs(middle(a) - middle(b)) < lineHeight
}
