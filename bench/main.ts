/** Measures Hebb and whichever other libraries are installed on the same works, in one interleaved run. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeWhole } from '../src/files/node/whole.js'
import { type Limit, measureLimit, raiseLimit } from './limit.js'
import { llmPlace, llmTable } from './llm/table.js'
import { machine, Watch } from './machine.js'
import { HELP, type Options, optionsOf, root, UsageError } from './options.js'
import { findPeers } from './peers/index.js'
import { finishProgress, keepProgress, type Progress, progressOf } from './progress.js'
import { type Peer, runWork } from './run.js'
import { measureScale } from './scale/measure.js'
import { scalePage } from './scale/page.js'
import { showScale } from './scale/show.js'
import { pageTable, type Report, showMeans, showWork, withTable } from './table.js'
import { worksNamed } from './works/index.js'
import type { Work } from './works/work.js'

/** After this many works the machine's limits are measured again. */
const limitEvery = 3

try {
  const options = optionsOf(process.argv.slice(2))
  if (options.help) console.log(HELP)
  else if (options.readme) await writePages(options.json)
  else if (options.scale) await scale(options)
  else if (options.resume) await resume(options.json)
  else await measure(options, process.argv.slice(2))
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(error.message)
  process.exitCode = 2
}

async function writePages(file: string): Promise<void> {
  if (!existsSync(file)) throw new UsageError(`--readme: there is no ${file}: npm run bench makes it`)
  const report = JSON.parse(readFileSync(file, 'utf8')) as Report
  const areLanguageModels = report.works.every(({ kind }) => kind === 'llm')
  for (const [page, short] of [
    ['docs/bench.md', false],
    ['README.md', true],
  ] as const) {
    const path = join(root, page)
    const table = areLanguageModels ? llmTable(report, { short }) : pageTable(report, { short })
    await writeWhole(path, withTable(page, readFileSync(path, 'utf8'), table, areLanguageModels ? llmPlace : undefined))
  }
}

/** The libraries, and what has to be known before their numbers are read. */
async function begin(
  { threads, peers: wanted, before }: Options,
  { usual, works }: { readonly usual?: string | undefined; readonly works?: readonly Work[] | undefined } = {},
): Promise<{ peers: readonly Peer[]; watch: Watch }> {
  const { peers, absent } = await findPeers(threads, { wanted: wanted ?? usual, before, works })
  const watch = new Watch()
  const where = machine()
  console.log(`${where.processor}, ${threads} of ${where.cores} threads, ${where.system}, Node ${where.node.slice(1)}`)
  for (const { name, reason } of absent) console.log(`without ${name}: ${reason}`)
  const busy = watch.load > 0.5 ? ': the machine is busy, the numbers will be too high and uneven' : ''
  console.log(`load average ${watch.load.toFixed(2)}${busy}\n`)
  return { peers, watch }
}

function commandLine(words: readonly string[]): string {
  return ['npm run bench', ...(words.length ? ['--', ...words] : [])].join(' ')
}

function showLimit({ flops, bytes }: Limit): string {
  return `limit: products ${(flops / 1e6).toFixed(0)} GFLOP/s, memory ${(bytes / 1e6).toFixed(1)} GB/s`
}

/** Goes on after the last work that a stopped run finished. */
async function resume(json: string): Promise<void> {
  const begun = progressOf(json)
  await measure({ ...optionsOf(begun.words), json }, begun.words, begun)
}

async function measure(options: Options, words: readonly string[], begun?: Progress): Promise<void> {
  const { threads, rounds, seconds, json } = options
  const works = worksNamed(options.works)
  const { peers, watch } = await begin(options, { works })
  const names = peers.map((peer) => peer.name)
  if (begun && begun.report.peers.join() !== names.join())
    throw new UsageError(`--resume: the run was begun with ${begun.report.peers.join(', ')}, and here are ${names.join(', ')}: begin anew`)
  const settings = { threads, rounds, seconds, watch }
  let limit = options.limit ? (begun?.report.limit ?? (await measureLimit(peers, settings))) : undefined
  if (limit) console.log(`${showLimit(limit)}\n`)

  const results = [...(begun?.report.results ?? [])]
  const skips = [...(begun?.report.skips ?? [])]
  const report = (): Report => ({
    date: new Date().toISOString(),
    command: commandLine(words),
    machine: machine(),
    threads,
    rounds,
    others: busiest(watch.others(), begun?.report.others),
    limit,
    works,
    peers: names,
    results,
    skips,
  })
  process.once('SIGINT', () => {
    console.error(`\nstopped: npm run bench -- --resume goes on after the last work that is finished`)
    process.exit(130)
  })
  for (const [i, work] of works.entries()) {
    if ([...results, ...skips].some((one) => one.work === work.name)) continue
    if (limit && i % limitEvery === limitEvery - 1) limit = await raiseLimit(limit, peers, settings)
    const one = await runWork(work, peers, settings)
    results.push(...one.results)
    skips.push(...one.skips)
    console.log(`${showWork(report(), work)}\n`)
    await keepProgress(json, { words, report: report() })
  }
  for (const line of showMeans(report())) console.log(line)
  if (limit) console.log(showLimit(limit))
  finish(watch)
  await finishProgress(json, report())
  console.log(`written to ${json}`)
}

/** What is said of the parts of a run together: the worst. */
function busiest(...others: readonly (number | null | undefined)[]): number | null {
  const known = others.filter((share) => typeof share === 'number')
  return known.length ? Math.max(...known) : null
}

async function scale(options: Options): Promise<void> {
  const { threads, rounds, seconds, json } = options
  const { peers, watch } = await begin(options, { usual: 'Hebb,PyTorch' })
  const axes = await measureScale(peers, { threads, rounds, seconds, watch }, (axis) => console.log(`${showScale(axis)}\n`))
  finish(watch)
  const found = {
    date: new Date().toISOString(),
    command: commandLine(process.argv.slice(2)),
    machine: machine(),
    threads,
    others: watch.others() ?? null,
    axes,
  }
  await writeWhole(json, `${JSON.stringify(found, null, 1)}\n`, { folders: true })
  const page = json.replace(/(\.json)?$/, '.html')
  await scalePage(page, found)
  console.log(`written to ${json} and ${page}`)
}

/** Says whether the numbers are to be believed. */
function finish(watch: Watch): void {
  const others = watch.others()
  if (others === undefined) return
  const verdict = others > 0.05 ? ': too much for numbers to be reported' : ''
  console.log(`other processes used ${(100 * others).toFixed(1)} % of the machine meanwhile${verdict}`)
}
