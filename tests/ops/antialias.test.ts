/** Resizing a picture with and without antialiasing, beside PyTorch's float path. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { inflateSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { interpolate, readSafetensors, type Tensor, tensor } from '../../src/index.js'
import { expectClose } from '../compare.js'
import { describeGoldens, goldenPath } from '../goldens.js'

interface Preprocessing {
  readonly picture: string
  readonly cases: readonly {
    readonly name: string
    readonly crop?: number
    readonly interpolation?: 'bilinear' | 'bicubic'
    readonly antialias?: boolean
    readonly mean?: readonly number[]
    readonly std?: readonly number[]
    readonly resized_size_hw?: readonly [number, number]
  }[]
}

/** A picture (1, 3, H, W) in [0, 1] from a PNG file of 8-bit colours. */
function decode(png: Buffer): Tensor {
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)]
  const parts: Buffer[] = []
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at))
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') parts.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)))
  const raw = inflateSync(Buffer.concat(parts))
  const line = 3 * width
  const pixels = new Uint8Array(line * height)
  for (let y = 0; y < height; y++)
    for (let i = 0; i < line; i++) {
      const left = i < 3 ? 0 : pixels[y * line + i - 3]!
      const up = y === 0 ? 0 : pixels[(y - 1) * line + i]!
      const corner = y === 0 || i < 3 ? 0 : pixels[(y - 1) * line + i - 3]!
      const guess = left + up - corner
      const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)]
      const paeth = a <= b && a <= c ? left : b <= c ? up : corner
      const filter = [0, left, up, (left + up) >> 1, paeth][raw[y * (line + 1)]!]!
      pixels[y * line + i] = raw[y * (line + 1) + 1 + i]! + filter
    }
  return tensor(Float32Array.from(pixels), { shape: [height, width, 3] })
    .transpose([2, 0, 1])
    .unsqueeze(0)
    .div(255)
}

describeGoldens<Preprocessing>('vision/preprocess/expected.json', ({ picture, cases }) => {
  const floats = cases.filter((c) => c.name.startsWith('tv/') && c.name.includes('/float') && c.crop !== undefined)
  test('there are cases', () => expect(floats.length).toBeGreaterThan(2))
  for (const { name, crop, interpolation, antialias, mean, std, resized_size_hw: size } of floats)
    test(name, async () => {
      const x = decode(readFileSync(join(goldenPath('vision/preprocess')!, picture)))
      const y = interpolate(x, { size: size!, mode: interpolation!, antialias: antialias! })
      // Python rounds halves to even
      const start = size!.map((s) => {
        const half = (s - crop!) / 2
        return half % 1 === 0.5 ? 2 * Math.round(half / 2) : Math.round(half)
      })
      const cut = y.slice([null, null, ...start.map((from): [number, number] => [from, from + crop!])])
      const perChannel = (v: readonly number[]): Tensor => tensor(v).reshape([3, 1, 1])
      const want = (await readSafetensors(join(goldenPath('vision/preprocess')!, 'tensors.safetensors'))).tensors.get(name)!
      const normal = cut.squeeze(0).sub(perChannel(mean!)).div(perChannel(std!))
      expect(normal.shape).toEqual(want.shape)
      expectClose(await normal.data(), want.data as Float32Array, { rtol: 1e-5, atol: antialias ? 1e-5 : 3e-5 })
    })
})
