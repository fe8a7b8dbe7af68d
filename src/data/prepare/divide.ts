/** Dividing lists: records that are no columns yet (mails, words, verses) into training and held-out parts. */
import { HebbError } from '../../tensor/errors.js'
import { classIds } from '../build.js'
import { cutsOf, range, shuffled, stratified } from '../order.js'

/** A list with its held-out part. */
export interface Divided<T> {
  readonly train: readonly T[]
  readonly test: readonly T[]
}

/** How `divide` cuts. */
export interface DivideOptions<T> {
  /** decides the shuffle before the cut; 0 */
  readonly seed?: number | undefined
  /** false cuts in order; true */
  readonly shuffle?: boolean | undefined
  /** a class each part gets in proportion */
  readonly stratify?: ((item: T) => string | number) | undefined
  /** items with the same key stay in one part: duplicates, or pieces of one source, are never on both sides of a cut */
  readonly together?: ((item: T) => string | number) | undefined
}

/**
 * Parts of a list: one fraction or size and the rest, or a list of either that covers it. With `together` the parts are counted in
 * groups, not items. The same seed gives the same parts on every machine.
 * Throws HebbError when a part would be empty or the parts do not add up.
 *
 * @example const [train, validation, test] = divide(words, [0.8, 0.1, 0.1], { seed: 0 })
 */
export function divide<T>(
  items: readonly T[],
  parts: number | readonly number[],
  { seed = 0, shuffle = true, stratify, together }: DivideOptions<T> = {},
): T[][] {
  if (items.length === 0) throw new HebbError('divide: the list is empty')
  const groups = together ? groupsOf(items, together) : items.map((item) => [item])
  const cuts = cutsOf(groups.length, parts)
  const order = shuffle ? shuffled(groups.length, seed, 'split') : range(0, groups.length)
  const final = stratify ? stratified(order, classIds(groups.map(([first]) => String(stratify(first!)))).ids) : order
  return cuts.map((cut, i) => Array.from(final.subarray(cuts[i - 1] ?? 0, cut)).flatMap((g) => groups[g]!))
}

/** Items with the same key side by side, groups in order of their first item. */
function groupsOf<T>(items: readonly T[], key: (item: T) => string | number): T[][] {
  const groups = new Map<string | number, T[]>()
  for (const item of items) {
    const k = key(item)
    const group = groups.get(k)
    if (group) group.push(item)
    else groups.set(k, [item])
  }
  return [...groups.values()]
}
