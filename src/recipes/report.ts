/** The report of a recipe: what every one of them says about its run, besides its own figures. */
import type { ReportData } from '../report/data.js'
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
