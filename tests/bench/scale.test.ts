/** How growth is fitted, shown and drawn. */
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { axes } from '../../bench/scale/axes.js'
import { grown, type Point } from '../../bench/scale/measure.js'
import { scalePage, sectionOf } from '../../bench/scale/page.js'
import { showScale } from '../../bench/scale/show.js'
import { powerLaw } from '../../bench/stats.js'
import { flopsOf } from '../../bench/works/cost.js'

const [width] = axes
const point = (size: number, times: Readonly<Record<string, number>>): Point => ({
  size,
  flops: size ** 2,
  results: Object.entries(times).map(([peer, ms]) => ({
    ...{ work: `width-${size}`, peer, version: '1', firstCallMs: 1, peakMb: 1, first: 1, last: 1 },
    step: { median: ms, low: ms / 2, high: 2 * ms, count: 3 },
  })),
})
const measured = grown(
  width!,
  [point(1, { A: 1, B: 8 }), point(2, { A: 2, B: 8 }), point(4, { A: 8 })],
  [{ name: 'A' }, { name: 'B' }, { name: 'C' }],
)

test('products grow as each axis says', () => {
  const slope = (name: string): number => {
    const { sizes, work } = axes.find((axis) => axis.name === name)!
    return powerLaw(sizes.map((size) => ({ x: size, y: flopsOf(work(size))! }))).slope
  }
  expect(slope('width')).toBeCloseTo(2, 12)
  expect(slope('batch')).toBeCloseTo(1, 12)
  // the first layer has no gradient of the data
  expect(slope('depth')).toBeGreaterThan(1)
  expect(slope('depth')).toBeLessThan(1.05)
  expect(slope('length')).toBeGreaterThan(1)
  expect(slope('length')).toBeLessThan(2)
  for (const { sizes } of axes) expect(sizes.length).toBeGreaterThan(4)
})

test('slopes over all sizes and over the last doubling; libraries with one point have none', () => {
  expect(measured.growths.map(({ peer }) => peer)).toEqual(['A', 'B'])
  expect(measured.growths[0]!.slope).toBeCloseTo(1.5, 12)
  expect(measured.growths[0]!.last).toBeCloseTo(2, 12)
  expect(measured.growths[1]!.slope).toBeCloseTo(0, 12)
  expect(measured.ideal.slope).toBeCloseTo(2, 12)
  expect(showScale(measured)).toMatchInlineSnapshot(`
    "MLP of 3 layers, N 256: products grow with width², and so do the weights that Adam moves
      ms at width                 1     2     4  slope  of the last doubling
      A                        1.00  2.00  8.00   1.50                  2.00
      B                        8.00  8.00         0.00                  0.00
      same rate at every size                     2.00                  2.00"
  `)
})

test('the picture: medians with quartiles, and the ideal through the last point of the first library', async () => {
  const [lines, table] = sectionOf(measured).figures
  if (lines?.kind !== 'lines' || table?.kind !== 'table') throw new Error('not the figures expected')
  expect(lines.series.map(({ name }) => name)).toEqual(['A', 'B', 'same rate at every size'])
  expect(lines.series[2]!.points).toEqual([0.5, 2, 8].map((y, i) => ({ x: 2 ** i, y })))
  expect(table.rows[0]).toEqual(['A', '1.50', '2.00'])
  const file = join(mkdtempSync(join(tmpdir(), 'scale-')), 'scale.html')
  const machine = { processor: 'Abacus', cores: 2, memoryGb: 4, system: 'linux', node: 'v20.0.0' }
  await scalePage(file, {
    date: '2026-01-02T03:04:05Z',
    command: 'npm run bench -- --scale',
    machine,
    threads: 2,
    others: 0.01,
    axes: [measured],
  })
  const page = readFileSync(file, 'utf8')
  expect(page).toContain('<svg')
  expect(page).toContain('MLP of 3 layers, N 256')
  expect(page).toContain('other processes used 1.0 % of it meanwhile')
})
