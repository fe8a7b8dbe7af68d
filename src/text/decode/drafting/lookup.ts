/** Guessing from the text itself: what followed the last time it went like this. */
import type { Drafted, Writer } from '../writing/writer.js'
import { type Drafter, Share } from './drafter.js'

/** as many of the last tokens are looked for at most */
const longest = 3
/** guesses cost nothing but to be read: they go on while they come that often */
const worth = 0.3

/** What followed the last earlier place where the text reads as at its end, by up to three tokens [Saxena 2023]; nothing where there is none. */
export class TextDrafter implements Drafter {
  readonly #shares = new WeakMap<Writer, Share>()
  #guessed = new WeakMap<Writer, number>()

  async draft(writer: Writer, most: number): Promise<readonly Drafted[]> {
    const share = this.#shares.get(writer) ?? new Share(0.7)
    this.#shares.set(writer, share)
    if (share.right < worth) share.forgive()
    const some = Math.min(most, Math.floor(Math.log(worth) / Math.log(Math.min(share.right, 0.99))))
    const found = some > 0 ? followed(writer.ids, some) : []
    const ends = found.findIndex((_, i) => writer.endsAfter(found.slice(0, i + 1)))
    const drafted = (ends < 0 ? found : found.slice(0, ends + 1)).map((token) => ({ token }))
    this.#guessed.set(writer, drafted.length)
    return drafted
  }

  judged(writer: Writer, right: number): void {
    const share = this.#shares.get(writer)!
    for (let i = 0; i < right; i++) share.count(true)
    if (right < this.#guessed.get(writer)!) share.count(false)
  }

  close() {}
}

function followed(ids: readonly number[], most: number): readonly number[] {
  const { length } = ids
  for (let size = Math.min(longest, length - 1); size > 0; size--)
    for (let at = length - 1; at >= size; at--) {
      let same = 0
      while (same < size && ids[at - 1 - same] === ids[length - 1 - same]) same++
      if (same === size) return ids.slice(at, at + most)
    }
  return []
}
