// Loads a file into a model of five layers and says how much memory that took at most, in parts of the weights: node --import tsx loadPeak.ts file width moving|frozen
import { readFileSync } from 'node:fs'
import '../../src/entry/node.js'
import { frozen, Linear, load, predict, sequential, tensor } from '../../src/index.js'

const [path, width, kind] = process.argv.slice(2) as [string, string, string]
const size = Number(width)
const most = (): number => Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1]) * 1024
// code and caches that the first file needs are no part of it
await load(sequential(new Linear(2, 2)), `${path}.small`)
const model = sequential(...Array.from({ length: 5 }, () => new Linear(size, size)))
if (kind === 'frozen') frozen(model)
const before = process.memoryUsage().rss
await load(model, path)
const loaded = most()
const y = await predict(model, tensor(new Float32Array(2 * size), { shape: [2, size] }))
const bytes = 4 * 5 * size * (size + 1)
console.log(
  JSON.stringify({ loaded: (loaded - before) / bytes, answered: (most() - before) / bytes, y: [...(await y.data())].slice(0, 3) }),
)
