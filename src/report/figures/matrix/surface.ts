/** A matrix as a surface in space: parallel projection, drawn from the back to the front. */
import { count, number } from '../../format.js'
import { type Html, html } from '../../html.js'
import { axisFormat, domainOf, drawable, linearTicks, logTicks } from '../axes.js'
import { checkRange, matrixSize, wrongFigure } from '../check.js'
import type { SurfaceAxis, SurfaceFigure } from '../data.js'
import { chartCard } from '../frame.js'
import { colorAt, hex } from './colors.js'

/** More lines than this in either direction are thinned. */
const mostLines = 64

/** Turn of the floor and tilt of the eye, in radians; with these row 0 and column 0 meet at the back, so rising rows and columns come nearer. */
const turn = (38 * Math.PI) / 180
const tilt = (38 * Math.PI) / 180

const [width, height] = [520, 480]
const floor = { left: 0.5, top: 0.56, scale: 315 } // where the middle of the floor lies, in shares, and the length of its sides
const rise = 165 // pixels of the vertical axis

/** A point of the unit cube, each coordinate −½ … ½ (z: 0 … 1), on the paper. */
function project(u: number, v: number, z: number): [number, number] {
  const across = u * Math.cos(turn) - v * Math.sin(turn)
  const nearness = u * Math.sin(turn) + v * Math.cos(turn)
  return [floor.left * width + floor.scale * across, floor.top * height + floor.scale * nearness * Math.sin(tilt) - rise * (z - 0.25)]
}

/** The figure. @throws HebbError when the matrix is ragged or smaller than 2 × 2, or a range is none */
export function surfaceFigure(figure: SurfaceFigure): Html {
  const { title, x, y } = figure
  const { rows, columns } = matrixSize(title, figure.values)
  if (rows < 2 || columns < 2) throw wrongFigure(title, `${rows} × ${columns} values are no surface, it takes 2 × 2 or more`)
  checkRange(title, 'x', x?.range)
  checkRange(title, 'y', y?.range)
  const scale = figure.z?.scale ?? 'linear'
  const [rowAt, columnAt] = [picked(rows), picked(columns)]
  const domain = domainOf(
    figure.values.flatMap((row) => Array.from(row)),
    scale,
  )
  const along = scale === 'log' ? Math.log : (value: number): number => value
  const heightOf = (value: number): number => (along(value) - along(domain[0])) / (along(domain[1]) - along(domain[0]))
  const points = rowAt.map((r) =>
    columnAt.map((c) => {
      const value = figure.values[r]![c]!
      return drawable(value, scale)
        ? { z: heightOf(value), at: project(c / (columns - 1) - 0.5, r / (rows - 1) - 0.5, heightOf(value)) }
        : undefined
    }),
  )
  const drawing = html`<svg viewBox="0 0 ${width} ${height}" aria-hidden="true" focusable="false">
${walls(domain, scale, heightOf)}${patches(points)}${rulers(figure, rows, columns)}</svg>`
  return chartCard({ title, label: describe(figure, rows, columns), drawing, note: noteOf(figure, rows, columns) })
}

/** Evenly picked rows or columns, the first and the last among them. */
function picked(length: number): number[] {
  const shown = Math.min(length, mostLines)
  return Array.from({ length: shown }, (_, i) => Math.round((i * (length - 1)) / (shown - 1)))
}

type Point = { readonly z: number; readonly at: readonly [number, number] } | undefined

const pair = ([left, top]: readonly [number, number]): string => `${left.toFixed(1)} ${top.toFixed(1)}`

/** The quadrilaterals between neighbours, those in front painted last; one with a missing corner is a hole. */
function patches(points: readonly (readonly Point[])[]): Html {
  const drawn = points.slice(1).flatMap((front, r) =>
    front.slice(1).flatMap((d, c) => {
      const [a, b, e] = [points[r]![c], points[r]![c + 1], front[c]]
      if (!a || !b || !d || !e) return []
      const fill = hex(colorAt((a.z + b.z + d.z + e.z) / 4, 'sequential'))
      return [html`<path fill="${fill}" d="M${pair(a.at)}L${pair(b.at)}L${pair(d.at)}L${pair(e.at)}Z"/>`]
    }),
  )
  return html`<g class="mesh">${drawn}</g>`
}

/** A number with a true minus, as the other axes have it. */
const signed = (value: number): string => number(value).replace('-', '\u2212')

const line = (from: readonly [number, number], to: readonly [number, number]): Html => html`<path d="M${pair(from)}L${pair(to)}"/>`

const label = ([left, top]: readonly [number, number], anchor: 'start' | 'middle' | 'end', text: string): Html =>
  html`<text x="${left.toFixed(1)}" y="${top.toFixed(1)}" text-anchor="${anchor}">${text}</text>`

