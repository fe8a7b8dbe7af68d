/** Packing: texts of different lengths put together into rows of one length, so that little of a batch is filling. */

/**
 * Best fit, decreasing: the longest texts first, each into the row that it fills best, else into a new one. Lengths beyond `most` count as `most`. Rows are lists of
 * the texts' numbers, as TRL's `bfd` makes them.
 *
 * @example packsOf([5, 2, 3, 1], 4) // [[0], [2, 3], [1]]
 */
export function packsOf(lengths: readonly number[], most: number): number[][] {
  const order = [...lengths.keys()].sort((a, b) => lengths[b]! - lengths[a]! || a - b)
  const rows: number[][] = []
  /** rows by the room they have left, oldest first */
  const byRoom = Array.from({ length: most + 1 }, (): number[][] => [])
  for (const i of order) {
    const length = Math.min(lengths[i]!, most)
    let room = length
    while (room <= most && byRoom[room]!.length === 0) room++
    const row = room > most ? [] : byRoom[room]!.shift()!
    if (room > most) rows.push(row)
    row.push(i)
    byRoom[Math.min(room, most) - length]!.push(row)
  }
  return rows
}
