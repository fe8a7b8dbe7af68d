/** Which libraries there are here, how to start each, and why others are left out. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { UsageError } from '../options.js'
import { type Peer, takesPart } from '../run.js'
import type { Work } from '../works/work.js'
import { findModule } from './modules.js'
import { plainPeers } from './plain.js'

/** A library that cannot take part on this machine. */
export interface Absent {
  readonly name: string
  readonly reason: string
}

/** A library: how it is started, and why it cannot be, if so. */
interface Candidate {
  readonly peer: Peer
  /** why it is left out; undefined when it can run */
  lacks(): string | undefined
  /** takes part only when it is named, or with `all` */
  readonly onDemand?: boolean | undefined
}

const path = (file: string): string => fileURLToPath(new URL(file, import.meta.url))

function inNode(folder: string, name: string, file: string, needs: readonly string[] = [], ...args: string[]): Candidate {
  return {
    peer: { name, does: 'networks', command: { file: process.execPath, args: [join(folder, file), ...args] } },
    lacks() {
      const missing = needs.filter((module) => !findModule(module))
      return missing.length ? `${missing.join(', ')} not installed; HEBB_BENCH_MODULES names a folder where it is` : undefined
    },
  }
}

/** `probe` is a line of Python that fails where the library cannot run. */
function inPython(name: string, file: string, probe: string, threads: number, ...args: string[]): Candidate {
  const python = process.env.HEBB_BENCH_PYTHON ?? 'python3'
  // one process compiles at a time, so that none of it is left when the clock runs
  const env = { OMP_NUM_THREADS: String(threads), MKL_NUM_THREADS: String(threads), TORCHINDUCTOR_COMPILE_THREADS: '1' }
  return {
    peer: { name, does: 'networks', command: { file: python, args: [path(`python/${file}`), ...args], env }, compiles: true },
    lacks() {
      const run = spawnSync(python, ['-c', probe], { encoding: 'utf8', timeout: 300_000 })
      if (run.status === 0) return undefined
      const why = run.error?.message ?? (run.stderr.trim().split('\n').at(-1) || `python ended with ${run.signal ?? `code ${run.status}`}`)
      return `${why}; HEBB_BENCH_PYTHON names a python that can do: ${probe}`
    },
  }
}

/** What decides who takes part. */
export interface Choice {
  /** names with commas between, or `all`; default: all but those on demand */
  readonly wanted?: string | undefined
  /** another checkout of Hebb, built: it takes part as `Hebb before` */
  readonly before?: string | undefined
  /** what is to be measured: who does none of it is left out, unless it is named */
  readonly works?: readonly Work[] | undefined
}

/** The same library, for other works. */
const doing = (does: Peer['does'], candidate: Candidate): Candidate => ({ ...candidate, peer: { ...candidate.peer, does } })

/** The same library, which rounds: its first results may lie so far off, as a share. llama.cpp keeps keys and values in half precision. */
const rounding = (agrees: number, candidate: Candidate): Candidate => ({ ...candidate, peer: { ...candidate.peer, agrees } })

const candidates = (threads: number, folder: string, before?: { checkout: string; folder: string }): readonly Candidate[] => [
  doing('all', inNode(folder, 'Hebb', 'hebb.js')),
  ...(before === undefined ? [] : [doing('all', inNode(before.folder, 'Hebb before', 'hebb.js', [], before.checkout))]),
  inPython('PyTorch', 'torch_peer.py', 'import torch', threads),
  {
    ...inPython(
      'PyTorch compiled',
      'torch_peer.py',
      'import torch; torch.compile(lambda x: x * 2 + 1)(torch.ones(3))',
      threads,
      '--compile',
    ),
    onDemand: true,
  },
  doing('language models', inPython('transformers', 'transformers_peer.py', 'import torch, transformers, peft', threads)),
  rounding(1e-2, doing('language models', inNode(folder, 'llama.cpp', 'llamaCpp.js', ['node-llama-cpp']))),
  inPython('JAX', 'jax_peer.py', 'import jax', threads),
  inNode(folder, 'tfjs wasm', 'tfjs.js', ['@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm'], 'wasm'),
  inNode(folder, 'tfjs cpu', 'tfjs.js', ['@tensorflow/tfjs'], 'cpu'),
  inNode(folder, 'jax-js', 'jax.js', ['@jax-js/jax']),
  inNode(folder, 'brain.js', 'brain.js', ['brain.js']),
]

/** Names are compared by their letters and digits: `PyTorch compiled` is `pytorch-compiled`. */
const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '')

/**
 * The libraries that take part, Hebb first, and those that cannot here: all but those on demand, or those in `wanted`, a list of names with commas
 * between (`all`: every one). Throws UsageError for a name that no library has, and when none of those wanted can run.
 */
export async function findPeers(threads: number, { wanted, before, works }: Choice = {}): Promise<{ peers: Peer[]; absent: Absent[] }> {
  // another checkout is called as its own bench calls it: its names may be others
  const other = before === undefined ? undefined : { checkout: before, folder: await plainPeers(before) }
  const all = candidates(threads, await plainPeers(), other)
  const names = wanted?.split(',').map(plain)
  const strange = wanted?.split(',').filter((name) => plain(name) !== 'all' && !all.some(({ peer }) => plain(peer.name) === plain(name)))
  if (strange?.length)
    throw new UsageError(`--peers: no library is called '${strange[0]}': there are ${all.map(({ peer }) => peer.name).join(', ')}, and all`)
  const chosen = all.filter(({ peer, onDemand }) => {
    if (names?.includes(plain(peer.name)) || peer.name === 'Hebb before') return true
    return (names ? names.includes('all') : !onDemand) && (!works || works.some((work) => takesPart(work, peer)))
  })
  const peers: Peer[] = []
  const absent: Absent[] = []
  for (const { peer, lacks } of chosen) {
    const reason = lacks()
    if (reason === undefined) peers.push(peer)
    else absent.push({ name: peer.name, reason })
  }
  if (!peers.length) throw new UsageError(`--peers: ${absent.map(({ name, reason }) => `${name} cannot run here: ${reason}`).join('\n')}`)
  return { peers, absent }
}
