/** Child of the progress tests: half a bar on a terminal of its own making, then the end that was asked for. */
import '../../src/entry/node.js'
import { progress } from '../../src/train/progress.js'

const how = process.argv[2]!
const terminal = how === 'real' ? process.stderr : { write: (text: string) => process.stderr.write(text), isTTY: true, columns: 60 }
const bar = progress(terminal, { total: 10 })
bar.update({ done: 5 })
if (how === 'real') {
  bar.update({ done: 10 })
  bar.done()
} else if (how === 'exit') process.exit(3)
else if (how === 'throw') throw new Error('on purpose')
else {
  if (how.endsWith('listener')) process.once('SIGINT', () => setTimeout(() => process.exit(7), 20))
  setInterval(() => {}, 1000)
  process.kill(process.pid, how.split(' ')[0])
}
