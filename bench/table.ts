/** Results as tables: in the terminal, in docs/bench.md, and in the README. */
import { type Limit, shareOf } from './limit.js'
import type { Machine } from './machine.js'
import type { Result, Skip } from './run.js'
import { geometricMean } from './stats.js'
import { bytesOf, flopsOf, tokensOf } from './works/cost.js'
import type { Work } from './works/work.js'

/** All of one run of the bench: what bench/results.json holds. */
export interface Report {
  readonly date: string
  readonly command: string
  readonly machine: Machine
  readonly threads: number
  readonly rounds: number
  /** share of the machine other processes used meanwhile; null where the system does not tell */
  readonly others: number | null
  /** what the machine can do, where it was asked */
  readonly limit?: Limit | undefined
  readonly works: readonly Work[]
  /** names in the order of the columns */
  readonly peers: readonly string[]
  readonly results: readonly Result[]
  readonly skips: readonly Skip[]
}

/** Milliseconds to three digits, to two below one. */
export const showMs = (ms: number): string =>
  ms >= 100 ? ms.toFixed(0) : ms >= 10 ? ms.toFixed(1) : ms >= 1 ? ms.toFixed(2) : ms.toPrecision(2)

/** What a library did on a work. */
export const find = (report: Report, work: Work, peer: string): Result | undefined =>
  report.results.find((result) => result.work === work.name && result.peer === peer)

/** How many times as long as `peer` the first library takes: 0.5 is twice as fast. */
export function ratio(report: Report, work: Work, peer: string): number | undefined {
  const [ours, theirs] = [find(report, work, report.peers[0]!), find(report, work, peer)]
  return ours && theirs && ours.step.median / theirs.step.median
}

/** The mean over all works both did of {@link ratio}, and how many those are; undefined for none. */
export function meanRatio(report: Report, peer: string): { readonly mean: number; readonly works: number } | undefined {
  const ratios = report.works.map((work) => ratio(report, work, peer)).filter((times) => times !== undefined)
  return ratios.length ? { mean: geometricMean(ratios), works: ratios.length } : undefined
}

