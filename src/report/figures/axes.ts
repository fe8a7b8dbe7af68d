/** Where an axis begins and ends, which of its numbers are written, and how. */

/** How numbers lie along an axis. */
export type AxisScale = 'linear' | 'log' | 'percent' | 'steps'

/** Whether a value can stand on the axis. */
export const drawable = (value: number, scale: AxisScale): boolean => Number.isFinite(value) && (scale !== 'log' || value > 0)

/** Least and largest of the values that can stand on the axis, spread a little where they are one and the same; without any, 0 … 1 or 1 … 10. Steps begin at 0. */
export function domainOf(values: Iterable<number>, scale: AxisScale): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of values)
    if (drawable(value, scale)) {
      low = Math.min(low, value)
      high = Math.max(high, value)
    }
  if (low > high) return scale === 'log' ? [1, 10] : [0, 1]
  if (scale === 'steps') return [Math.min(low, 0), Math.max(high, 1)]
  if (low < high) return [low, high]
  if (scale === 'log') return [low / 2, high * 2]
  const room = Math.abs(low) * 0.1 || 1
  return [low - room, high + room]
}

/** 1, 2 and 5 times the powers of ten between two numbers, or the powers alone where those are many; undefined where there are fewer than two. */
export function logTicks([low, high]: readonly [number, number]): number[] | undefined {
  const [from, to] = [Math.log10(low), Math.log10(high)]
  const factors = to - from > 3 ? [1] : to - from > 2 ? [1, 3] : [1, 2, 5]
  const powers = Array.from({ length: Math.ceil(to) - Math.floor(from) + 1 }, (_, i) => Math.floor(from) + i)
  const stride = Math.ceil(powers.length / 8)
  const ticks = powers.filter((_, i) => i % stride === 0).flatMap((power) => factors.map((factor) => Number(`${factor}e${power}`)))
  const inside = ticks.filter((tick) => tick >= low * 0.999 && tick <= high * 1.001)
  return inside.length < 2 ? undefined : inside
}

/** About `wanted` round numbers from `low` to `high`, 1, 2 or 5 times a power of ten apart. */
export function linearTicks([low, high]: readonly [number, number], wanted: number): number[] {
  const rough = (high - low) / wanted
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10) * power
  const slack = step * 1e-6
  const ticks: number[] = []
  for (let i = Math.ceil((low - slack) / step); i * step <= high + slack; i++) ticks.push(Number((i * step).toPrecision(12)))
  return ticks
}

/** How the numbers of an axis are written, in d3's notation. */
export function axisFormat([low, high]: readonly [number, number], scale: AxisScale): string {
  if (scale === 'percent') return '~%'
  if (scale === 'steps') return ',~d'
  const [least, most] = [Math.min(Math.abs(low), Math.abs(high)), Math.max(Math.abs(low), Math.abs(high))]
  if (scale === 'log') return least < 1e-4 || most >= 1e6 ? '~e' : ',~r'
  return most >= 1e6 ? '~s' : most < 1e-3 ? '~e' : ',~r'
}

/** The parts of a quantitative encoding that say where its axis runs; `whole` where only whole numbers stand on it. */
export function axisOf(
  title: string | null,
  domain: readonly [number, number],
  scale: AxisScale,
  ticks: number,
  { nice = false, whole = false } = {},
): object {
  const values = scale === 'log' ? logTicks(domain) : undefined
  return {
    type: 'quantitative',
    scale: scale === 'log' ? { type: 'log', domain: [...domain], nice: false } : { domain: [...domain], nice, zero: false },
    axis: {
      title,
      format: axisFormat(domain, scale),
      ...(values ? { values } : { tickCount: Math.max(2, Math.round(ticks)), ...(whole && { tickMinStep: 1 }) }),
    },
  }
}
