/** The report of a recipe: what every one of them says about its run, besides its own figures. */
import type { JournalEvent } from '../files/journal.js'
import type { Curve, ReportData, Series } from '../report/data.js'
import { writeReport } from '../train/report.js'
import type { RecipeContext } from './recipe.js'

/** Writes report.html into the run's folder; the command, the settings and the seed are added. */
export const recipeReport = (context: RecipeContext<unknown>, data: Omit<ReportData, 'command' | 'created'>): Promise<unknown> =>
  writeReport(context.path('report.html'), {
    ...data,
    created: new Date().toISOString().slice(0, 16).replace('T', ' '),
    command: context.command,
    tiles: [...(data.tiles ?? []), { label: 'Seed', value: String(context.settings.seed) }],
    config: { ...(typeof data.config === 'object' && !Array.isArray(data.config) ? data.config : {}), ...context.settings },
  })

/** One field of a journal's events of one kind, along the steps. */
export const seriesOf = (name: string, events: readonly JournalEvent[], kind: 'step' | 'epoch', field: string): Series => ({
  name,
  points: events.flatMap((e) => (e.kind === kind && typeof e[field] === 'number' ? [{ step: e.step, value: e[field] }] : [])),
})

/** Loss, and accuracy where there is one, of a training run: on its own examples and on those it never saw. */
export function trainingCurves(journal: readonly JournalEvent[]): {
  readonly curves: readonly Curve[]
  readonly epochs: readonly number[]
} {
  const series = (field: string, validation: string): readonly Series[] => [
    seriesOf('training', journal, 'step', field),
    seriesOf('test', journal, 'epoch', validation),
  ]
  return {
    curves: [
      { title: 'Loss', series: series('loss', 'validationLoss') },
      ...(journal.some((e) => typeof e.accuracy === 'number')
        ? [{ title: 'Accuracy', scale: 'percent' as const, series: series('accuracy', 'validationAccuracy') }]
        : []),
    ],
    epochs: journal.filter((e) => e.kind === 'epoch').map((e) => e.step),
  }
}
