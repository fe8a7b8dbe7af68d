/** Comparing numbers with reference numbers, and saying where and by how much they differ. */

/** `|got - want| <= atol + rtol·|want|`; defaults 1e-5 and 1e-6, the usual ones of the golden files. */
export interface Tolerance {
  readonly rtol?: number
  readonly atol?: number
}

/** A number as golden files write it: `"nan"`, `"inf"` and `"-inf"` are strings. */
export type Written = number | bigint | boolean | string

/** Flat numbers, or flat numbers with the shape they have (which is then compared too and used to name places). */
export type Numbers = ArrayLike<Written> | { readonly data: ArrayLike<Written>; readonly shape: readonly number[] }

const WORDS: Readonly<Record<string, number>> = { nan: Number.NaN, inf: Number.POSITIVE_INFINITY, '-inf': Number.NEGATIVE_INFINITY }

/** The number a golden file means. Throws on any other string. */
export function numberOf(x: Written): number {
  if (typeof x !== 'string') return Number(x)
  const value = WORDS[x]
  if (value === undefined) throw new Error(`not a number of a golden file: ${JSON.stringify(x)}`)
  return value
}

const flat = (x: Numbers): ArrayLike<Written> => ('data' in x ? x.data : x)
const shapeOf = (x: Numbers): readonly number[] | undefined => ('data' in x ? x.shape : undefined)

const placeOf = (i: number, shape: readonly number[] | undefined): string => {
  if (!shape || shape.length < 2) return `[${i}]`
  const place: number[] = []
  for (let axis = shape.length - 1, rest = i; axis >= 0; axis--) {
    place.unshift(rest % shape[axis]!)
    rest = Math.floor(rest / shape[axis]!)
  }
  return `[${place.join(', ')}]`
}

const show = (x: number): string => (Object.is(x, -0) ? '-0' : String(x))

/** Whether one number is near enough to another: NaN only to NaN, an infinity only to itself, 0 and -0 alike. */
export function close(got: number, want: number, { rtol = 1e-5, atol = 1e-6 }: Tolerance = {}): boolean {
  if (Number.isNaN(want)) return Number.isNaN(got)
  if (!Number.isFinite(want)) return got === want
  return Math.abs(got - want) <= atol + rtol * Math.abs(want)
}

/** What differs, in words; undefined where nothing does. */
export function difference(got: Numbers, want: Numbers, tolerance: Tolerance = {}): string | undefined {
  const [g, w] = [flat(got), flat(want)]
  const [gotShape, wantShape] = [shapeOf(got), shapeOf(want)]
  if (gotShape && wantShape && gotShape.join() !== wantShape.join())
    return `shape (${gotShape.join(', ')}), expected (${wantShape.join(', ')})`
  if (g.length !== w.length) return `${g.length} numbers, expected ${w.length}`
  const lines: string[] = []
  let wrong = 0
  let worst = 0
  for (let i = 0; i < w.length; i++) {
    const [x, y] = [numberOf(g[i]!), numberOf(w[i]!)]
    if (close(x, y, tolerance)) continue
    wrong++
    if (Number.isFinite(x - y)) worst = Math.max(worst, Math.abs(x - y))
    if (lines.length < 5)
      lines.push(`  at ${placeOf(i, wantShape ?? gotShape)}: got ${show(x)}, expected ${show(y)}, off by ${Math.abs(x - y).toPrecision(3)}`)
  }
  if (!wrong) return undefined
  const { rtol = 1e-5, atol = 1e-6 } = tolerance
  const head = `${wrong} of ${w.length} numbers differ (rtol ${rtol}, atol ${atol}; largest finite difference ${worst.toPrecision(3)})`
  return [head, ...lines, ...(wrong > lines.length ? [`  and ${wrong - lines.length} more`] : [])].join('\n')
}

/** Fails the test unless `got` is near `want`; `label` names what is compared. */
export function expectClose(got: Numbers, want: Numbers, tolerance: Tolerance & { readonly label?: string } = {}): void {
  const problem = difference(got, want, tolerance)
  if (problem) throw new Error(`${tolerance.label ? `${tolerance.label}: ` : ''}${problem}`)
}

/** Fails unless both hold the same numbers, where 0 is not -0 and NaN is NaN: for integers, booleans and determinism. */
export function expectSame(got: Numbers, want: Numbers, label?: string): void {
  const [g, w] = [flat(got), flat(want)]
  const problem = difference(got, want, { rtol: 0, atol: 0 })
  const where = label ? `${label}: ` : ''
  if (problem) throw new Error(`${where}${problem}`)
  for (let i = 0; i < w.length; i++)
    if (!Object.is(numberOf(g[i]!), numberOf(w[i]!)))
      throw new Error(
        `${where}at ${placeOf(i, shapeOf(want) ?? shapeOf(got))}: got ${show(numberOf(g[i]!))}, expected ${show(numberOf(w[i]!))}`,
      )
}
