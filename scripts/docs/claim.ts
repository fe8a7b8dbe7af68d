/** Whether a value is what a page says it is. */
import { inspect } from 'node:util'

const NUMBER = /-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/g

/** A value as one line of text, the way console.log shows it; strings as they are. */
export const textOf = (value: unknown): string =>
  typeof value === 'string'
    ? value
    : inspect(value, { depth: 10, breakLength: Number.POSITIVE_INFINITY, maxArrayLength: 1000, sorted: false })

/** Spaces, quotes and array lengths are left out of account: `Float32Array(2) [ 1, 2 ]` is `Float32Array [1, 2]`. */
const plain = (text: string): string =>
  text
    .replace(/(\w*Array)\(\d+\)/g, '$1')
    .replace(/["'`]/g, "'")
    .replace(/\s+/g, ' ')
    .replace(/\s*([[\]{}(),:…])\s*/g, '$1')
    .replace(/'([^']*)'/g, '$1')
    .trim()

/** Half a unit of the last digit written: 0.12 stands for all that rounds to it. */
function halfUnit(written: string): number {
  const [mantissa, exponent = '0'] = written.toLowerCase().split('e')
  const decimals = mantissa!.split('.')[1]?.length ?? 0
  return decimals === 0 && !written.includes('e') ? 0 : 0.5 * 10 ** (Number(exponent) - decimals)
}

/**
 * Same text, where numbers with a decimal point agree to the digits written and `…` stands for anything.
 * A typed array may be written as a bare list.
 */
export function agrees(value: unknown, said: string): boolean {
  const text = textOf(value)
  const forms = said.trim().startsWith('[') ? [text, text.replace(/^\w*Array\(\d+\) /, '')] : [text]
  return forms.some((form) => textAgrees(plain(form), plain(said)))
}

function textAgrees(got: string, said: string): boolean {
  const pattern = said
    .split('…')
    .map((part) =>
      part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/-?(?:\d+(?:\\\.)?\d*|\\\.\d+)(?:[eE](?:\\\+|-)?\d+)?/g, `(${NUMBER.source})`),
    )
    .join('.*')
  const found = new RegExp(`^${pattern}$`).exec(got)
  const written = said.match(NUMBER) ?? []
  return found !== null && written.every((number, i) => Math.abs(Number(found[i + 1]) - Number(number)) <= halfUnit(number) * (1 + 1e-9))
}
