/** Ends a test run with every skip's reason and one plain line: `N passed, N failed, N skipped`. */
import type { Reporter, TestCase, TestModule } from 'vitest/node'

/** Counts of a finished run; a file that could not be loaded and an error outside of any test count as failures. */
export interface Tally {
  passed: number
  failed: number
  skipped: number
  /** `name: why` of each test that was skipped for a reason, not by a filter */
  reasons: string[]
}

/** Adds up the results of all test files. */
export function tally(modules: readonly TestModule[], strayErrors: number): Tally {
  const counts: Tally = { passed: 0, failed: strayErrors, skipped: 0, reasons: [] }
  for (const module of modules) {
    counts.failed += module.errors().length
    for (const test of module.children.allTests()) count(test, counts)
  }
  return counts
}

function count(test: TestCase, counts: Tally): void {
  const result = test.result()
  if (result.state === 'passed') counts.passed++
  else if (result.state === 'failed') counts.failed++
  else {
    counts.skipped++
    if (result.state === 'skipped' && result.note) counts.reasons.push(`${test.fullName}: ${result.note}`)
  }
}

/** The closing line that scripts read. */
export const closingLine = ({ passed, failed, skipped }: Pick<Tally, 'passed' | 'failed' | 'skipped'>): string =>
  `${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`

/** The reporter vitest.config.ts names; vitest asks for a default export. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const counts = tally(modules, errors.length)
    for (const reason of counts.reasons) console.log(`skipped: ${reason}`)
    console.log(`\n${closingLine(counts)}`)
  }
}
