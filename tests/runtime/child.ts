/** Runs situations one after the other and says so before each and after: `node --import tsx child.ts <module> <how many to skip>`. */
import '../../src/entry/node.js'
import type { Situation } from './children.js'

const [module, skip] = process.argv.slice(2)
const { situations } = (await import(module!)) as { situations: () => Iterable<Situation> | AsyncIterable<Situation> }
const say = (line: object): boolean => process.stdout.write(`${JSON.stringify(line)}\n`)

let at = 0
for await (const { name, run } of situations()) {
  if (at++ < Number(skip)) continue
  say({ name })
  let problem: string | undefined
  try {
    problem = (await run()) || undefined
  } catch (e) {
    problem = e instanceof Error ? `${e.name}: ${e.message}` : String(e)
  }
  say({ problem: problem ?? null })
}
