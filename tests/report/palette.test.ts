import { describe, expect, test } from 'vitest'
import { mostColors } from '../../src/report/figures/frame.js'
import { style } from '../../src/report/style.js'

type Triple = readonly number[]

/** What is left of linear RGB without one kind of cone: the matrices of Machado, Oliveira and Fernandes (2009) at full strength. */
const eyes: Record<string, readonly Triple[]> = {
  'all cones': [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  'no long cones': [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  'no middle cones': [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  'no short cones': [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
}

const dot = (a: Triple, b: Triple): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0)

const linear = (hex: string): Triple =>
  [1, 3, 5].map((at) => {
    const share = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })

/** OKLab: distances are differences as seen, 1 from black to white. */
function oklab(rgb: Triple): Triple {
  const cones = [
    [0.4122214708, 0.5363325363, 0.0514459929],
    [0.2119034982, 0.6806995451, 0.1073969566],
    [0.0883024619, 0.2817188376, 0.6299787005],
  ].map((row) =>
    Math.cbrt(
      dot(
        row,
        rgb.map((x) => Math.max(0, x)),
      ),
    ),
  )
  return [
    [0.2104542553, 0.793617785, -0.0040720468],
    [1.9779984951, -2.428592205, 0.4505937099],
    [0.0259040371, 0.7827717662, -0.808675766],
  ].map((row) => dot(row, cones))
}

const luminance = (hex: string): number => dot([0.2126, 0.7152, 0.0722], linear(hex))

const [light, dark] = style.split('@media (prefers-color-scheme: dark)') as [string, string]

describe.each([
  ['light', light],
  ['dark', dark],
])('%s', (_, css) => {
  const named = (name: string): string => new RegExp(`--${name}: (#[0-9a-f]{3,6});`).exec(css)![1]!.replace(/^#(.)(.)(.)$/, '#$1$1$2$2$3$3')
  const colors = Array.from({ length: mostColors }, (__, i) => named(`line-${i + 1}`))

  test.each(Object.keys(eyes))('line colours differ to an eye with %s', (eye) => {
    const seen = colors.map((color) => oklab(eyes[eye]!.map((row) => dot(row, linear(color)))))
    for (const [i, a] of seen.entries())
      for (const b of seen.slice(0, i)) expect(Math.hypot(...a.map((x, k) => x - b[k]!))).toBeGreaterThan(0.08)
  })

  test('line colours stand out from the card at least 3 : 1', () => {
    const card = luminance(named('card'))
    for (const color of colors) {
      const line = luminance(color)
      expect((Math.max(card, line) + 0.05) / (Math.min(card, line) + 0.05)).toBeGreaterThan(3)
    }
  })
})
