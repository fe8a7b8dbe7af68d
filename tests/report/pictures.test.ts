import fc from 'fast-check'
import { decode } from 'fast-png'
import { describe, expect, test } from 'vitest'
import { pictureUrl } from '../../src/report/picture.js'

describe('pictures', () => {
  const decoded = (url: string) => decode(Buffer.from(url.replace('data:image/png;base64,', ''), 'base64'))

  test('grey, RGB and RGBA pixels survive, whatever the order of their axes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom(1 as const, 3 as const, 4 as const),
        fc.infiniteStream(fc.nat(255)),
        (width, height, channels, values) => {
          const hwc = Uint8Array.from({ length: width * height * channels }, () => values.next().value as number)
          const chw = hwc.map((_, i) => hwc[(i % (width * height)) * channels + Math.floor(i / (width * height))]!)
          for (const [pixels, layout] of [
            [hwc, 'hwc'],
            [chw, 'chw'],
            [Float32Array.from(chw, (v) => v / 255), 'chw'],
          ] as const) {
            const png = decoded(pictureUrl({ width, height, channels, pixels, layout }))
            expect([png.width, png.height, png.channels]).toEqual([width, height, channels])
            expect([...png.data]).toEqual([...hwc])
          }
        },
      ),
      { numRuns: 50 },
    )
  })

  test('floats outside 0 … 1 are cut, NaN is black', () => {
    const pixels = new Float32Array([-1, 2, Number.NaN, 0.5])
    expect([...decoded(pictureUrl({ width: 4, height: 1, channels: 1, pixels })).data]).toEqual([0, 255, 0, 128])
  })
})
