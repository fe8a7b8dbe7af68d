/** One line of progress as text, as much of it as fits. */
import stringWidth from 'string-width'

/** A value shown beside the bar. */
export type Field = number | string

/** What the line says. */
export interface LineParts {
  readonly label: string
  readonly done: number
  readonly total?: number | undefined
  readonly fields: Readonly<Record<string, Field>>
  /** time left or taken; '' leaves it out */
  readonly time: string
  /** most columns, with a bar; without it the line has no bar and any length */
  readonly width?: number | undefined
  readonly color?: boolean | undefined
}

const longestBar = 30
const shortestBar = 5
const gap = '  '

/**
 * `epoch 1/3  ━━━━━━━━╸─────────  52 %  loss 0.04120  accuracy 98.71 %  12,345 img/s  1:05 left`.
 * What does not fit goes in this order: the fields from the last to the second, the time, the first field; then the label is cut.
 * The bar takes the room that is left, 5 to 30 columns, or goes.
 */
export function progressLine({ label, done, total, fields, time, width, color = false }: LineParts): string {
  const share = total === undefined ? undefined : total === 0 ? 1 : Math.min(1, Math.max(0, done / total))
  const head = printable(label)
  const count = share === undefined ? done.toLocaleString('en-US') : `${Math.floor(share * 100)} %`
  const values = Object.entries(fields).map(([name, value]) => formatField(name, value))
  let kept = values
  let clock = time
  const text = (bar: string): string => [head, bar, count, ...kept, clock].filter((part) => part !== '').join(gap)
  if (width === undefined) return text('')
  while (stringWidth(text('')) > width && kept.length > 1) kept = kept.slice(0, -1)
  if (stringWidth(text('')) > width) clock = ''
  if (stringWidth(text('')) > width) kept = []
  const room = Math.min(longestBar, width - stringWidth(text('')) - gap.length)
  if (share === undefined || room < shortestBar) return cut(text(''), width)
  return text(bar(share, room, color))
}

/** A bar of `width` columns, half columns told apart. */
function bar(share: number, width: number, color: boolean): string {
  const halves = Math.round(share * width * 2)
  const full = '━'.repeat(halves >> 1) + (halves % 2 ? '╸' : '')
  const rest = '─'.repeat(width - ((halves + 1) >> 1))
  return color ? `\x1b[36m${full}\x1b[0m\x1b[2m${rest}\x1b[0m` : full + rest
}

/** A field as it is read best: `loss 0.04120`, `accuracy 98.71 %`, `12,345 img/s`, `lr 0.001`. */
export function formatField(name: string, value: Field): string {
  const title = printable(name)
  if (typeof value === 'string') return `${title} ${printable(value)}`
  if (title.includes('/')) return `${formatRate(value)} ${title}`
  if (/accuracy|precision|recall|f1$/i.test(title)) return `${title} ${(value * 100).toFixed(2)} %`
  if (Number.isInteger(value)) return `${title} ${value.toLocaleString('en-US')}`
  // a steady width keeps the line from trembling; elsewhere zeros at the end say nothing
  return `${title} ${/loss/i.test(title) && Math.abs(value) >= 1e-3 && Math.abs(value) < 1e4 ? value.toPrecision(4) : Number(value.toPrecision(4))}`
}

const formatRate = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3)))

/** `0:42`, `12:05`, `1:02:33` from milliseconds. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  const two = (n: number): string => String(n).padStart(2, '0')
  const minutes = Math.floor(seconds / 60)
  return minutes < 60 ? `${minutes}:${two(seconds % 60)}` : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`
}

/** Text that cannot move the cursor or colour the screen: control characters become spaces. */
export const printable = (text: string): string => text.replace(/\p{Cc}/gu, ' ')

/** As many whole characters as fit, with … where some are missing. */
function cut(text: string, width: number): string {
  if (stringWidth(text) <= width) return text
  let kept = ''
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (stringWidth(kept + segment) > width - 1) break
    kept += segment
  }
  return `${kept}…`
}
