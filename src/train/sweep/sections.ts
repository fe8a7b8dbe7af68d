/** A sweep in a report: one picture per setting, and one table. */
import type { LinesFigure, Section } from '../report/figures/data.js'
import type { SettingValue } from './space.js'
import { ranked, type TrialResult } from './sweep.js'

/** How a sweep is called in a report. */
export interface SweepSectionOptions {
  /** what the score is: `test accuracy` */
  readonly score: string
  readonly goal?: 'least' | 'most'
  /** Default `Sweep` */
  readonly title?: string
}

/** A section with the score against every setting that was varied, and all trials from best to worst. */
export function sweepSection(trials: readonly TrialResult[], { score, goal = 'least', title = 'Sweep' }: SweepSectionOptions): Section {
  const order = ranked(trials, goal)
  const names = [...new Set(trials.flatMap(({ settings }) => Object.keys(settings)))]
  const budgets = [...new Set(trials.map(({ budget }) => budget))].sort((a, b) => (a ?? 0) - (b ?? 0))
  const varied = names.filter((name) => new Set(trials.map(({ settings }) => settings[name])).size > 1)
  return {
    title,
    text: `${trials.length} trials, from the ${goal} ${score} on; ${trials.filter(({ error }) => error !== undefined).length} failed.`,
    figures: [
      ...varied.slice(0, 6).map((name) => against(name, trials, score, budgets)),
      {
        kind: 'table',
        title: 'All trials, best first',
        columns: ['rank', ...names, ...(budgets.length > 1 ? ['budget'] : []), score, 'seconds'],
        rows: order
          .slice(0, 100)
          .map((t, i) => [
            i + 1,
            ...names.map((name) => shown(t.settings[name])),
            ...(budgets.length > 1 ? [t.budget ?? ''] : []),
            t.error !== undefined ? `failed: ${t.error.slice(0, 80)}` : Number.isFinite(t.score) ? t.score : 'no finite number',
            t.seconds,
          ]),
      },
    ],
  }
}

const shown = (value: SettingValue | undefined): string | number => (typeof value === 'number' ? value : String(value ?? ''))

function against(name: string, trials: readonly TrialResult[], score: string, budgets: readonly (number | undefined)[]): LinesFigure {
  const values = [...new Set(trials.map(({ settings }) => settings[name]))]
  const numeric = values.every((v) => typeof v === 'number')
  const xs = numeric ? (values as number[]) : []
  const log = xs.length > 1 && Math.min(...xs) > 0 && Math.max(...xs) / Math.min(...xs) > 20
  const at = (t: TrialResult): number => (numeric ? Number(t.settings[name]) : values.indexOf(t.settings[name]))
  return {
    kind: 'lines',
    title: `${score} by ${name}`,
    x: { title: numeric ? name : `${name}: ${values.map((v, i) => `${i} ${String(v)}`).join(', ')}`, scale: log ? 'log' : 'linear' },
    y: { title: score },
    series: budgets.slice(-8).map((budget) => ({
      name: budget === undefined ? 'trials' : `budget ${budget}`,
      style: 'points',
      points: trials.filter((t) => t.budget === budget && Number.isFinite(t.score)).map((t) => ({ x: at(t), y: t.score })),
    })),
  }
}
