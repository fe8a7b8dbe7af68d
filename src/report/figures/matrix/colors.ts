/** Colours for numbers: lightness rises evenly with the value, so the maps read the same in grey and to the colour-blind. */
import type { ColorScale } from '../data.js'

export type Rgb = readonly [red: number, green: number, blue: number]

const levels = 256

/**
 * A colour of the OKLCH space as bytes of sRGB: equal steps of `lightness` (0 … 1) look equal. [Ottosson 2020]
 * Colours a screen cannot show are cut to those it can.
 */
function oklch(lightness: number, chroma: number, hue: number): Rgb {
  const a = chroma * Math.cos((hue * Math.PI) / 180)
  const b = chroma * Math.sin((hue * Math.PI) / 180)
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
  const linear = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ]
  const [red, green, blue] = linear.map((x) => {
    const cut = Math.min(1, Math.max(0, x))
    return Math.round(255 * (cut <= 0.0031308 ? 12.92 * cut : 1.055 * cut ** (1 / 2.4) - 0.055))
  })
  return [red!, green!, blue!]
}

/** 256 colours at t = 0 … 1. */
const table = (colorAt: (t: number) => Rgb): readonly Rgb[] => Array.from({ length: levels }, (_, i) => colorAt(i / (levels - 1)))

/** From dark violet over blue and green to bright yellow. */
const sequential = table((t) => oklch(0.26 + 0.67 * t, 0.1 + 0.07 * t, 310 - 205 * t))

/** From blue over almost white to red-brown. */
const diverging = table((t) => {
  const strength = Math.abs(2 * t - 1)
  return oklch(0.97 - 0.47 * strength, 0.16 * strength ** 0.85, t < 0.5 ? 258 : 40)
})

/** The colours of a scale, from the least value to the greatest. */
export const colorsOf = (scale: ColorScale): readonly Rgb[] => (scale === 'diverging' ? diverging : sequential)

/** Whether a value has a colour on the scale. */
export const colorable = (value: number, scale: ColorScale): boolean => Number.isFinite(value) && (scale !== 'log' || value > 0)

/** Least and greatest value of a matrix that have colours, for `diverging` the same distance either side of 0; undefined without any. */
export function rangeOf(values: readonly ArrayLike<number>[], scale: ColorScale): readonly [number, number] | undefined {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const row of values)
    for (let i = 0; i < row.length; i++) {
      const value = row[i]!
      if (!colorable(value, scale)) continue
      low = Math.min(low, value)
      high = Math.max(high, value)
    }
  if (low > high) return undefined
  const most = Math.max(Math.abs(low), Math.abs(high))
  return scale === 'diverging' ? [-most, most] : [low, high]
}

/** Where a value lies in a range: 0 … 1, values outside at its ends, the middle where the range is one number; undefined for a hole. */
export function shareOf(value: number, [low, high]: readonly [number, number], scale: ColorScale): number | undefined {
  if (!colorable(value, scale)) return undefined
  if (!(low < high)) return 0.5
  const share = scale === 'log' ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low)
  return Math.min(1, Math.max(0, share))
}

/** The colour at a share 0 … 1. */
export const colorAt = (share: number, scale: ColorScale): Rgb => colorsOf(scale)[Math.round(share * (levels - 1))]!

/** Whether dark ink reads better on a colour than light ink. */
export const isLight = ([red, green, blue]: Rgb): boolean => 0.299 * red + 0.587 * green + 0.114 * blue > 140

/** `#rrggbb` */
export const hex = (color: Rgb): string => `#${color.map((byte) => byte.toString(16).padStart(2, '0')).join('')}`