/** The two walls behind the surface, ruled at the heights that are written at their left edge. */
function walls(domain: readonly [number, number], scale: 'linear' | 'log', heightOf: (value: number) => number): Html {
  const ticks = (scale === 'log' ? logTicks(domain) : undefined) ?? linearTicks(domain, 5)
  const write = axisFormat(domain, scale) === '~e' ? (value: number): string => value.toExponential().replace('+', '') : signed
  const ruled = ticks.map((tick) => {
    const z = heightOf(tick)
    const [left, back, right] = [project(-0.5, 0.5, z), project(-0.5, -0.5, z), project(0.5, -0.5, z)]
    return html`<path d="M${pair(left)}L${pair(back)}L${pair(right)}"/>${label([left[0] - 7, left[1] + 4], 'end', write(tick))}`
  })
  const edges = [[-0.5, 0.5] as const, [-0.5, -0.5] as const, [0.5, -0.5] as const].map(([u, v]) =>
    line(project(u, v, 0), project(u, v, 1)),
  )
  return html`<g class="walls">${ruled}${edges}</g>`
}

/** The axes of the floor along its two front edges, and the titles of all three. */
function rulers({ x, y, z }: SurfaceFigure, rows: number, columns: number): Html {
  const side = (
    axis: SurfaceAxis | undefined,
    cells: number,
    place: (share: number) => readonly [number, number],
    outwards: 1 | -1,
  ): Html => {
    const [from, to] = axis?.range ?? [0, cells - 1]
    const ticks = linearTicks([Math.min(from, to), Math.max(from, to)], 4)
    const anchor = outwards === 1 ? 'start' : 'end'
    return html`${line(place(0), place(1))}${ticks.map((tick) => {
      const [left, top] = place((tick - from) / (to - from))
      const end = [left + 5 * outwards, top + 5] as const
      return html`${line([left, top], end)}${label([end[0] + 2 * outwards, end[1] + 13], anchor, signed(tick))}`
    })}${axis?.title !== undefined && label([outwards === 1 ? width - 2 : 2, height - 6], outwards === 1 ? 'end' : 'start', axis.title)}`
  }
  return html`<g class="rulers">${side(x, columns, (share) => project(share - 0.5, 0.5, 0), -1)}${side(y, rows, (share) => project(0.5, share - 0.5, 0), 1)}${
    z?.title !== undefined && label([4, project(-0.5, 0.5, 1)[1] - 16], 'start', z.title)
  }</g>`
}

function noteOf({ values, note, z }: SurfaceFigure, rows: number, columns: number): string | undefined {
  const scale = z?.scale ?? 'linear'
  const notes: string[] = note === undefined ? [] : [note.replace(/\.$/, '')]
  if (scale === 'log') notes.push('Logarithmic height')
  if (Math.max(rows, columns) > mostLines)
    notes.push(`${count(rows)} × ${count(columns)} values, drawn by ${Math.min(rows, mostLines)} × ${Math.min(columns, mostLines)} of them`)
  const holes = values.reduce((sum, row) => sum + Array.from(row).filter((value) => !drawable(value, scale)).length, 0)
  if (holes > 0)
    notes.push(
      `Holes: ${count(holes)} of ${count(rows * columns)} values are ${scale === 'log' ? 'not above 0 or not finite' : 'NaN or infinite'}`,
    )
  return notes.length ? `${notes.join('. ')}.` : undefined
}

function describe({ title, values, x, y, z }: SurfaceFigure, rows: number, columns: number): string {
  const known = values
    .flatMap((row, r) => Array.from(row, (value, c) => ({ value, r, c })))
    .filter(({ value }) => drawable(value, z?.scale ?? 'linear'))
  const start = `${title}: a surface${z?.title ? ` of ${z.title}` : ''} over ${count(columns)} by ${count(rows)} points.`
  if (known.length === 0) return `${start} It has no values.`
  const place = (axis: SurfaceAxis | undefined, i: number, cells: number, word: string): string => {
    const [from, to] = axis?.range ?? [0, cells - 1]
    return `${axis?.title ?? word} ${number(from + ((to - from) * i) / (cells - 1))}`
  }
  const at = ({ value, r, c }: { value: number; r: number; c: number }): string =>
    `${number(value)} at ${place(x, c, columns, 'column')}, ${place(y, r, rows, 'row')}`
  const low = known.reduce((a, b) => (b.value < a.value ? b : a))
  const high = known.reduce((a, b) => (b.value > a.value ? b : a))
  return `${start} Lowest ${at(low)}; highest ${at(high)}.`
}
