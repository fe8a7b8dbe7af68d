/** Child of the kill test: the shared run, its state written after every batch, with time to be killed in. */
import '../../src/entry/node.js'
import { fit } from '../../src/index.js'
import { network, settings, task } from './task.js'

for await (const e of fit(network(), task(), { ...settings(), every: 1, checkpoint: { path: process.argv[2]!, seconds: 0 } })) {
  console.log(`${e.kind} ${e.step}`)
  await new Promise((done) => setTimeout(done, 20))
}
