/** Tensors as pictures for people: photographs, filters, maps, shares. */

import type { Picture } from '../report/index.js'
import { HebbError, ShapeError, type Tensor } from '../tensor/index.js'
import { showShape } from '../tensor/shape.js'

/** The numbers of a tensor and its sizes, cut along the first axis. */
async function cut(x: Tensor, what: string, ranks: readonly number[]): Promise<{ each: Float32Array[]; sizes: readonly number[] }> {
  if (!ranks.includes(x.rank)) throw new ShapeError(`${what}: ${showShape(x.shape)} has ${x.rank} axes, not ${ranks.join(' or ')}`)
  const data = await x.cast('f32').data()
  const size = data.length / Math.max(x.shape[0]!, 1)
  return { each: Array.from({ length: x.shape[0]! }, (_, n) => data.subarray(n * size, (n + 1) * size)), sizes: x.shape.slice(1) }
}

const largest = (values: Float32Array): number => values.reduce((m, v) => Math.max(m, Math.abs(v)), 0) || 1

/** Pictures (N, C, Y, X) with pixels in [0, 1], C 1 or 3. Throws ShapeError for others. */
export async function picturesOf(x: Tensor): Promise<Picture[]> {
  const { each, sizes } = await cut(x, 'picturesOf', [4])
  const [channels, height, width] = sizes as [number, number, number]
  if (channels !== 1 && channels !== 3) throw new ShapeError(`picturesOf: ${channels} channels are no colours: give 1 or 3`)
  return each.map((pixels) => ({ width, height, channels, pixels: pixels.slice() }))
}

/**
 * The kernels (O, I, Y, X) of a first layer, one picture each: 0 is grey, every kernel's largest weight is white or black, or full colour
 * where I is 3. Throws ShapeError where I is neither 1 nor 3.
 */
export async function filterPictures(weight: Tensor): Promise<Picture[]> {
  const { each, sizes } = await cut(weight, 'filterPictures', [4])
  const [channels, height, width] = sizes as [number, number, number]
  if (channels !== 1 && channels !== 3)
    throw new ShapeError(`filterPictures: kernels over ${channels} channels have no colours: those of a first layer have 1 or 3`)
  return each.map((w) => {
    const top = largest(w)
    return { width, height, channels, pixels: w.map((v) => 0.5 + v / (2 * top)) }
  })
}

/** Maps (N, Y, X) as grey pictures: 0 is black, the largest number of each map white; what is below 0 is black. */
export async function mapPictures(maps: Tensor): Promise<Picture[]> {
  const { each, sizes } = await cut(maps, 'mapPictures', [3])
  const [height, width] = sizes as [number, number]
  return each.map((m) => {
    const top = largest(m)
    return { width, height, channels: 1, pixels: m.map((v) => Math.max(0, v / top)) }
  })
}

/** A share of what is usual, below which colours say little: the 99th of 100 pixels is full colour, so that single ones do not hide the rest. */
function usual(values: Float32Array): number {
  const sorted = values.map(Math.abs).sort()
  return sorted[Math.floor(0.99 * (sorted.length - 1))] || largest(values)
}

/** Shares (N, C, Y, X) or (N, Y, X), summed over channels: red where they raise the score, blue where they lower it, white where they do nothing. */
export async function signedPictures(shares: Tensor): Promise<Picture[]> {
  const { each, sizes } = await cut(shares.rank === 4 ? shares.sum(1) : shares, 'signedPictures', [3])
  const [height, width] = sizes as [number, number]
  return each.map((s) => {
    const top = usual(s)
    const area = s.length
    const pixels = new Float32Array(3 * area)
    s.forEach((v, i) => {
      const strength = Math.max(-1, Math.min(1, v / top))
      pixels[i] = strength < 0 ? 1 + strength : 1
      pixels[area + i] = 1 - Math.abs(strength)
      pixels[2 * area + i] = strength > 0 ? 1 - strength : 1
    })
    return { width, height, channels: 3, pixels }
  })
}

/** Pictures (N, C, Y, X) in grey with maps (N, Y, X) laid over them in orange, the largest number of each the strongest. Throws HebbError unless sizes agree. */
export async function overlayPictures(x: Tensor, maps: Tensor): Promise<Picture[]> {
  const [grey, over] = [await cut(x.mean(1), 'overlayPictures', [3]), await cut(maps, 'overlayPictures', [3])]
  if (grey.each.length !== over.each.length || grey.sizes.join() !== over.sizes.join())
    throw new HebbError(`overlayPictures: maps ${showShape(maps.shape)} do not lie over pictures ${showShape(x.shape)}`)
  const [height, width] = grey.sizes as [number, number]
  const colour = [1, 0.45, 0]
  return grey.each.map((g, n) => {
    const map = over.each[n]!
    const top = largest(map)
    const pixels = new Float32Array(3 * g.length)
    colour.forEach((c, k) => {
      g.forEach((v, i) => {
        const strength = 0.75 * Math.max(0, map[i]! / top)
        pixels[k * g.length + i] = (1 - strength) * v + strength * c
      })
    })
    return { width, height, channels: 3, pixels }
  })
}
