/** The table of language models: time and memory of each library, and what Hebb takes of the others'. */
import { find, madeBy, type Report, ratio, showMs, type TablePlace } from '../table.js'
import type { Work } from '../works/work.js'

/** Where it stands in a page. */
export const llmPlace: TablePlace = {
  begin: '<!-- bench of language models: npm run bench -- --readme -->',
  end: '<!-- /bench of language models -->',
}

/** Works that the README shows. */
const inReadme = ['llm-token-256', 'llm-token-4-bits', 'llm-prompt', 'llm-lora', 'llm-qlora']

/** A row a work: milliseconds and MB of each library, then Hebb's as a share of the others' of both. */
export function llmTable(report: Report, { short = false } = {}): string {
  const peers = report.peers.filter((peer) => report.results.some((result) => result.peer === peer))
  const others = peers.slice(1)
  const works = short ? report.works.filter(({ name }) => inReadme.includes(name)) : report.works
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const head = [
    '',
    ...peers.map((peer) => `${peer}, ms`),
    ...peers.map((peer) => `${peer}, MB`),
    ...others.map((peer) => `${peers[0]} / ${peer}: time, memory`),
  ]
  const rows = works.map((work) => [
    work.title,
    ...peers.map((peer) => of(report, work, peer, ({ step }) => showMs(step.median))),
    ...peers.map((peer) => of(report, work, peer, ({ peakMb }) => peakMb.toFixed(0))),
    ...others.map((peer) => shares(report, work, peer)),
  ])
  return [
    ...[line(head), `|${head.map((_, i) => (i ? '---:' : '---')).join('|')}|`, ...rows.map(line), ''],
    ...(short ? [] : ['Milliseconds a call, and the most memory the process ever had, libraries and weights included.']),
    madeBy(report, peers),
  ].join('\n')
}

const of = (report: Report, work: Work, peer: string, show: (result: Report['results'][number]) => string): string => {
  const result = find(report, work, peer)
  return result ? show(result) : ''
}

function shares(report: Report, work: Work, peer: string): string {
  const times = ratio(report, work, peer)
  const [ours, theirs] = [find(report, work, report.peers[0]!), find(report, work, peer)]
  return times === undefined ? '' : `${times.toFixed(2)}, ${(ours!.peakMb / theirs!.peakMb).toFixed(2)}`
}
