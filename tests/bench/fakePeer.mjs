// A library that is not one: answers the bench's requests as its argument says.
import { createInterface } from 'node:readline'

const [, , mood] = process.argv
let steps = 0
for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line)
  let answer
  if (request.do === 'setup')
    answer =
      mood === 'refuses'
        ? { error: 'no such layer' }
        : { version: `1.0 on ${request.threads}`, firstCallMs: 5, value: mood === 'strange' ? 2.01 : 2 }
  else if (request.do === 'memory') answer = { peakMb: 64 }
  else {
    if (mood === 'dies' && steps) {
      console.error('out of luck')
      process.exit(3)
    }
    steps += request.n
    answer = { ms: Array(request.n).fill(0.5), value: mood === 'diverges' ? Number.NaN : 1 / steps }
  }
  process.stdout.write(`${JSON.stringify(answer, (_, x) => (Number.isNaN(x) ? null : x))}\n`)
}
