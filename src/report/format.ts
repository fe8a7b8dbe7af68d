/** Numbers as a reader wants them. */
import { greatest } from '../tensor/extremes.js'

/** How a number is written: `percent` takes 0 … 1, `seconds` a duration. */
export type NumberFormat = 'percent' | 'seconds' | 'count' | 'number'

/** `98.71 %` from 0.98711; never rounded up to 100 % or down to 0 % when it is not. */
export function percent(share: number, digits = 2): string {
  if (!Number.isFinite(share)) return '–'
  const step = 10 ** -digits
  let value = share * 100
  if (share < 1) value = Math.min(value, 100 - step)
  if (share > 0) value = Math.max(value, step)
  return `${minus(value.toFixed(digits))}\u00a0%` // the sign never starts a line
}

/** `12,345` */
export const count = (n: number): string => minus(n.toLocaleString('en-US'))

/** With a minus sign, as wide as a plus. */
const minus = (text: string): string => text.replace(/^-(?=[\d.])/, '−')

/** Four significant digits: `0.04124`, `1.235e+9`. */
export function number(x: number): string {
  if (Number.isInteger(x) && Math.abs(x) < 1e9) return count(x)
  return Number.isFinite(x) ? minus(String(Number(x.toPrecision(4)))) : String(x)
}

/** Numbers below one another, each with as many significant digits as any of them needs: 0.948 below 0.8343 is 0.9480. */
export function numbers(values: readonly number[]): string[] {
  const texts = values.map(number)
  const plain = texts.map((text) => /^−?\d*\.\d+$/.test(text))
  const digits = greatest(
    texts.map((text, i) => (plain[i] ? text.replace(/^[−0.]+/, '').replace('.', '').length : 0)),
    0,
  )
  return texts.map((text, i) => (plain[i] ? minus(fixed(values[i]!, digits)) : text))
}

const fixed = (x: number, digits: number): string => {
  const text = x.toPrecision(digits)
  return text.includes('e') ? String(Number(text)) : text
}

/** `4.2 s`, `78 s`, `12 min 05 s`, `2 h 05 min` */
export function seconds(s: number): string {
  if (!Number.isFinite(s)) return '–'
  if (s < 9.95) return `${s.toFixed(1)} s`
  const whole = Math.round(s)
  if (whole < 100) return `${whole} s`
  const two = (n: number): string => String(n).padStart(2, '0')
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`
  const minutes = Math.round(s / 60)
  return `${count(Math.floor(minutes / 60))} h ${two(minutes % 60)} min`
}

/** A number in the way it is asked for. */
export const formatNumber = (value: number, format: NumberFormat = 'number'): string => ({ percent, seconds, count, number })[format](value)

/** The value of a tile, texts as they are; a line may end between `12 min` and `05 s`, not within them. */
export const tileValue = ({ value, format }: { readonly value: number | string; readonly format?: NumberFormat | undefined }): string =>
  (typeof value === 'string' ? value : formatNumber(value, format)).replace(/(\d) (?=[^\d\s])/g, '$1\u00a0')
