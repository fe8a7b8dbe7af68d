/** What a report is made from: plain data, nothing of the engine. Every part but the title may be missing; it is then left out of the page. */
import type { Calibration } from '../metrics/calibration.js'
import type { Section } from './figures/data.js'
import type { NumberFormat } from './format.js'
import type { Picture } from './picture.js'

export type { Picture }

/** JSON, as in a config file. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }

/** A report: only the title must be there. A classification without examples counts as missing. */
export interface ReportData {
  /** heading and title of the page: `'MNIST, small CNN'` */
  readonly title: string
  /** a sentence below it */
  readonly description?: string | undefined
  /** when it was made, as it shall be shown */
  readonly created?: string | undefined
  /** the command that makes the same run again */
  readonly command?: string | undefined
  /** the numbers to see first: test accuracy, loss, seconds, parameters, seed */
  readonly tiles?: readonly Tile[] | undefined
  /** one chart each: loss, accuracy */
  readonly curves?: readonly Curve[] | undefined
  /** steps at which epochs ended, in order; they are marked in the charts and give the table its rows */
  readonly epochs?: readonly number[] | undefined
  /** figures of the run's own, shown after the curves */
  readonly sections?: readonly Section[] | undefined
  readonly classification?: Classification | undefined
  /** the most confident mistakes, worst first */
  readonly mistakes?: readonly Mistake[] | undefined
  readonly layers?: readonly ModelRow[] | undefined
  readonly config?: Json | undefined
}

/** One number of the summary. */
export interface Tile {
  readonly label: string
  readonly value: number | string
  /** how a number is written; default `number` */
  readonly format?: NumberFormat | undefined
  /** small print: `'of 10,000 images'` */
  readonly note?: string | undefined
}

/** One quantity along the run. */
export interface Curve {
  /** `'Loss'` */
  readonly title: string
  /** up to six lines in one chart: training, validation */
  readonly series: readonly Series[]
  /** the vertical axis: `percent` for shares 0 … 1, `log` where values span powers of ten; default `linear` */
  readonly scale?: 'linear' | 'log' | 'percent' | undefined
}

/** Values at increasing steps; those that are NaN or infinite leave a gap and are counted below the chart. */
export interface Series {
  readonly name: string
  readonly points: readonly { readonly step: number; readonly value: number }[]
}

/** How a classifier did on labelled examples. */
export interface Classification {
  /** names of the classes */
  readonly classes: readonly string[]
  /** `counts[t][p]`: examples of class t taken for class p */
  readonly counts: readonly (readonly number[])[]
  /** what was classified; default `'test set'` */
  readonly of?: string | undefined
  /** how its probabilities fared */
  readonly calibration?: Calibration | undefined
}

/** An example the model got wrong. */
export interface Mistake {
  /** its number in the data set */
  readonly index: number
  readonly truth: string
  readonly predicted: string
  /** what the model gave its own answer, 0 … 1 */
  readonly probability: number
  /** what it gave the right answer */
  readonly truthProbability?: number | undefined
  /** the example itself, as a picture or as text */
  readonly picture?: Picture | undefined
  readonly text?: string | undefined
}

/** One row of the model's table. */
export interface ModelRow {
  /** path of its fields: `'encoder.2.norm'` */
  readonly path: string
  /** `'Conv2d'` */
  readonly kind: string
  /** sizes of its result, `'N'` for the batch; or of its weights where a layer has no single result; left out where there is neither */
  readonly shape?: readonly (number | string)[] | undefined
  /** trainable numbers */
  readonly parameters: number
}
