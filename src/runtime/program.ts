/** Compiled graphs: one session per structure, shared by everyone who traces the same. */
import { isLeaf } from '../graph/leaf.js'
import { opOf } from '../graph/op.js'
import { isComputed, separate, signature } from '../graph/walk.js'
import { HebbError } from '../tensor/errors.js'
import type { Shape } from '../tensor/shape.js'
import { type Node, type Tensor, tensorOf, totalBytes } from '../tensor/tensor.js'
import type { Binding, Session, SessionOptions, Slot } from './backend.js'
import { breathe, breathed, breathless, channelBlock, getThreads, theBackend } from './machine.js'
import { type LowerOptions, lower, lowering } from './onnx/lower.js'
import { type Shared, sharedBy, trimPrograms } from './store.js'

/** How programs are compiled. */
export interface ProgramOptions {
  /** threads inside one node; default: chosen by the size of the graph */
  readonly threads?: number
  /** prefix for a profile file */
  readonly profile?: string
  /** whether computed tensors become constants of the program. Default false: they are read at every run */
  readonly frozen?: boolean
  /** what the ONNX nodes of a graph node are called */
  readonly label?: (node: Node) => string | undefined
}

/** A graph to compile, that nobody changes: its results, its nodes with inputs before users, and the leaves that the program reads at every run. */
export interface Graph {
  readonly outputs: readonly Tensor[]
  readonly order: readonly Node[]
  readonly leaves: readonly Node[]
}

let compiles = 0
let mostCompiles = Number.POSITIVE_INFINITY

/** How many programs have been compiled so far. */
export const compileCount = (): number => compiles

/** From now on, compiling more than `most` further programs throws: finds loops that compile in every turn. */
export function assertMaxCompiles(most: number): void {
  mostCompiles = compiles + most
}

/** What lowering writes as a flag or leaves out, as a rule. */
const views = new Set(['transpose', 'expand'])

/** Rough size of a graph's work, to choose threads and whether to block the event loop for it. */
export function costOf(order: readonly Node[]): { flops: number; bytes: number } {
  let flops = 0
  let bytes = 0
  for (const node of order) {
    if (node.inputs.length === 0 || node.values) continue
    flops += opOf(node.op).flops?.(node) ?? 0
    if (!views.has(node.op)) bytes += totalBytes(node.outputs)
  }
  return { flops, bytes }
}

type Labels = Pick<LowerOptions, 'label' | 'allocate'>
type Lowering = Parameters<typeof lowering>

// its leaves are the inputs `i0.0`, …, its results `o0`, …
const whatToLower = (outputs: readonly Tensor[], leaves: readonly Node[], options: Labels): Lowering => [
  leaves.flatMap((node, i) => node.outputs.map((_, k) => ({ tensor: tensorOf(node, k), name: `i${i}.${k}` }))),
  outputs.map((tensor, i) => ({ tensor, name: `o${i}` })),
  { native: true, channelBlock, ...options },
]

/** The ONNX bytes of a program. */
export const modelOf = (outputs: readonly Tensor[], leaves: readonly Node[], options: Labels = {}): Uint8Array =>
  lower(...whatToLower(outputs, leaves, options))

/** `modelOf` with turns of the event loop in between. */
async function modelInPieces(outputs: readonly Tensor[], leaves: readonly Node[], options: Labels): Promise<Uint8Array> {
  const steps = lowering(...whatToLower(outputs, leaves, options))
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
    if (breathless(performance.now())) await breathe()
  }
}

/**
 * The leaves that stay inputs of a frozen program: those whose numbers are not known before it runs, and large tables of which it only takes rows, as
 * constants they would be held several times and take no less time.
 */
function fluid({ order, leaves }: Pick<Graph, 'order' | 'leaves'>): Node[] {
  const computed = new Set(order.flatMap(({ op, inputs }) => inputs.filter((_, i) => op !== 'take' || i > 0).map((t) => t.node)))
  return leaves.filter(
    (node) => node.op === 'placeholder' || node.op === 'random' || (totalBytes(node.outputs) > smallBytes && !computed.has(node)),
  )
}

