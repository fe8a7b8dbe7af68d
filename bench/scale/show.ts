/** Growth in the terminal. */
import { align, showMs } from '../table.js'
import type { Growth, MeasuredAxis } from './measure.js'

/** One axis: a row a library, a column a size, then the slopes beside the ideal. */
export function showScale({ title, quantity, law, points, growths, ideal }: MeasuredAxis): string {
  const slopes = ({ slope, last }: Growth): string[] => [slope.toFixed(2), last.toFixed(2)]
  const rows = growths.map((one) => [
    one.peer,
    ...points.map(({ results }) => {
      const result = results.find(({ peer }) => peer === one.peer)
      return result ? showMs(result.step.median) : ''
    }),
    ...slopes(one),
  ])
  const head = [`ms at ${quantity}`, ...points.map(({ size }) => String(size)), 'slope', 'of the last doubling']
  return [
    `${title}: ${law}`,
    ...align([head, ...rows, [ideal.peer, ...points.map(() => ''), ...slopes(ideal)]]).map((row) => `  ${row}`),
  ].join('\n')
}
