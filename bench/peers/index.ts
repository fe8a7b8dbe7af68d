/** Which libraries there are here, how to start each, and why others are left out. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Peer } from '../run.js'
import { findModule } from './modules.js'

/** A library that cannot take part on this machine. */
export interface Absent {
  readonly name: string
  readonly reason: string
}

const path = (file: string): string => fileURLToPath(new URL(file, import.meta.url))
const inNode = (name: string, file: string, ...args: string[]): Peer => ({
  name,
  command: { file: process.execPath, args: ['--import', 'tsx', path(file), ...args] },
})

const IN_NODE: readonly { readonly peer: Peer; readonly needs: readonly string[] }[] = [
  { peer: inNode('tfjs wasm', 'tfjs.ts', 'wasm'), needs: ['@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm'] },
  { peer: inNode('tfjs cpu', 'tfjs.ts', 'cpu'), needs: ['@tensorflow/tfjs'] },
  { peer: inNode('jax-js', 'jax.ts'), needs: ['@jax-js/jax'] },
  { peer: inNode('brain.js', 'brain.ts'), needs: ['brain.js'] },
]

/** All libraries, Hebb first: those that can run here, and those that cannot. */
export function findPeers(threads: number): { peers: Peer[]; absent: Absent[] } {
  const peers = [inNode('Hebb', 'hebb.ts')]
  const absent: Absent[] = []
  const python = process.env.HEBB_BENCH_PYTHON ?? 'python3'
  const torch = spawnSync(python, ['-c', 'import torch'], { encoding: 'utf8' })
  if (torch.status === 0) {
    const env = { OMP_NUM_THREADS: String(threads), MKL_NUM_THREADS: String(threads) }
    peers.push({ name: 'PyTorch', command: { file: python, args: [path('torch_peer.py')], env } })
  } else {
    const why = torch.error?.message ?? torch.stderr.trim().split('\n').at(-1)
    absent.push({ name: 'PyTorch', reason: `${why}; HEBB_BENCH_PYTHON names a python that can import torch` })
  }
  for (const { peer, needs } of IN_NODE) {
    const missing = needs.filter((name) => !findModule(name))
    if (missing.length)
      absent.push({ name: peer.name, reason: `${missing.join(', ')} not installed; HEBB_BENCH_MODULES names a folder where it is` })
    else peers.push(peer)
  }
  return { peers, absent }
}
