/** Child of the kill test: writes a journal as fast as it can, and says on stdout how many lines it has written. */
import '../../src/entry/node.js'
import { openJournal } from '../../src/files/journal.js'

const journal = await openJournal(process.argv[2]!, { overwrite: true })
for (let step = 0; ; step++) {
  if (step > 0 && step % 10 === 0) await new Promise((done) => process.stdout.write(`${step}\n`, done))
  journal.write({ step, loss: 1 / (step + 1), text: 'x'.repeat(step % 500) })
}