/** Throws HebbError where more numbers would become constants than a model's bytes can hold. */
export function requireFreezable(outputs: readonly Tensor[]): void {
  const traced = signature(outputs, 'fixed')
  const open = new Set(fluid(traced))
  const bytes = traced.leaves.reduce((sum, node) => sum + (open.has(node) ? 0 : totalBytes(node.outputs)), 0)
  if (bytes > mostFrozen)
    throw new HebbError(
      `frozen: the numbers to be kept take ${(bytes / 1e9).toFixed(1)} GB, and a program holds at most ${mostFrozen / 1e9} GB: compile without frozen`,
    )
}

/** A protocol buffer ends at 2 GiB. */
const mostFrozen = 2e9

/**
 * Where the numbers of results are made: a last reshape changes none of them, and as a node would copy them all. It stays where its source is
 * a leaf, or a result too.
 */
function sourcesOf(results: readonly Tensor[]): Tensor[] {
  const taken = new Set(results.map((t) => t.node))
  const isMade = (node: Node): boolean => !isLeaf(node) && !isComputed(node)
  return results.map((result) => {
    let t = result
    while (t.node.op === 'reshape' && isMade(t.node) && isMade(t.node.inputs[0]!.node)) t = t.node.inputs[0]!
    if (taken.has(t.node)) return result
    taken.add(t.node)
    return t
  })
}

/** Memory for a model. With frozen numbers it is large, and of no use once it is loaded: it need not wait for the garbage collector. */
const giveable = (bytes: number): ArrayBuffer =>
  bytes < smallBytes ? new ArrayBuffer(bytes) : new ArrayBuffer(bytes, { maxByteLength: bytes })
function giveBack({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.resizable) buffer.resize(0)
}

/** Below this much of results a program counts as small. */
const smallBytes = 1e6

/** From so many nodes on loading a model would hold the event loop for some milliseconds: it is loaded beside it. */
const manyNodes = 100

/**
 * What a loaded model takes, roughly: something for itself, its constants twice, as they are also laid out anew for the processor, and 100 bytes for each
 * byte of its nodes. Measured: of an MLP 131 kB with 0.7 kB of nodes, of an LSTM 600 with 4.6, of a GPT of 4 layers 840 with 8.9.
 */
const loadedBytes = (model: number, constants: number): number => 1e5 + 2 * constants + 100 * (model - constants)

/** The session for graphs of one structure. It holds no graph: who uses it brings one, in case it has to be loaded (again). */
export class Program implements Shared {
  /** those who may run it at any time; with none it may be released */
  users = 0
  /** when it was used last, as the store counts */
  used = 0
  /** what the loaded model takes, roughly */
  bytes = 0
  /** whether a result that was handed over was asked for once more: from then on they are copied */
  repeated = false
  /** undefined until it is loaded */
  session: Session | undefined
  private loading: Promise<void> | undefined
  private measured: number | undefined
  /** estimated microseconds of one run */
  private estimate = 0
  /** the shapes in which the session writes the results */
  private shapes: readonly Shape[] = []

  constructor(private readonly options: ProgramOptions = {}) {}

  /** whether graphs of one structure share it: one with options of its own serves who made it */
  get isShared(): boolean {
    return Object.keys(this.options).length === 0
  }

  /** Gives one hold on it back; one that nobody can find any more goes with the last. */
  leave(): void {
    if (--this.users === 0 && !this.isShared) this.release()
  }

  /**
   * Loads the model; `graph` is any graph of this program's structure. Look for `session` again afterwards: someone may have cleared all programs meanwhile.
   * Throws HebbError when one too many is compiled.
   */
  load(graph: Graph): Promise<void> {
    this.loading ??= this.open(graph).finally(() => {
      this.loading = undefined
    })
    return this.loading
  }

