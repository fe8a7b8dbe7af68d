/** A program with memory of its own: inputs are copied in, parameters read where they live, results written where they belong. */
import { storageOf } from '../graph/leaf.js'
import { allocate, type TypedArray } from '../tensor/dtype.js'
import { HebbError } from '../tensor/errors.js'
import type { Numbers } from '../tensor/form.js'
import { sizeOf } from '../tensor/shape.js'
import type { Node, Tensor } from '../tensor/tensor.js'
import type { Binding, Session, Slot } from './backend.js'
import { leafArrays } from './compute.js'
import { roomFor } from './machine.js'
import type { Graph } from './model.js'
import { explained } from './outOfRange.js'
import { type Program, type ProgramOptions, programFor } from './program.js'
import { fillRandom } from './random.js'
import type { Keepable } from './store.js'

/** From here on new memory and a new binding cost less than a copy. */
export const largeBytes = 1 << 24

/** What a graph takes for each node. */
const bytesPerNode = 1000

/** One hold on a program, given back once. */
class Hold {
  private held = true
  constructor(private readonly program: Program) {
    program.users++
  }
  release(): void {
    if (!this.held) return
    this.held = false
    this.program.leave()
  }
}
const abandoned = new FinalizationRegistry<Hold>((hold) => hold.release())

/** A traced graph ready to run again and again. Its session is shared with graphs of the same structure, and loaded when it first runs. */
export class BoundProgram implements Keepable {
  /** where the numbers of each placeholder go in */
  readonly slots: TypedArray[]
  /** where the numbers of each output come out */
  readonly results: TypedArray[]
  /** bytes of inputs and results that are this program's own */
  private readonly own: number
  private readonly program: Program
  private readonly graph: Graph
  private readonly hold: Hold
  private readonly inputs: Slot[]
  private readonly randoms: readonly { node: Node; array: Float32Array }[]
  private readonly params: readonly Node[]
  /** where each placeholder stands among the inputs; −1 for one that nothing reads */
  private readonly places: readonly number[]
  private binding: Binding | undefined
  /** what the binding is made of */
  private bound: readonly (TypedArray | undefined)[] = []
  private boundTo: Session | undefined
  private running = false

  /** `into` names memory for outputs that have a place already, `options.lent` for placeholders, as `lend` does. */
  constructor(
    placeholders: readonly Tensor[],
    outputs: readonly Tensor[],
    into: readonly (TypedArray | undefined)[] = [],
    { lent = [], ...options }: ProgramOptions & { readonly lent?: readonly (TypedArray | undefined)[] } = {},
  ) {
    const { program, graph } = programFor(outputs, 'fixed', options)
    this.program = program
    this.graph = graph
    this.hold = new Hold(program)
    abandoned.register(this, this.hold, this)
    this.slots = placeholders.map((t, i) => lent[i] ?? allocate(t.dtype, t.size))
    this.results = outputs.map((t, i) => into[i] ?? roomFor(t))
    const randoms: { node: Node; array: Float32Array }[] = []
    this.inputs = graph.leaves.flatMap((node): Slot[] => {
      const holder = placeholders.findIndex((h) => h.node === node)
      if (node.op === 'random') randoms.push({ node, array: new Float32Array(sizeOf(node.outputs[0]!.shape)) })
      const arrays = holder >= 0 ? [this.slots[holder]!] : node.op === 'random' ? [randoms.at(-1)!.array] : leafArrays(node)
      return arrays.map((array, i) => ({ array, ...node.outputs[i]! }))
    })
    this.randoms = randoms
    const order = graph.leaves.flatMap((node) => node.outputs.map(() => node))
    this.places = placeholders.map((h) => order.indexOf(h.node))
    this.params = graph.leaves.filter((n) => n.op === 'param')
    const own = [...this.slots.filter((_, i) => !lent[i]), ...this.results.filter((_, i) => !into[i]), ...randoms.map(({ array }) => array)]
    this.own = own.reduce((sum, { byteLength }) => sum + byteLength, 0) + bytesPerNode * graph.order.length
  }

  /** bytes of what is this program's own, roughly */
  get bytes(): number {
    return this.own + (this.program.isShared ? 0 : this.program.bytes)
  }

  /** Copies one placeholder's numbers in: an array of its length, or the only number it holds. */
  set(index: number, values: Numbers): void {
    if (typeof values === 'object') this.slots[index]!.set(values as never)
    else this.slots[index]![0] = values
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
    this.results[index] = allocate(this.graph.outputs[index]!.dtype, 0)
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
      while (!this.program.session) await this.program.load(this.graph)
      await this.program.run(this.ready())
    } catch (error) {
      throw await explained(error, this.graph.outputs, this.captured())
    } finally {
      this.running = false
    }
  }

  /** Whether {@link runNow} is there. */
  get isRepeatable(): boolean {
    return this.program.isRepeatable
  }

  /** `run` on this thread, however long it takes. */
  runNow(seed: number, step: number): void {
    for (const { node, array } of this.randoms) fillRandom(node, array, seed, step)
    this.program.repeat(this.graph, () => this.ready())
  }

  /** What flows into the program, by leaf: for looking into a run that went wrong. */
  captured(): ReadonlyMap<Node, readonly TypedArray[]> {
    let at = 0
    return new Map(this.graph.leaves.map((node) => [node, node.outputs.map(() => this.arrayOf(node, at++))]))
  }

  release(): void {
    abandoned.unregister(this)
    this.binding?.release()
    this.binding = undefined
    this.hold.release()
  }

  private arrayOf(node: Node, input: number): TypedArray {
    return storageOf(node)?.array ?? (this.inputs[input]!.array as TypedArray)
  }

  // a loop without a list: it runs before every step
  private stay(): boolean {
    for (let i = 0; i < this.params.length; i++) if (storageOf(this.params[i]!)!.array !== this.bound[i]) return false
    return true
  }

  // parameters may have moved since the last run: into another arena, or by loading; and the session may be another one
  private ready(): Binding {
    const { session } = this.program
    if (this.binding && session === this.boundTo && this.stay()) return this.binding
    this.binding?.release()
    this.bound = this.params.map((node) => storageOf(node)!.array)
    this.boundTo = session
    let at = 0
    const inputs = this.graph.leaves.flatMap((node) => node.outputs.map((spec) => ({ array: this.arrayOf(node, at++), ...spec })))
    this.binding = this.program.bind(
      inputs,
      this.graph.outputs.map((t, i) => {
        if (this.results[i]!.length !== t.size) this.results[i] = roomFor(t)
        return { array: this.results[i]!, shape: t.shape, dtype: t.dtype }
      }),
    )
    return this.binding
  }
}
