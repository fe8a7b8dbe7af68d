/** A sweep in a report: one picture per setting, and one table. */

import type { Figure, Section } from '../../report/figures/data.js'
import { greatest, least } from '../../tensor/extremes.js'
import type { SettingValue } from './space.js'
import { ranked, type TrialResult } from './sweep.js'

/** How a sweep is called in a report. */
export interface SweepSectionOptions {
  /** what the score is: `test accuracy` */
  readonly score: string
  readonly goal?: 'least' | 'most' | undefined
  /** Default `Sweep` */
  readonly title?: string | undefined
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
      ...varied.slice(0, 6).map((name) => against(name, trials, score, { budgets, goal })),
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

function against(
  name: string,
  trials: readonly TrialResult[],
  score: string,
  { budgets, goal }: { readonly budgets: readonly (number | undefined)[]; readonly goal: 'least' | 'most' },
): Figure {
  const values = [...new Set(trials.map(({ settings }) => settings[name]))]
  const good = trials.filter((t) => Number.isFinite(t.score))
  if (!values.every((v) => typeof v === 'number'))
    return {
      kind: 'bars',
      title: `Best ${score} by ${name}`,
      bars: values.flatMap((value) => {
        const best = ranked(
          good.filter(({ settings }) => settings[name] === value),
          goal,
        )[0]
        return best ? [{ label: String(value), value: best.score }] : []
      }),
    }
  const log = (numbers: readonly number[]): 'log' | 'linear' =>
    least(numbers) > 0 && greatest(numbers) / least(numbers) > 20 ? 'log' : 'linear'
  return {
    kind: 'lines',
    title: `${score} by ${name}`,
    x: { title: name, scale: log(values as number[]) },
    y: { title: score, scale: log(good.map((t) => t.score)) },
    series: budgets.slice(-8).map((budget) => ({
      name: budget === undefined ? 'trials' : `budget ${budget}`,
      style: 'points',
      points: good.filter((t) => t.budget === budget).map((t) => ({ x: Number(t.settings[name]), y: t.score })),
    })),
  }
}