  /** Loads the model on this thread. */
  loadNow(graph: Graph): void {
    const { made, lower, settings } = this.plan(graph)
    const model = modelOf(made, graph.leaves, lower)
    this.keep(theBackend().session(model, settings), model, graph)
  }

  private async open(graph: Graph): Promise<void> {
    if (graph.order.length < manyNodes) return this.loadNow(graph)
    const { made, lower, settings } = this.plan(graph)
    const model = await modelInPieces(made, graph.leaves, lower)
    this.keep(await theBackend().load(model, settings), model, graph)
  }

  private plan({ outputs, order }: Graph): { made: readonly Tensor[]; lower: Labels; settings: SessionOptions } {
    theBackend()
    if (++compiles > mostCompiles)
      throw new HebbError(
        `assertMaxCompiles: program ${compiles} is one too many: something in the loop changes its shapes or constants in every turn`,
      )
    const { label, profile } = this.options
    const { flops, bytes } = costOf(order)
    this.estimate = flops / 2e4 + bytes / 2e3 + order.length
    const made = sourcesOf(outputs)
    this.shapes = made.map((t) => t.shape)
    // the runtime fuses patterns in f64 too, into nodes it has no f64 kernels for (x·sigmoid(x) into QuickGelu)
    const double = order.some((node) => node.outputs.some((o) => o.dtype === 'f64'))
    const settings: SessionOptions = {
      threads: this.options.threads ?? (flops < 2e6 && bytes < smallBytes ? 1 : getThreads()),
      optimize: double ? 'basic' : 'all',
      planned: bytes < smallBytes,
      ...(profile !== undefined && { profile }),
    }
    return { made, lower: { allocate: giveable, ...(label && { label }) }, settings }
  }

  private keep(session: Session, model: Uint8Array, { order, leaves }: Graph): void {
    this.session?.release()
    this.session = session
    const read = new Set(leaves)
    const constants = order.filter((node) => isComputed(node) && !read.has(node))
    this.bytes = loadedBytes(
      model.byteLength,
      constants.reduce((sum, { outputs }) => sum + totalBytes(outputs), 0),
    )
    giveBack(model)
    trimPrograms()
  }

  /** Ties the loaded program to memory: leaves in order (every output of a computed one), then outputs. */
  bind(inputs: readonly Slot[], outputs: readonly Slot[]): Binding {
    return this.session!.bind(
      inputs,
      outputs.map((slot, i) => ({ ...slot, shape: this.shapes[i]! })),
    )
  }

  /** Runs a binding: short programs on this thread, long ones beside the event loop. */
  async run(binding: Binding): Promise<void> {
    const short = (this.measured ?? this.estimate) < 500
    const start = performance.now()
    if (short) binding.run()
    else await binding.runAsync()
    const end = performance.now()
    const took = (end - start) * 1000
    this.measured = this.measured === undefined ? took : Math.min(this.measured * 1.1, took)
    if (!short) breathed(end)
    else if (breathless(end)) await breathe()
  }

  /** Frees the session; the next `load` makes another. */
  release(): void {
    this.session?.release()
    this.session = undefined
    this.bytes = 0
  }
}

/**
 * A graph of these outputs and the program for its structure. Numbers written in the code are inputs, so that other numbers need no other program, or
 * fixed. With options the program is nobody else's.
 */
export function programFor(
  outputs: readonly Tensor[],
  literals: 'inputs' | 'fixed',
  options: ProgramOptions = {},
): { program: Program; graph: Graph } {
  const { text, order, leaves } = signature(outputs, literals)
  const graph = { ...separate(outputs, order), leaves }
  if (options.frozen) return { program: new Program(options), graph: { ...graph, leaves: fluid(graph) } }
  if (Object.keys(options).length > 0) return { program: new Program(options), graph }
  return { program: sharedBy(`${getThreads()} ${text}`, () => new Program()), graph }
}
