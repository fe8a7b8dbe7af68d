/** A program with memory of its own: inputs are copied in, parameters read where they live, results written where they belong. */
import { homeOf, storageOf } from '../graph/leaf.js'
import { type Home, isStill } from '../graph/storage.js'
import { allocate, type TypedArray } from '../tensor/dtype.js'
import { HebbError } from '../tensor/errors.js'
import type { Numbers } from '../tensor/form.js'
import { sizeOf } from '../tensor/shape.js'
import type { Node, Tensor } from '../tensor/tensor.js'
import type { Binding, Session } from './backend.js'
import { leafArrays } from './compute.js'
import { roomFor, settled } from './machine.js'
import { explained } from './outOfRange.js'
import { type Program, type Programmed, type ProgramOptions, programFor } from './program.js'
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

/** Makes one output again, of these numbers in the placeholders, of this seed and step. */
export type Repeatable = (values: readonly Numbers[], seed: number, step: number, output: number) => TypedArray

/** Does something while parameters live where they once did. */
function inHomes<R>(params: readonly Node[], homes: readonly Home[], does: () => R): R {
  const now = params.map((p) => storageOf(p)!.home)
  const move = (to: readonly (Home | undefined)[]): void => {
    for (const [i, p] of params.entries()) storageOf(p)!.home = to[i]
  }
  move(homes)
  try {
    return does()
  } finally {
    move(now)
  }
}

/**
 * A traced graph ready to run again and again. Its session is shared with graphs of the same structure, and loaded when it first runs.
 *
 * All its memory is in cells: the elements of `slots` and `results`, and the storages of parameters. Whoever puts other memory into a cell, of the same
 * size, gives the program that memory from its next run on.
 */
export class BoundProgram implements Keepable {
  /** where the numbers of each placeholder go in: memory of its own, or put there by someone who has several */
  readonly slots: TypedArray[]
  /** where the numbers of each output come out: memory put there by someone, or made before a run where there is none (an empty array) */
  readonly results: TypedArray[]
  /** memory that this program made */
  private readonly own = new WeakSet<TypedArray>()
  private made: Programmed
  private hold: Hold
  private homes: readonly Home[] = []
  private randoms: ReadonlyMap<Node, Float32Array> = new Map()
  private binding: Binding | undefined
  private boundTo: Session | undefined
  /** what was in the cells when the binding was made */
  private bound: readonly unknown[] = []
  private running = false

  constructor(
    private readonly placeholders: readonly Tensor[],
    outputs: readonly Tensor[],
    private readonly options: ProgramOptions = {},
  ) {
    this.slots = placeholders.map((t) => this.owned(allocate(t.dtype, t.size)))
    this.results = outputs.map((t) => allocate(t.dtype, 0))
    this.made = programFor(outputs, 'fixed', options)
    this.hold = this.held(this.made)
  }

  private held({ program, params, graph }: Programmed): Hold {
    const hold = new Hold(program)
    abandoned.register(this, hold, this)
    this.homes = params.map(homeOf)
    const drawn = graph.leaves.filter(({ op }) => op === 'random')
    this.randoms = new Map(drawn.map((node) => [node, new Float32Array(sizeOf(node.outputs[0]!.shape))]))
    return hold
  }
  private owned(array: TypedArray): TypedArray {
    this.own.add(array)
    return array
  }

  /** bytes of what is this program's own, roughly */
  get bytes(): number {
    const { program, graph } = this.made
    let bytes = bytesPerNode * graph.order.length + (program.isShared ? 0 : program.bytes)
    for (const array of [...this.slots, ...this.results, ...this.randoms.values()]) if (this.own.has(array)) bytes += array.byteLength
    return bytes
  }

  /** Copies one placeholder's numbers in: an array of its length, or the only number it holds. */
  set(index: number, values: Numbers): void {
    if (typeof values === 'object') this.slots[index]!.set(values as never)
    else this.slots[index]![0] = values
  }

  /**
   * The numbers of one output as the caller's own: a copy, or of a large one the memory itself. The next run asks for new memory then, not before:
   * by that time the caller may have dropped the old.
   */
  take(index: number): TypedArray {
    const array = this.results[index]!
    if (array.byteLength < largeBytes) return array.slice()
    this.results[index] = allocate(this.made.graph.outputs[index]!.dtype, 0)
    return array
  }

