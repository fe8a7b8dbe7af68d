/** A trial for sweeps in other processes: a bowl with its bottom at x = 3, y = b; notes that it was called; can be slow, fail, or die. */
import '../../src/entry/node.js'
import { appendFileSync } from 'node:fs'
import type { Trial } from '../../src/index.js'

export const trial: Trial = async ({ x, y, log, wait = 0, dies }, { name }) => {
  if (log !== undefined) appendFileSync(String(log), `${process.pid} ${name}\n`)
  await new Promise((done) => setTimeout(done, Number(wait)))
  if (x === dies) process.exit(7)
  if (x === 13) throw new Error('thirteen')
  return { score: (Number(x) - 3) ** 2 + (y === 'b' ? 0 : 1), pid: process.pid }
}
