/** Child of the kill test: a small pretraining whose state is written after every update, with time to be killed in. */
import '../../src/entry/node.js'
import { pretrained } from './pretrained.js'

for await (const e of pretrained({ checkpoint: { path: process.argv[2]!, seconds: 0 }, journal: process.argv[3]!, resume: true })) {
  console.log(`${e.kind} ${e.step}`)
  await new Promise((done) => setTimeout(done, 20))
}
