/** The report of a run as one file. */
import { writeAtomic } from '../files/files.js'
import type { ReportData } from '../report/data.js'
import { reportPage } from '../report/page.js'

/**
 * Writes a report as one self-contained HTML file: summary, curves, sections of figures, confusion matrix, worst mistakes, layers, config.
 * The file is whole or not there, as with {@link writeAtomic}.
 *
 * @throws FileError when it cannot be written, HebbError when the data contradicts itself
 * @example await writeReport('runs/a/report.html', { title: 'MNIST', curves: [{ title: 'Loss', series: [{ name: 'training', points }] }] })
 */
export const writeReport = async (path: string, data: ReportData): Promise<void> => writeAtomic(path, await reportPage(data))
