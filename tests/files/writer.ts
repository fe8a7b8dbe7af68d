/** Child of the kill tests: writes one file again and again, 4 MB of its own round number, until it is killed. */
import '../../src/entry/node.js'
import { writeAtomic } from '../../src/files/files.js'

const path = process.argv[2]!
for (let round = 1; ; round++) {
  const words = new Uint32Array(1 << 20).fill(round)
  const bytes = new Uint8Array(words.buffer)
  await writeAtomic(
    path,
    (async function* () {
      for (let at = 0; at < bytes.length; at += 1 << 18) {
        await new Promise((done) => setTimeout(done, 1)) // most of the time is spent inside a write
        yield bytes.subarray(at, at + (1 << 18))
      }
    })(),
  )
  if (round === 1) console.log('ready')
}
