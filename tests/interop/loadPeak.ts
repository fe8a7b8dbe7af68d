/**
 * Loads weights of so many MB, in four files, into a model in several ways, and prints the most memory that loading took and the weights that are kept, in MB:
 * node --import tsx loadPeak.ts folder MB
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import '../../src/entry/node.js'
import { writeSafetensors } from '../../src/files/safetensors/file.js'
import { frozen, Linear, load, parameters, quantized, sequential } from '../../src/index.js'
import { openWeights } from '../../src/interop/weights.js'
import { encodeHalf } from '../../src/tensor/half.js'

const [folder, megabytes, kind] = process.argv.slice(2) as [string, string, string | undefined]
const files = 4
// one matrix is half of it all, as a head of a large vocabulary is
const width = 1024
const rows = Math.round((Number(megabytes) * 1e6) / 4 / width / 2)
const make = (): ReturnType<typeof sequential> =>
  sequential(
    new Linear(width, rows, { bias: false }),
    ...Array.from({ length: files }, () => new Linear(width, Math.round(rows / files), { bias: false })),
  )

/** Most memory of this process that is no page of a file (bytes). */
const most = (): number => Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1]) * 1024

async function write(dtype: 'f32' | 'bf16'): Promise<void> {
  mkdirSync(join(folder, dtype), { recursive: true })
  const weights = [...parameters(make())]
  for (let i = 0; i < files; i++) {
    const path = join(folder, dtype, `model-0000${i + 1}-of-0000${files}.safetensors`)
    if (existsSync(path)) continue
    const own = weights.filter((_, j) => (j === 0 ? i === 0 : (j - 1) % files === i))
    const tensors = own.map(([name, { shape, size }]) => {
      const data = Float32Array.from({ length: size }, (_, k) => Math.sin(k))
      return [name, { dtype, shape, data: dtype === 'bf16' ? encodeHalf(data, 'bf16') : data }] as const
    })
    await writeSafetensors(path, new Map(tensors))
  }
}

if (kind === undefined) {
  const found: Record<string, unknown> = {}
  for (const dtype of ['f32', 'bf16'] as const) {
    await write(dtype)
    for (const way of ['moving', 'frozen', '4 bits'])
      found[`${dtype} ${way}`] = JSON.parse(
        execFileSync(process.execPath, ['--import', 'tsx', fileURLToPath(import.meta.url), folder, megabytes, `${dtype} ${way}`], {
          encoding: 'utf8',
        }),
      )
  }
  console.log(JSON.stringify(found))
} else {
  const [dtype, ...way] = kind.split(' ')
  const model = make()
  if (way[0] === 'frozen') frozen(model)
  if (way[0] === '4') quantized(model)
  // code that the first file needs is no part of it
  const small = join(folder, 'small.safetensors')
  await writeSafetensors(small, { weight: { dtype: 'f32', shape: [2, 2], data: new Float32Array(4) } })
  await load(new Linear(2, 2, { bias: false }), small)
  const before = process.memoryUsage().rss
  const weights = await openWeights(join(folder, dtype!))
  await load(model, weights)
  let kept = 0
  for (const { storage } of parameters(model).values()) {
    const home = storage.home!
    kept += home.kind === 'blocks' ? home.blocks.packed.byteLength + home.blocks.scales.byteLength : home.array.byteLength
  }
  console.log(JSON.stringify({ peak: (most() - before) / 1e6, kept: kept / 1e6 }))
}
