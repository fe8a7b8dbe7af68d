/** Child of the kill test: a sweep in two processes with a journal; prints every trial as it ends. */
import '../../src/entry/node.js'
import { processes, sweep } from '../../src/index.js'

const [journal, log] = process.argv.slice(2) as [string, string]
const { trial, close } = processes(new URL('./sweepTrial.ts', import.meta.url), { node: ['--import', 'tsx'] })
const space = { x: [0, 1, 2, 3, 4, 5], y: ['a', 'b'], log: [log], wait: [150] }
for await (const t of sweep(trial, space, { workers: 2, journal })) console.log(`${t.earlier ? 'read' : 'made'} ${t.name} ${t.score}`)
close()
