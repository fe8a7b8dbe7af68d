/** Child of the lock tests: holds a lock file until it is killed, and says so. */
import '../../src/entry/node.js'
import { hold } from '../../src/files/lock.js'

await hold(process.argv[2]!, 'the folder')
console.log('held')
setInterval(() => {}, 1000)
