/** Beginnings of texts that were read before: their keys and values, so that nobody reads them again. */

/** places of a block: what is shared is shared in whole blocks */
export const blockSize = 16

/** A block that stands behind those of its parent. */
interface Block {
  readonly next: Map<string, Block>
  readonly parent: Block | undefined
  /** by which ids its parent knows it */
  readonly key: string
  readonly places: Float32Array
}

/**
 * Blocks of texts in the order they stand in, in bounded memory: those that were not asked for longest go first, the ends of texts before their beginnings
 * [Kwon 2023, Zheng 2024]. Keys and values depend on who computes them, so that each adapter has blocks of its own.
 */
export class Prefixes {
  readonly #roots = new WeakMap<object, Block>()
  /** all of them, the one asked for last at the end */
  readonly #used = new Set<Block>()
  #bytes = 0

  constructor(
    /** bytes of keys and values at most */
    readonly most: number,
  ) {}

  get bytes(): number {
    return this.#bytes
  }

  /** The blocks of a text that are known, in order, from place `from` on (a whole number of blocks), ending before the last id. */
  find(of: object, ids: readonly number[], from: number): Float32Array[] {
    const path: Block[] = []
    let at: Block | undefined = this.#roots.get(of)
    for (let end = blockSize; at && end < ids.length; end += blockSize) {
      at = at.next.get(keyOf(ids, end))
      if (at) path.push(at)
    }
    this.#touch(path)
    return path.slice(from / blockSize).map(({ places }) => places)
  }

  /** Keeps the whole blocks among the first `length` ids of a text that are not known yet; `places` gives their keys and values. */
  keep(of: object, ids: readonly number[], length: number, places: (from: number, to: number) => Float32Array): void {
    if (this.most === 0) return
    let at = this.#roots.get(of)
    if (!at) {
      at = { next: new Map(), parent: undefined, key: '', places: new Float32Array(0) }
      this.#roots.set(of, at)
    }
    const path: Block[] = []
    for (let end = blockSize; end <= length; end += blockSize) {
      const key = keyOf(ids, end)
      let next: Block | undefined = at.next.get(key)
      if (!next) {
        next = { next: new Map(), parent: at, key, places: places(end - blockSize, end) }
        if (!this.#makeRoom(next.places.byteLength, path)) break
        at.next.set(key, next)
        this.#bytes += next.places.byteLength
        this.#used.add(next)
      }
      path.push(next)
      at = next
    }
    this.#touch(path)
  }

  /** Forgets all of it. */
  clear(): void {
    for (const block of this.#used) block.parent!.next.delete(block.key)
    this.#used.clear()
    this.#bytes = 0
  }

  /** The end of a text is older than its beginning, so that what goes first has nothing behind it. */
  #touch(path: readonly Block[]): void {
    for (const block of path.toReversed()) {
      this.#used.delete(block)
      this.#used.add(block)
    }
  }

  #makeRoom(bytes: number, keep: readonly Block[]): boolean {
    if (bytes > this.most) return false
    for (const block of this.#used) {
      if (this.#bytes + bytes <= this.most) break
      if (block.next.size > 0 || keep.includes(block)) continue
      block.parent!.next.delete(block.key)
      this.#used.delete(block)
      this.#bytes -= block.places.byteLength
    }
    return this.#bytes + bytes <= this.most
  }
}

const keyOf = (ids: readonly number[], end: number): string => ids.slice(end - blockSize, end).join()
