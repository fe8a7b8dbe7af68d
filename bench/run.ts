/** One work on several libraries: rounds of A B C A B C, each in a process of its own that lives through all of them. */
import { setTimeout as sleep } from 'node:timers/promises'
import { llmFolder } from './llm/folder.js'
import type { Watch } from './machine.js'
import { type Command, PeerProcess } from './peers/process.js'
import { type Summary, summarize } from './stats.js'
import type { Work } from './works/work.js'

/** A library that takes part. */
export interface Peer {
  readonly name: string
  readonly command: Command
  /** which works it takes part in; default `networks`, all but those of language models */
  readonly does?: 'networks' | 'language models' | 'all' | undefined
  /** how far its first result may lie from the first library's, as a share of it, where it keeps numbers in less than single precision */
  readonly agrees?: number | undefined
  /** its first call compiles, and may take its time */
  readonly compiles?: boolean | undefined
}

/** What one library did on one work. */
export interface Result {
  readonly work: string
  readonly peer: string
  readonly version: string
  /** milliseconds a step */
  readonly step: Summary
  readonly firstCallMs: number
  readonly peakMb: number
  /** loss (or a number of the result) after the first and after the last step */
  readonly first: number
  readonly last: number
}

/** Why a library has no result on a work. */
export interface Skip {
  readonly work: string
  readonly peer: string
  readonly reason: string
}

export interface RunOptions {
  readonly threads: number
  readonly rounds: number
  /** length of one turn of one library, in seconds */
  readonly seconds: number
  readonly watch: Watch
}

/** Idle threads of one library may spin for a while after a turn: the next one waits for them to sleep. */
const PAUSE_MS = 100

/** A library that takes this many turns' length for one step has had its warm-up with the first, and is asked for no more than two that count. */
const SLOW = 10

/** So many times as long as the fastest, and two turns tell enough as well. */
const FAR = 40

/** How long an answer may take: a library that computes that long on one step is out of the race, a compiler is not. */
const [PATIENCE, COMPILERS_PATIENCE] = [100, 1200]

interface Runner {
  readonly peer: Peer
  readonly process: PeerProcess
  readonly version: string
  readonly firstCallMs: number
  readonly first: number
  /** steps a turn */
  n: number
  /** milliseconds a step in the last turn that did not count; 0 before one */
  warm: number
  last: number
  readonly ms: number[]
}

/** How far first results of language models, whose weights are the same everywhere, may lie from the first library's, as a share of it. */
const AGREES = 1e-4

/** Whether a library takes part in a work. */
export const takesPart = (work: Work, { does = 'networks' }: Peer): boolean =>
  does === 'all' || does === (work.kind === 'llm' ? 'language models' : 'networks')

/** Why the first result of a library is not that of the first one; undefined where it is, or need not be. */
function strange(work: Work, { agrees = AGREES }: Peer, own: number, first: Runner | undefined): string | undefined {
  if (work.kind !== 'llm' || work.bits !== undefined || !first || Math.abs(own - first.first) <= agrees * Math.abs(first.first))
    return undefined
  return `its first result is ${own}, that of ${first.peer.name} ${first.first}: it computes something else`
}

/** Runs `work` on all `peers` that can do it. */
export async function runWork(asked: Work, all: readonly Peer[], options: RunOptions): Promise<{ results: Result[]; skips: Skip[] }> {
  const work = asked.kind === 'llm' ? { ...asked, folder: llmFolder(asked.of) } : asked
  const peers = all.filter((peer) => takesPart(work, peer))
  const skips: Skip[] = []
  const results: Result[] = []
  let runners: Runner[] = []
  const drop = (peer: Peer, process: PeerProcess, error: unknown): void => {
    options.watch.count(process.pid)
    process.close()
    runners = runners.filter((runner) => runner.peer !== peer)
    skips.push({ work: work.name, peer: peer.name, reason: error instanceof Error ? error.message : String(error) })
  }
  try {
    for (const peer of peers) {
      const process = new PeerProcess(peer.command)
      try {
        const { version, firstCallMs, value } = await process.ask({ do: 'setup', work, threads: options.threads }, patienceWith(peer))
        const problem = strange(work, peer, value, runners[0])
        if (problem !== undefined) throw new Error(problem)
        runners.push({ peer, process, version, firstCallMs, first: value, n: 1, warm: 0, last: value, ms: [] })
      } catch (error) {
        drop(peer, process, error)
      }
    }
    // two turns to warm up, the second as long as those that count
    for (let round = -2; round < options.rounds; round++) {
      const far = FAR * Math.min(...runners.map(({ warm }) => warm))
      for (const runner of [...runners]) {
        const slow = runner.warm > SLOW * options.seconds * 1000
        if (round < 0 ? slow : round >= 2 && (slow || runner.warm > far)) continue
        try {
          await turn(runner, round, options.seconds)
        } catch (error) {
          drop(runner.peer, runner.process, error)
        }
      }
    }
    for (const runner of runners) {
      const { peakMb } = await runner.process.ask({ do: 'memory' })
      const { peer, version, firstCallMs, first, last } = runner
      results.push({ work: work.name, peer: peer.name, version, step: summarize(runner.ms), firstCallMs, peakMb, first, last })
    }
  } finally {
    for (const { process } of runners) {
      options.watch.count(process.pid)
      process.close()
    }
  }
  return { results, skips }
}

/** Seconds. */
const patienceWith = ({ compiles }: Peer): number => (compiles ? COMPILERS_PATIENCE : PATIENCE)

async function turn(runner: Runner, round: number, seconds: number): Promise<void> {
  await sleep(PAUSE_MS)
  const { ms, value } = await runner.process.ask({ do: 'step', n: runner.n }, patienceWith(runner.peer))
  if (!Number.isFinite(value)) throw new Error(`its result became ${value}`)
  runner.last = value
  if (round >= 0) runner.ms.push(...ms)
  else {
    const { median } = summarize(ms)
    runner.n = Math.max(1, Math.min(200_000, Math.round((seconds * 1000) / median)))
    runner.warm = median
  }
}
