/**
 * Memory and time of weights: `npx tsx bench/weights.ts [gigabytes]` after `npm run build` (default 6) makes a file of that size, in which every row of a weight
 * is 0 but for one number, loads it into a frozen model, asks it once, and says the answer, the time, and the most memory the process ever had. The answer
 * is known: it is the question.
 */
import { closeSync, ftruncateSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type * as Library from '../src/index.js'
import type { Tensor } from '../src/index.js'

const hebb: typeof Library = await import(new URL('../dist/entry/node/index.js', import.meta.url).href)
const gigabytes = Number(process.argv[2] ?? 6)
const inputs = 25_000
const outputs = Math.round((gigabytes * 1e9) / 3 / 4 / inputs)
const shapes = [
  [outputs, inputs],
  [inputs, outputs],
  [outputs, inputs],
] as const

class Wide {
  readonly layers = shapes.map(([rows, columns]) => new hebb.Linear(columns, rows, { bias: false }))
  forward(x: Tensor): Tensor {
    return this.layers.reduce((y, layer) => layer.forward(y), x)
  }
}

/** A safetensors file with holes for zeros: row r of each weight is 1 at r, modulo its length. */
function write(path: string): number {
  let begin = 0
  const entries = shapes.map(([rows, columns], i) => {
    const at = begin
    begin += 4 * rows * columns
    return [`layers.${i}.weight`, { dtype: 'F32', shape: [rows, columns], data_offsets: [at, begin] }] as const
  })
  const text = JSON.stringify(Object.fromEntries(entries))
  const json = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8))
  const prefix = Buffer.alloc(8)
  prefix.writeBigUInt64LE(BigInt(json.length))
  const file = openSync(path, 'w')
  ftruncateSync(file, 8 + json.length + begin)
  writeSync(file, Buffer.concat([prefix, json]), 0, undefined, 0)
  const one = Buffer.from(Float32Array.of(1).buffer)
  for (const [i, [rows, columns]] of shapes.entries()) {
    const start = 8 + json.length + entries[i]![1].data_offsets[0]
    for (let r = 0; r < rows; r++) writeSync(file, one, 0, 4, start + 4 * (r * columns + (r % columns)))
  }
  closeSync(file)
  return begin
}

const most = (): number => Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024
const folder = mkdtempSync(join(tmpdir(), 'hebb-weights-'))
try {
  const path = join(folder, 'model.safetensors')
  const bytes = write(path)
  const start = performance.now()
  const model = hebb.frozen(new Wide())
  await hebb.load(model, path)
  const loaded = performance.now()
  const x = Float32Array.from({ length: inputs }, (_, i) => Math.sin(i))
  const ask = async (): Promise<boolean> =>
    (await (await hebb.predict(model, hebb.tensor(x, { shape: [1, inputs] }))).data()).every((v, i) => v === x[i % outputs])
  const right = await ask()
  const first = performance.now()
  await ask()
  const again = performance.now()
  const seconds = (from: number, to: number): string => `${((to - from) / 1000).toFixed(2)} s`
  console.log(
    `${(bytes / 1e9).toFixed(2)} GB: answer ${right ? 'right' : 'wrong'}; loaded in ${seconds(start, loaded)}, first answer ${seconds(loaded, first)}, second ${seconds(first, again)}; peak ${(most() / 1e9).toFixed(2)} GB, ${(most() / bytes).toFixed(3)} of the weights`,
  )
} finally {
  rmSync(folder, { recursive: true })
}
