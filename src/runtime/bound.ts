/** A program with memory of its own: inputs are copied in, parameters read where they live, results written where they belong. */
import { storageOf } from '../graph/leaf.js'
import { signature } from '../graph/walk.js'
import { allocate, type TypedArray } from '../tensor/dtype.js'
import { HebbError } from '../tensor/errors.js'
import { sizeOf } from '../tensor/shape.js'
import type { Node, Tensor } from '../tensor/tensor.js'
import type { Binding, Slot } from './backend.js'
import { leafArrays } from './compute.js'
import { Program, type ProgramOptions } from './program.js'
import { fillRandom } from './random.js'

/** From here on new memory and a new binding cost less than a copy. */
const largeBytes = 1 << 24

/** A traced graph ready to run again and again. */
export class BoundProgram {
  readonly program: Program
  /** where the numbers of each placeholder go in */
  readonly slots: TypedArray[]
  /** where the numbers of each output come out */
  readonly results: TypedArray[]
  private readonly inputs: Slot[]
  private readonly outputs: readonly Tensor[]
  private readonly randoms: readonly { node: Node; array: Float32Array }[]
  private readonly params: readonly Node[]
  /** where each placeholder stands among the inputs; −1 for one that nothing reads */
  private readonly places: readonly number[]
  private binding: Binding | undefined
  private bound: readonly (TypedArray | undefined)[] = []
  private running = false

  /** `into` names memory for outputs that have a place already. */
  constructor(
    placeholders: readonly Tensor[],
    outputs: readonly Tensor[],
    into: readonly (TypedArray | undefined)[] = [],
    private readonly options: ProgramOptions = {},
  ) {
    this.program = new Program(outputs, signature(outputs, 'fixed'), options)
    this.slots = placeholders.map((t) => allocate(t.dtype, t.size))
    this.results = outputs.map((t, i) => into[i] ?? allocate(t.dtype, t.size))
    this.outputs = outputs
    const randoms: { node: Node; array: Float32Array }[] = []
    this.inputs = this.program.leaves.flatMap((node): Slot[] => {
      const holder = placeholders.findIndex((h) => h.node === node)
      if (node.op === 'random') randoms.push({ node, array: new Float32Array(sizeOf(node.outputs[0]!.shape)) })
      const known = (): readonly TypedArray[] => (options.frozen ? leafArrays(node).map((array) => array.slice()) : leafArrays(node))
      const arrays = holder >= 0 ? [this.slots[holder]!] : node.op === 'random' ? [randoms.at(-1)!.array] : known()
      return arrays.map((array, i) => ({ array, ...node.outputs[i]! }))
    })
    this.randoms = randoms
    const order = this.program.leaves.flatMap((node) => node.outputs.map(() => node))
    this.places = placeholders.map((h) => order.indexOf(h.node))
    this.params = options.frozen ? [] : this.program.leaves.filter((n) => n.op === 'param')
  }

  /** Copies one placeholder's numbers in. */
  set(index: number, values: TypedArray): void {
    this.slots[index]!.set(values as never)
  }

  /**
   * Reads one placeholder's numbers from memory of the caller's from now on, instead of copying them in: memory that lives longer than a run,
   * of which a caller may have several. Throws HebbError during a run, or when the sizes differ.
   */
  lend(index: number, array: TypedArray): void {
    const own = this.slots[index]!
    if (own === array) return
    if (this.running) throw new HebbError('this program is running: lend it other memory when it is done')
    if (array.constructor !== own.constructor || array.length !== own.length)
      throw new HebbError(
        `placeholder ${index} holds ${own.length} numbers of ${own.constructor.name}, not ${array.length} of ${array.constructor.name}`,
      )
    this.slots[index] = array
    const at = this.places[index]!
    if (at < 0) return
    this.inputs[at] = { ...this.inputs[at]!, array }
    this.binding?.release()
    this.binding = undefined
  }

  /**
   * The numbers of one output as the caller's own: a copy, or of a large one the memory itself. The next run asks for new memory then, not before:
   * by that time the caller may have dropped the old.
   */
  take(index: number): TypedArray {
    const array = this.results[index]!
    if (array.byteLength < largeBytes) return array.slice()
    this.results[index] = allocate(this.outputs[index]!.dtype, 0)
    this.binding?.release()
    this.binding = undefined
    return array
  }

  /** Draws the random numbers of (seed, step) and runs; results are in `results` when the promise settles. */
  async run(seed = 0, step = 0): Promise<void> {
    if (this.running) throw new HebbError('this program is running already: await one call before the next')
    this.running = true
    try {
      for (const { node, array } of this.randoms) fillRandom(node, array, seed, step)
      await this.program.run(this.ready())
    } finally {
      this.running = false
    }
  }

  /** What flows into the program, by leaf: for looking into a run that went wrong. */
  captured(): ReadonlyMap<Node, readonly TypedArray[]> {
    let at = 0
    return new Map(this.program.leaves.map((node) => [node, node.outputs.map(() => this.arrayOf(node, at++))]))
  }

  release(): void {
    this.binding?.release()
    this.program.session.release()
  }

  private arrayOf(node: Node, input: number): TypedArray {
    const live = this.options.frozen ? undefined : storageOf(node)?.array
    return live ?? (this.inputs[input]!.array as TypedArray)
  }

  // parameters may have moved since the last run: into another arena, or by loading
  private ready(): Binding {
    const arrays = this.params.map((node) => storageOf(node)!.array)
    if (this.binding && arrays.every((a, i) => a === this.bound[i])) return this.binding
    this.binding?.release()
    this.bound = arrays
    let at = 0
    const inputs = this.program.leaves.flatMap((node) => node.outputs.map((spec) => ({ array: this.arrayOf(node, at++), ...spec })))
    this.binding = this.program.bind(
      inputs,
      this.outputs.map(({ shape, dtype, size }, i) => {
        if (this.results[i]!.length !== size) this.results[i] = allocate(dtype, size)
        return { array: this.results[i]!, shape, dtype }
      }),
    )
    return this.binding
  }
}
