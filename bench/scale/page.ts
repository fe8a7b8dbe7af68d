/** Growth drawn: one logarithmic picture for each axis, on a page of its own. */

import type { LinesFigure, Section } from '../../src/report/figures/data.js'
import { writeReport } from '../../src/train/report.js'
import type { Machine } from '../machine.js'
import type { MeasuredAxis } from './measure.js'

/** All of one run: what bench/scale.json holds. */
export interface Scale {
  readonly date: string
  readonly command: string
  readonly machine: Machine
  readonly threads: number
  /** share of the machine other processes used meanwhile; null where the system does not tell */
  readonly others: number | null
  readonly axes: readonly MeasuredAxis[]
}

/** Writes the page. Throws FileError where it cannot be written. */
export async function scalePage(path: string, scale: Scale): Promise<void> {
  const { processor, cores, system, node } = scale.machine
  const others = scale.others === null ? '' : `, other processes used ${(100 * scale.others).toFixed(1)} % of it meanwhile`
  await writeReport(path, {
    title: 'How the time of a training step grows',
    description: `Medians on ${processor}, ${scale.threads} of ${cores} threads, ${system}, Node ${node.slice(1)}${others}.`,
    created: scale.date.slice(0, 16).replace('T', ' '),
    command: scale.command,
    sections: scale.axes.map(sectionOf),
  })
}

/** One axis as a picture and a table of slopes. */
export function sectionOf(axis: MeasuredAxis): Section {
  const { title, quantity, law, points, growths, ideal } = axis
  const anchor = points.at(-1)!
  const reached = anchor.results.find(({ peer }) => peer === growths[0]?.peer)?.step.median
  const lines: LinesFigure = {
    kind: 'lines',
    title: `Milliseconds a step against ${quantity}`,
    x: { title: quantity, scale: 'log' },
    y: { title: 'ms', scale: 'log' },
    series: [
      ...growths.map(({ peer }) => ({
        name: peer,
        style: 'both' as const,
        points: points.flatMap(({ size, results }) => {
          const step = results.find((result) => result.peer === peer)?.step
          return step ? [{ x: size, y: step.median, low: step.low, high: step.high }] : []
        }),
      })),
      ...(reached === undefined
        ? []
        : [
            {
              name: 'same rate at every size',
              style: 'dashed' as const,
              points: points.map(({ size, flops }) => ({ x: size, y: (reached * flops) / anchor.flops })),
            },
          ]),
    ],
    note: `Bands are quartiles. Dashed: the time that the operations of the products would take at the rate ${growths[0]?.peer ?? 'of the first library'} reaches at the largest size`,
  }
  const rows = [...growths, ideal].map(({ peer, slope, last }) => [peer, slope.toFixed(2), last.toFixed(2)])
  return {
    title,
    text: `${law[0]!.toUpperCase()}${law.slice(1)}. Below the dashed line's slope, fixed costs are shared by more work; above it, the machine gets slower with the size.`,
    figures: [lines, { kind: 'table', title: 'Slopes', columns: ['', 'all sizes', 'last doubling'], rows }],
  }
}
