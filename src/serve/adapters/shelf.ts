/** The matrices of many adapters of one layer, in the rows of two: whoever computes takes the rows of an adapter out. */

/** Rows of A (rank, in) and of Bᵀ (rank, out) of all adapters that are in one layer. Row 0 is none's and zero. */
export class Shelf {
  /** (rows, in) */
  a: Float32Array
  /** (rows, out), what the product is scaled by included */
  b: Float32Array
  #free: number[] = []
  #used = 1

  constructor(
    readonly inputs: number,
    readonly outputs: number,
    rows: number,
  ) {
    // memory that is not touched is none of the machine's
    this.a = new Float32Array(rows * inputs)
    this.b = new Float32Array(rows * outputs)
  }

  get rows(): number {
    return this.a.length / this.inputs
  }
  /** rows that are left */
  get room(): number {
    return this.rows - this.#used + this.#free.length
  }

  /** Makes room for so many rows in all. */
  grow(rows: number): void {
    const wider = (old: Float32Array, width: number): Float32Array => {
      const made = new Float32Array(rows * width)
      made.set(old.subarray(0, this.#used * width))
      return made
    }
    this.a = wider(this.a, this.inputs)
    this.b = wider(this.b, this.outputs)
  }

  /** Takes A (rank, in) and B (out, rank) in; the rows they are in. */
  put(a: Float32Array, b: Float32Array, scale: number): number[] {
    const rank = a.length / this.inputs
    const rows = Array.from({ length: rank }, () => this.#free.pop() ?? this.#used++)
    for (const [r, row] of rows.entries()) {
      this.a.set(a.subarray(r * this.inputs, (r + 1) * this.inputs), row * this.inputs)
      for (let o = 0; o < this.outputs; o++) this.b[row * this.outputs + o] = scale * b[o * rank + r]!
    }
    return rows
  }

  /** Gives rows back. */
  free(rows: readonly number[]): void {
    this.#free.push(...rows)
  }
}
