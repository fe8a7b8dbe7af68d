/** What figures are made from: lines, heat maps, surfaces, grids of pictures, bars, tables and samples of text, as plain data. */
import type { NumberFormat } from '../format.js'
import type { Picture } from '../picture.js'

/** Figures that belong together, under a heading. */
export interface Section {
  /** `'What the first layer looks for'` */
  readonly title: string
  /** plain words below it; an empty line parts paragraphs */
  readonly text?: string | undefined
  readonly figures: readonly Figure[]
}

/** One figure of a report, told apart by `kind`. */
export type Figure = LinesFigure | HeatmapFigure | SurfaceFigure | PicturesFigure | BarsFigure | TableFigure | TextFigure

/** What every figure has. */
interface Titled {
  /** `'Error against width'` */
  readonly title: string
  /** what a reader must know to read it truly, as small print below */
  readonly note?: string | undefined
}

/** Lines or points over any quantity: error against width, two learning rates, a prediction beside its data. */
export interface LinesFigure extends Titled {
  readonly kind: 'lines'
  /** `steps` are those of a run: whole numbers from 0 on */
  readonly x: { readonly title: string; readonly scale?: 'linear' | 'log' | 'steps' | undefined }
  /** `percent` writes shares 0 … 1 in per cent */
  readonly y: { readonly title?: string | undefined; readonly scale?: 'linear' | 'log' | 'percent' | undefined }
  /** 1 … 8 of them */
  readonly series: readonly LineSeries[]
  /** named rules to compare with: a baseline (`y`), the end of the training range (`x`) */
  readonly marks?: readonly Mark[] | undefined
  /** steps at which epochs ended, in order: thin rules, numbered as far as there is room */
  readonly epochs?: readonly number[] | undefined
}

/** One line of a figure. Long ones are thinned to 300 means with their range; what is not finite leaves a gap and is counted below. */
export interface LineSeries {
  readonly name: string
  /** in any order of x; `low` and `high` bound an interval, drawn as a band around a line and as bars through points */
  readonly points: readonly LinePoint[]
  /** default `line` */
  readonly style?: LineStyle | undefined
}

export interface LinePoint {
  readonly x: number
  readonly y: number
  readonly low?: number | undefined
  readonly high?: number | undefined
}

export type LineStyle = 'line' | 'points' | 'both' | 'dashed'

/** A straight rule across a figure, at an `x` or at a `y`. */
export interface Mark {
  readonly x?: number | undefined
  readonly y?: number | undefined
  readonly name: string
}

/** A matrix as colours: attention, alignment, a slice through a loss landscape, a decision boundary. */
export interface HeatmapFigure extends Titled {
  readonly kind: 'heatmap'
  /** rows of one length, row 0 at the top; what is not finite is drawn as a hole and counted in the note */
  readonly values: readonly ArrayLike<number>[]
  readonly x?: HeatmapAxis | undefined
  readonly y?: HeatmapAxis | undefined
  /** `diverging` has its middle at 0; `log` needs values above 0, others are holes; default `sequential` */
  readonly scale?: ColorScale | undefined
  /** drawn on top, in the units of the axes' ranges: a training path, the data points of a boundary */
  readonly overlay?: readonly Overlay[] | undefined
  /** writes the numbers into the cells, up to 20 × 20; default false */
  readonly showValues?: boolean | undefined
}

/** `sequential` from least to most, `diverging` from below 0 over 0 to above 0, `log` as sequential over logarithms. */
export type ColorScale = 'sequential' | 'diverging' | 'log'

/** An axis of a heat map: names of its cells, or a range of numbers; else cells are counted from 0. */
export interface HeatmapAxis {
  readonly title?: string | undefined
  /** one per column (or row); where there is no room some are left out */
  readonly labels?: readonly string[] | undefined
  /**
   * numbers at the outer edges of the first and of the last column (or row). Row 0 is at the top, so for a y that grows
   * upwards start with the larger one: `[1, -1]`. Default: cells counted from 0
   */
  readonly range?: readonly [number, number] | undefined
}

/** A path or points on a heat map. */
export interface Overlay {
  readonly name: string
  /** in the order of the path */
  readonly points: readonly { readonly x: number; readonly y: number }[]
  /** default `line` */
  readonly style?: LineStyle | undefined
}

/** A matrix as a surface in space, seen from above and aside. Row 0 lies at the back, as it is at the top of a heat map. */
export interface SurfaceFigure extends Titled {
  readonly kind: 'surface'
  /** rows of one length, at least 2 × 2; those above 64 × 64 are thinned; a value that is not finite leaves a hole */
  readonly values: readonly ArrayLike<number>[]
  readonly x?: SurfaceAxis | undefined
  readonly y?: SurfaceAxis | undefined
  readonly z?: { readonly title?: string | undefined; readonly scale?: 'linear' | 'log' | undefined } | undefined
}

/** A horizontal axis of a surface; `range` holds the numbers of its first and last column (or row). */
export interface SurfaceAxis {
  readonly title?: string | undefined
  readonly range?: readonly [number, number] | undefined
}

/** A grid of pictures: filters, feature maps, saliency overlays. Either `pictures` or `rows`. */
export interface PicturesFigure extends Titled {
  readonly kind: 'pictures'
  readonly pictures?: readonly CaptionedPicture[] | undefined
  /** rows of the grid, each with a title: one example under several methods, one layer each */
  readonly rows?: readonly { readonly title: string; readonly pictures: readonly CaptionedPicture[] }[] | undefined
  /** most pictures beside one another; default as many as fit */
  readonly columns?: number | undefined
  /** width of each in CSS pixels; default 96. They shrink where the screen is too narrow */
  readonly size?: number | undefined
}

export interface CaptionedPicture {
  readonly picture: Picture
  /** shown below it */
  readonly caption?: string | undefined
  /** what it shows, for those who do not see it; default the caption, else its number */
  readonly name?: string | undefined
}

/** Labelled values from 0: scores of methods, the words that decide. Negative values grow to the left. */
export interface BarsFigure extends Titled {
  readonly kind: 'bars'
  readonly bars: readonly Bar[]
  /** how values are written, as in a tile; default `number` */
  readonly format?: NumberFormat | undefined
}

export interface Bar {
  readonly label: string
  readonly value: number
  /** an interval around the value */
  readonly low?: number | undefined
  readonly high?: number | undefined
}

/** Rows and columns; numbers stand right, texts left. */
export interface TableFigure extends Titled {
  readonly kind: 'table'
  readonly columns: readonly string[]
  readonly rows: readonly (readonly (string | number)[])[]
}

/** A sample of text with its line breaks: what a language model wrote. */
export interface TextFigure extends Titled {
  readonly kind: 'text'
  readonly text: string
}
