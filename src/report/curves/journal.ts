/** What a journal tells, by the names of its fields: numbers along the run, and curves of them. */
import type { JournalEvent } from '../../files/journal.js'
import type { Curve, Series } from '../data.js'

/**
 * The numbers of an event, of a run or of its journal, by name. Those of a field that holds others have its name in front, `validation.loss`; those of `metrics` their own alone.
 *
 * @example numbersIn(event)['validation.accuracy']
 */
export function numbersIn(event: object): Record<string, number> {
  const numbers: Record<string, number> = {}
  const add = (fields: object, before: string): void => {
    for (const [name, value] of Object.entries(fields) as [string, unknown][]) {
      if (typeof value === 'number') numbers[before + name] = value
      else if (typeof value === 'object' && value !== null && !Array.isArray(value))
        add(value, name === 'metrics' ? before : `${before}${name}.`)
    }
  }
  add(event, '')
  return numbers
}

/** One number along the steps of a run. Where steps tell it, summaries of many steps (epochs) are left out; `kind` asks for those of one kind alone. */
export function seriesOf(name: string, events: readonly JournalEvent[], field: string, kind?: string): Series {
  const told = events.flatMap((event) => {
    const value = numbersIn(event)[field]
    return value === undefined || (kind !== undefined && event.kind !== kind) ? [] : [{ kind: event.kind, step: event.step, value }]
  })
  const steps = told.filter((event) => event.kind === 'step')
  return { name, points: (steps.length > 0 ? steps : told).map(({ step, value }) => ({ step, value })) }
}

/** How curves are called and drawn; other fields have their own name, and a linear axis. */
const titles: Readonly<Record<string, { readonly title: string; readonly scale?: Curve['scale'] | undefined }>> = {
  loss: { title: 'Loss' },
  accuracy: { title: 'Accuracy', scale: 'percent' },
  lr: { title: 'Learning rate' },
  gradientNorm: { title: 'Norm of the gradient' },
  return: { title: 'Return' },
}

/**
 * Curves of a run from its journal, for a report: a chart for each field that is told, with a line for the run's own examples and one for the
 * validation (`validation.loss` beside `loss`). Default fields: loss and accuracy. `validation` names the second line; default `validation`.
 *
 * @example await writeReport('report.html', { title: 'Moons', ...curvesOf(await readJournal('metrics.jsonl')) })
 */
export function curvesOf(
  events: readonly JournalEvent[],
  {
    fields = ['loss', 'accuracy'],
    validation = 'validation',
  }: { readonly fields?: readonly string[] | undefined; readonly validation?: string | undefined } = {},
): { readonly curves: readonly Curve[]; readonly epochs: readonly number[] } {
  const curves = fields.flatMap((field): Curve[] => {
    const lines = [seriesOf('training', events, field), seriesOf(validation, events, `validation.${field}`)]
    const series = lines.filter(({ points }) => points.length > 0)
    if (series.length === 0) return []
    const { title, scale } = titles[field] ?? { title: field }
    return [{ title, scale, series }]
  })
  return { curves, epochs: events.filter((e) => e.kind === 'epoch').map((e) => e.step) }
}
