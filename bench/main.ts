/** Measures Hebb and whichever other libraries are installed on the same works, in one interleaved run. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { measureLimit } from './limit.js'
import { machine, Watch } from './machine.js'
import { findPeers } from './peers/index.js'
import { type Result, runWork, type Skip } from './run.js'
import { type Report, readmeTable, showWork, withTable } from './table.js'
import { worksNamed } from './works/index.js'

const HELP = `npm run bench [-- work…] [options]

  work…             names, or beginnings of names: xor mlp mnist gpt conv matmul …; all of them when none is given
  --peers a,b       only these libraries (as printed, case aside)
  --threads n       threads for every library; default all cores
  --rounds n        turns of each library that count, after two that do not; default 10
  --seconds s       length of a turn; default 0.5
  --limit           measures what the machine can do at most, and shows each work's share of it
  --json file       where the numbers go; default bench/results.json
  --readme          puts the table of the last whole run into README.md, and measures nothing
`

const root = fileURLToPath(new URL('..', import.meta.url))
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    peers: { type: 'string' },
    threads: { type: 'string', default: String(availableParallelism()) },
    rounds: { type: 'string', default: '10' },
    seconds: { type: 'string', default: '0.5' },
    json: { type: 'string', default: join(root, 'bench/results.json') },
    limit: { type: 'boolean', default: false },
    readme: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) console.log(HELP)
else if (values.readme) writeReadme(values.json)
else await measure()

function writeReadme(file: string): void {
  if (!existsSync(file)) throw new Error(`no ${file}: npm run bench makes it`)
  const report = JSON.parse(readFileSync(file, 'utf8')) as Report
  const path = join(root, 'README.md')
  writeWhole(path, withTable(readFileSync(path, 'utf8'), readmeTable(report)))
}

async function measure(): Promise<void> {
  const works = worksNamed(positionals)
  const [threads, rounds, seconds] = [positive('threads'), positive('rounds'), positive('seconds')]
  const { peers: found, absent } = findPeers(threads)
  const wanted = values.peers?.toLowerCase().split(',')
  const peers = found.filter((peer) => !wanted || wanted.includes(peer.name.toLowerCase()))
  const watch = new Watch()
  const where = machine()
  console.log(`${where.processor}, ${threads} of ${where.cores} threads, ${where.system}, Node ${where.node.slice(1)}`)
  for (const { name, reason } of absent) if (!wanted || wanted.includes(name.toLowerCase())) console.log(`without ${name}: ${reason}`)
  if (!peers.length) throw new Error(`none of ${values.peers} can run here: there are ${found.map((peer) => peer.name).join(', ')}`)
  console.log(
    `load average ${watch.load.toFixed(2)}${watch.load > 0.5 ? ': the machine is busy, the numbers will be too high and uneven' : ''}\n`,
  )

  const limit = values.limit ? await measureLimit(peers, { threads, rounds, seconds, watch }) : undefined
  if (limit) console.log(`limit: products ${(limit.flops / 1e6).toFixed(0)} GFLOP/s, memory ${(limit.bytes / 1e6).toFixed(1)} GB/s\n`)

  const results: Result[] = []
  const skips: Skip[] = []
  const report = (): Report => ({
    date: new Date().toISOString(),
    command: ['npm run bench', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(' '),
    machine: where,
    threads,
    rounds,
    others: watch.others() ?? null,
    ...(limit && { limit }),
    works,
    peers: peers.map((peer) => peer.name),
    results,
    skips,
  })
  for (const work of works) {
    const one = await runWork(work, peers, { threads, rounds, seconds, watch })
    results.push(...one.results)
    skips.push(...one.skips)
    console.log(`${showWork(report(), work)}\n`)
  }
  const others = watch.others()
  if (others !== undefined) {
    const verdict = others > 0.05 ? ': too much for numbers to be reported' : ''
    console.log(`other processes used ${(100 * others).toFixed(1)} % of the machine meanwhile${verdict}`)
  }
  writeWhole(values.json, `${JSON.stringify(report(), null, 1)}\n`)
  console.log(`written to ${values.json}`)
}

function positive(name: 'threads' | 'rounds' | 'seconds'): number {
  const value = Number(values[name])
  if (!(value > 0) || (name !== 'seconds' && !Number.isInteger(value)))
    throw new Error(`--${name} ${values[name]}: a number above 0 is needed`)
  return value
}

function writeWhole(path: string, text: string): void {
  const temporary = join(dirname(path), `.${process.pid}.tmp`)
  writeFileSync(temporary, text)
  renameSync(temporary, path)
}