  /** Draws the random numbers of (seed, step) and runs; results are in `results` when the promise settles. */
  async run(seed = 0, step = 0): Promise<void> {
    if (this.running) throw new HebbError('this program is running already: await one call before the next')
    this.running = true
    try {
      while (settled()) await settled()
      this.follow()
      this.draw(seed, step)
      const { program, graph } = this.made
      while (!program.session) await program.load(graph)
      await program.run(this.ready())
    } catch (error) {
      throw await explained(error, this.made.graph.outputs, this.captured())
    } finally {
      this.running = false
    }
  }

  /**
   * What gives the same again at any time, on this thread, where nothing changes that the program reads beside its placeholders: a copy of the program, and
   * the homes of frozen parameters, who may have moved out by then. Undefined where something may change.
   */
  get repeatable(): Repeatable | undefined {
    const { program, graph, params, source } = this.made
    const homes = this.homes
    if (!program.isRepeatable || !homes.every(isStill) || graph.leaves.some(({ attrs }) => attrs.borrowed === true)) return undefined
    const { placeholders, options } = this
    return (values, seed, step, output) =>
      inHomes(params, homes, () => {
        const bound = new BoundProgram(placeholders, source, options)
        try {
          for (const [i, v] of values.entries()) bound.set(i, v)
          bound.draw(seed, step)
          bound.made.program.repeat(bound.made.graph, () => bound.ready())
          return bound.take(output)
        } finally {
          bound.release()
        }
      })
  }

  /** What flows into the program, by leaf: for looking into a run that went wrong. */
  captured(): ReadonlyMap<Node, readonly TypedArray[]> {
    return new Map(this.made.graph.leaves.map((node) => [node, this.arraysOf(node)]))
  }

  release(): void {
    abandoned.unregister(this)
    this.unbind()
    this.hold.release()
  }

  private unbind(): void {
    this.binding?.release()
    this.binding = undefined
  }

  private draw(seed: number, step: number): void {
    for (const [node, array] of this.randoms) fillRandom(node, array, seed, step)
  }

  /** The numbers of a leaf, by output. */
  private arraysOf(node: Node): readonly TypedArray[] {
    const at = this.placeholders.findIndex((t) => t.node === node)
    if (at >= 0) return [this.slots[at]!]
    const random = this.randoms.get(node)
    return random ? [random] : leafArrays(node)
  }

  /** Parameters may have gone to another home since the last run: into an arena, by loading, by freezing. Where numbers stay, or stayed, it is another program. */
  private follow(): void {
    const { params, source } = this.made
    let still = false
    let moved = false
    // loops without a list: it runs before every step
    for (let i = 0; i < params.length; i++) {
      const home = homeOf(params[i]!)
      const before = this.homes[i]!
      if (home === before) continue
      moved = true
      still ||= isStill(home) || isStill(before)
    }
    if (!moved) return
    this.unbind()
    if (!still) {
      this.homes = params.map(homeOf)
      return
    }
    this.release()
    this.made = programFor(source, 'fixed', this.options)
    this.hold = this.held(this.made)
  }

  private stays(): boolean {
    const { slots, results, bound } = this
    for (let i = 0; i < slots.length; i++) if (slots[i] !== bound[i]) return false
    for (let i = 0; i < results.length; i++) if (results[i] !== bound[slots.length + i]) return false
    return true
  }

  private ready(): Binding {
    const { program, graph } = this.made
    const { session } = program
    if (this.binding && session === this.boundTo && this.stays()) return this.binding
    this.unbind()
    const { outputs } = graph
    for (let i = 0; i < outputs.length; i++)
      if (this.results[i]!.length !== outputs[i]!.size) this.results[i] = this.owned(roomFor(outputs[i]!))
    const inputs = graph.leaves.flatMap((node) => this.arraysOf(node).map((array, i) => ({ array, ...node.outputs[i]! })))
    this.binding = program.bind(
      inputs,
      outputs.map(({ shape, dtype }, i) => ({ array: this.results[i]!, shape, dtype })),
    )
    this.bound = [...this.slots, ...this.results]
    this.boundTo = session
    return this.binding
  }
}
