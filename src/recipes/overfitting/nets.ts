/** The nets of the recipes about over-fitting, and figures they share. */

import type { JournalEvent } from '../../files/index.js'
import { relu } from '../../functional/index.js'
import { BatchNorm1d, Dropout, Flatten, Linear, type Sequential, sequential } from '../../nn/index.js'
import { seriesOf } from '../../report/curves/journal.js'
import type { LinesFigure } from '../../report/index.js'

/** What keeps a net of digits from learning its training set by heart, and what lets it learn fast. */
interface DigitsMlpOptions {
  /** share of the pixels blanked in training. Default 0 */
  readonly pixels?: number | undefined
  /** share of each hidden layer blanked in training. Default 0 */
  readonly hidden?: number | undefined
  /** whether batch norm comes before each relu. Default false */
  readonly normed?: boolean | undefined
}

/** Pictures of 28 × 28 pixels through two hidden layers of `width`. */
export const digitsMlp = (width: number, { pixels = 0, hidden = 0, normed = false }: DigitsMlpOptions = {}): Sequential => {
  const layer = (inputs: number) => [new Linear(inputs, width), ...(normed ? [new BatchNorm1d(width)] : []), relu, new Dropout(hidden)]
  return sequential(new Flatten(), new Dropout(pixels), ...layer(784), ...layer(width), new Linear(width, 10))
}

/** Error against epochs: solid on examples never seen, dashed on the training set where asked. */
export const errorCurves = (
  title: string,
  runs: readonly { readonly name: string; readonly journal: readonly JournalEvent[] }[],
  { training = false, note }: { training?: boolean | undefined; note?: string | undefined } = {},
): LinesFigure => ({
  kind: 'lines',
  title,
  x: { title: 'epoch' },
  y: { scale: 'percent' },
  note,
  series: runs.flatMap(({ name, journal }) => [
    { name, points: byEpoch(journal, 'validation.accuracy').map(({ x, y }) => ({ x, y: 1 - y })) },
    ...(training
      ? [{ name: `${name}, training`, style: 'dashed' as const, points: byEpoch(journal, 'accuracy').map(({ x, y }) => ({ x, y: 1 - y })) }]
      : []),
  ]),
})

/** A field of the journal's epochs, counted from 1. */
export const byEpoch = (journal: readonly JournalEvent[], field: string): { x: number; y: number }[] =>
  seriesOf(field, journal, field, 'epoch').points.map(({ value }, i) => ({ x: i + 1, y: value }))
