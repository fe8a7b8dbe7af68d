/**
 * What forms of weights cost: `npx tsx bench/weightForms.ts` after `npm run build` prints, for a layer of 2048 × 2048 (16.8 MB in f32), the time of 1, 8 and 64
 * rows with weights that move, that are frozen, and in blocks of 8 and 4 bits, medians of interleaved turns; and what four sessions on one weight of 64 MB take.
 */
import { readFileSync } from 'node:fs'
import type * as Library from '../src/index.js'
import type { Linear, Tensor } from '../src/index.js'

const hebb: typeof Library = await import(new URL('../dist/entry/node/index.js', import.meta.url).href)
const forms: Record<string, (layer: Linear) => unknown> = {
  moving: () => undefined,
  frozen: (layer) => hebb.frozen(layer),
  '8 bits': (layer) => hebb.quantized(layer, { bits: 8 }),
  '4 bits': (layer) => hebb.quantized(layer, { bits: 4 }),
}
const median = (times: number[]): number => times.sort((a, b) => a - b)[times.length >> 1]!

for (const rows of [1, 8, 64]) {
  const x = hebb.tensor(new Float32Array(rows * 2048).fill(0.5), { shape: [rows, 2048] })
  const works = Object.entries(forms).map(([name, make]) => {
    const layer = new hebb.Linear(2048, 2048)
    hebb.initialize(layer)
    make(layer)
    const run = hebb.compile((t: Tensor) => layer.forward(t))
    return { name, times: [] as number[], run: () => run(x) }
  })
  for (let turn = 0; turn < 60; turn++)
    for (const { times, run } of works) {
      const start = performance.now()
      await run()
      if (turn >= 10) times.push(performance.now() - start)
    }
  console.log(`${rows} rows: ${works.map(({ name, times }) => `${name} ${median(times).toFixed(3)} ms`).join(', ')}`)
}

const used = (): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024
const layer = new hebb.Linear(4096, 4096, { bias: false })
hebb.initialize(layer)
hebb.frozen(layer)
await hebb.compile((t: Tensor) => t.add(1))(hebb.ones([1, 4096]))
let before = used()
for (const rows of [1, 2, 3, 4]) {
  await hebb.compile((t: Tensor) => layer.forward(t))(hebb.ones([rows, 4096]))
  console.log(`session ${rows} on one weight of 64 MB: ${(used() - before).toFixed(0)} MB`)
  before = used()
}