const plural = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`

/** One line for each other library: how many times as long the first one takes. */
export const showMeans = (report: Report): string[] =>
  report.peers.slice(1).flatMap((peer) => {
    const found = meanRatio(report, peer)
    return found ? [`${report.peers[0]} / ${peer}: ${found.mean.toFixed(2)}, geometric mean over ${plural(found.works, 'work')}`] : []
  })

/** GFLOP/s, GB/s or tokens/s at so many milliseconds a call; undefined where the loss tells more. */
function rateOf(work: Work, ms: number): number | undefined {
  const tokens = tokensOf(work)
  if (tokens !== undefined) return (1000 * tokens) / ms
  const amount = work.kind === 'conv' || work.kind === 'matmul' ? flopsOf(work) : bytesOf(work)
  return amount && amount / ms / 1e6
}

/** Each work in detail: median, quartiles, ratio, first call, memory, rate or loss, share of the machine's limit. */
export function showWork(report: Report, work: Work): string {
  const [first] = report.peers
  // the loss tells more of a training step than its rate
  const product = work.kind === 'conv' || work.kind === 'matmul'
  const { limit } = report
  const limited = limit && shareOf(limit, work, 1) !== undefined
  const last = product
    ? 'GFLOP/s'
    : tokensOf(work) !== undefined
      ? 'tokens/s'
      : bytesOf(work)
        ? 'GB/s'
        : work.kind === 'inference'
          ? 'a score'
          : 'loss'
  const head = ['', 'median ms', 'quartiles', `${first} takes`, 'first call ms', 'peak MB', last, ...(limited ? ['of limit'] : [])]
  const rows = report.peers.flatMap((peer) => {
    const result = find(report, work, peer)
    if (!result) return []
    const { step, firstCallMs, peakMb } = result
    const times = peer === first ? undefined : ratio(report, work, peer)
    const rate = rateOf(work, step.median)
    return [
      [
        ...[peer, showMs(step.median), `${showMs(step.low)} – ${showMs(step.high)}`, times === undefined ? '' : `${times.toFixed(2)}×`],
        ...[firstCallMs.toFixed(0), peakMb.toFixed(0)],
        rate !== undefined ? rate.toFixed(0) : `${result.first.toFixed(3)} → ${result.last.toFixed(3)}`,
        ...(limited ? [`${(100 * shareOf(limit, work, step.median)!).toFixed(0)} %`] : []),
      ],
    ]
  })
  const skipped = report.skips
    .filter((skip) => skip.work === work.name)
    .map(({ peer, reason }) => `  ${peer} skipped: ${reason.split('\n')[0]}`)
  return [work.title, ...align([head, ...rows]).map((row) => `  ${row}`), ...skipped].join('\n')
}

/** Rows with columns of equal width; the first column to the left, the others to the right. */
export function align(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows.map((row) =>
    row
      .map((cell, column) => (column ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
      .join('  ')
      .trimEnd(),
  )
}

/** Works that the README shows. */
const inReadme = ['mlp-medium', 'mnist-cnn', 'lstm', 'gpt-small', 'infer-mnist-cnn-1', 'decode-small-64']

/** The table of docs/bench.md: a row a work, a column a library, and how the numbers were made; `short` is the README's, of a few of the works. */
export function pageTable(report: Report, { short = false } = {}): string {
  const peers = report.peers.filter((peer) => report.results.some((result) => result.peer === peer))
  const compared = peers.includes('PyTorch') && peers[0] !== 'PyTorch'
  const head = ['median ms a step', ...peers, ...(compared ? [`${peers[0]} / PyTorch`] : [])]
  const works = short ? inReadme.flatMap((name) => report.works.filter((work) => work.name === name)) : report.works
  const rows = works.map((work) => [
    work.title,
    ...peers.map((peer) => {
      const result = find(report, work, peer)
      return result ? showMs(result.step.median) : ''
    }),
    ...(compared ? [ratio(report, work, 'PyTorch')?.toFixed(2) ?? ''] : []),
  ])
  const means = peers.map((peer) => meanRatio(report, peer))
  const mean = (found: ReturnType<typeof meanRatio>): string => (found ? `${found.mean.toFixed(2)} of ${found.works}` : '')
  const last = [
    `geometric mean of ${peers[0]} / each`,
    ...peers.map((_, i) => (i ? mean(means[i]) : '')),
    ...(compared ? [meanRatio(report, 'PyTorch')?.mean.toFixed(2) ?? ''] : []),
  ]
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const made = madeBy(report, peers)
  return [
    line(head),
    `|${head.map((_, i) => (i ? '---:' : '---')).join('|')}|`,
    ...rows.map(line),
    ...(peers.length > 1 ? [line(last)] : []),
    '',
    short
      ? `Some of the works; all of them, and how they are measured, stand in [docs/bench.md](docs/bench.md). ${made}`
      : `Training steps in fp32 with Adam (transformers: AdamW), forward, backward and update, the loss read every step; convolutions, the\nproduct, updates, inference and tokens alone. "x of n" is over the n works both libraries did. ${made}`,
  ].join('\n')
}

/** Command, day, machine and versions of a run. */
export function madeBy({ command, date, machine, threads, results }: Report, peers: readonly string[]): string {
  const versions = peers.map((peer) => `${peer} ${results.find((result) => result.peer === peer)!.version}`).join(', ')
  const { processor, cores, system, node } = machine
  return `\`${command}\` on ${date.slice(0, 10)}, ${processor}, ${threads} of ${cores} threads, ${system}, Node ${node.slice(1)}; ${versions}.`
}

/** Marks between which a table stands in a page. */
export interface TablePlace {
  readonly begin: string
  readonly end: string
}

const usualPlace: TablePlace = { begin: '<!-- bench: made by npm run bench -- --readme -->', end: '<!-- /bench -->' }

/** A page with the table between its marks. Throws without marks. */
export function withTable(page: string, text: string, table: string, { begin, end }: TablePlace = usualPlace): string {
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`${page} has no place for the numbers: add ${begin} and ${end}`)
  return `${text.slice(0, from)}${begin}\n${table}\n${text.slice(to)}`
}
