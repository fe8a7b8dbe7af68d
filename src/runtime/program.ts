/** Compiled graphs: one session per structure, shared by everyone who traces the same. */

import { isLeaf, storageOf } from '../graph/leaf.js'
import { opOf } from '../graph/op.js'
import { isStill } from '../graph/storage.js'
import { separate, signature } from '../graph/walk.js'
import { breathe, breathed, isBreathless } from '../host/pace.js'
import { HebbError } from '../tensor/errors.js'
import type { Shape } from '../tensor/shape.js'
import type { Node, Tensor } from '../tensor/tensor.js'
import type { Binding, Session, SessionOptions, Slot } from './backend.js'
import { findChannelBlock, getThreads, reading, theBackend } from './machine.js'
import {
  costOf,
  type Graph,
  giveable,
  giveBack,
  inputName,
  isBlocked,
  isQuick,
  type Labels,
  loadedBytes,
  modelNow,
  modelOf,
  smallBytes,
  sourcesOf,
} from './model.js'
import { atHome, stillNumbers } from './onnx/homes.js'
import type { LoweredModel } from './onnx/lower.js'
import { type Shared, sharedBy, trimPrograms } from './store.js'

/** How programs are compiled. */
export interface ProgramOptions {
  /** threads inside one node; default: chosen by the size of the graph */
  readonly threads?: number
  /** whether the time of every node is recorded */
  readonly profile?: boolean
  /** what the ONNX nodes of a graph node are called */
  readonly label?: (node: Node) => string | undefined
}

let compiles = 0
let mostCompiles = Number.POSITIVE_INFINITY

/** How many programs have been compiled so far. */
export const compileCount = (): number => compiles

/** From now on, compiling more than `most` further programs throws: finds loops that compile in every turn. */
export function assertMaxCompiles(most: number): void {
  mostCompiles = compiles + most
}

/** The session for graphs of one structure. It holds no graph: who uses it brings one, in case it has to be loaded (again). */
export class Program implements Shared {
  /** those who may run it at any time; with none it may be released */
  users = 0
  /** when it was used last, as the store counts */
  used = 0
  /** what the loaded model takes, roughly */
  bytes = 0
  /** whether a result that was handed over was asked for once more: from then on they are copied */
  private repeated = false
  /** undefined until it is loaded */
  session: Session | undefined
  private loading: Promise<void> | undefined
  private measured: number | undefined
  /** estimated microseconds of one run */
  private estimate = 0
  /** the shapes in which the session writes the results */
  private shapes: readonly Shape[] = []
  /** which of them may be written into the memory of an input */
  private inPlace: readonly boolean[] = []
  /** which of the leaves' values the session reads at every run; the others are constants of the model */
  private reads: readonly boolean[] = []

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

  private async open(graph: Graph): Promise<void> {
    const backend = theBackend()
    if (backend.sessionNow && isQuick(graph)) {
      if (isBlocked(graph.order)) await findChannelBlock()
      return this.loadNow(graph)
    }
    const { made, lower, settings } = this.plan(graph)
    const load = async (given: boolean): Promise<void> => {
      const model = await modelOf({ outputs: made, leaves: graph.leaves }, { ...lower, given })
      this.keep(await backend.session(model.bytes, withNumbers(settings, graph, model)), model, graph)
    }
    // what the backend makes out of a constant before it has its numbers, it cannot make: such constants are read as inputs
    return takesNumbers(graph) ? load(true).catch(() => load(false)) : load(false)
  }

  private loadNow(graph: Graph): void {
    const { made, lower, settings } = this.plan(graph)
    const load = (given: boolean): void => {
      const model = modelNow({ outputs: made, leaves: graph.leaves }, { ...lower, given })
      this.keep(theBackend().sessionNow!(model.bytes, withNumbers(settings, graph, model)), model, graph)
    }
    const given = takesNumbers(graph)
    try {
      load(given)
    } catch (error) {
      if (!given) throw error
      load(false)
    }
  }

  private plan({ outputs, order }: Graph): { made: readonly Tensor[]; lower: Labels; settings: SessionOptions } {
    if (++compiles > mostCompiles)
      throw new HebbError(
        `assertMaxCompiles: program ${compiles} is one too many: something in the loop changes its shapes or constants in every turn`,
      )
    const { label, profile } = this.options
    const { flops, bytes } = costOf(order)
    this.estimate = flops / 2e4 + bytes / 2e3 + order.length
    const made = sourcesOf(outputs)
    this.shapes = made.map((t) => t.shape)
    this.inPlace = made.map((t) => isInPlace(t, order))
    // the runtime fuses patterns in f64 too, into nodes it has no f64 kernels for (x·sigmoid(x) into QuickGelu)
    const double = order.some((node) => node.outputs.some((o) => o.dtype === 'f64'))
    const settings: SessionOptions = {
      threads: this.options.threads ?? (flops < 2e6 && bytes < smallBytes ? 1 : getThreads()),
      optimize: double ? 'basic' : 'all',
      planned: bytes < smallBytes,
      ...(profile && { profile }),
    }
    return { made, lower: { allocate: giveable, ...(label && { label }) }, settings }
  }

  private keep(session: Session, { bytes, written }: LoweredModel, { leaves }: Graph): void {
    this.session?.release()
    this.session = session
    const inputs = new Set(session.inputs)
    this.reads = leaves.flatMap((node, i) => node.outputs.map((_, k) => inputs.has(inputName(i, k))))
    this.bytes = loadedBytes(bytes.byteLength, written)
    giveBack(bytes)
    trimPrograms()
  }

  /** Ties the loaded program to memory: leaves in order (every output of a computed one), then outputs. */
  bind(inputs: readonly Slot[], outputs: readonly Slot[]): Binding {
    return this.session!.bind(
      inputs.filter((_, i) => this.reads[i]),
      outputs.map((slot, i) => ({ ...slot, shape: this.shapes[i]!, inPlace: this.inPlace[i]! })),
    )
  }

  /** Runs a binding: short programs on this thread where the backend can, long ones beside the event loop. */
  async run(binding: Binding): Promise<void> {
    const short = binding.runNow !== undefined && (this.measured ?? this.estimate) < 500
    const start = performance.now()
    if (short) binding.runNow!()
    else await reading(() => binding.run())
    const end = performance.now()
    const took = (end - start) * 1000
    this.measured = this.measured === undefined ? took : Math.min(this.measured * 1.1, took)
    if (!short) breathed(end)
    else if (isBreathless(end)) await breathe()
  }

  /** Whether a result can be given away and made again, on this thread, for whoever asks once more; none of this program was asked for twice so far. */
  get isRepeatable(): boolean {
    return !this.repeated && theBackend().sessionNow !== undefined
  }

  /** Binds a graph of this program's structure and runs it on this thread, where {@link isRepeatable} allows it. */
  repeat(graph: Graph, bind: () => Binding): void {
    this.repeated = true
    if (!this.session) this.loadNow(graph)
    bind().runNow!()
  }

  /** Frees the session; the next `load` makes another. */
  release(): void {
    this.session?.release()
    this.session = undefined
    this.bytes = 0
  }
}

/** Whether a result is a leaf changed in place, which nothing else reads. */
function isInPlace({ node, index }: Tensor, order: readonly Node[]): boolean {
  if (isLeaf(node)) return false
  const { inPlace, plain } = opOf(node.op).facts
  const place = inPlace?.[index]
  if (place === undefined || plain?.(node.inputs, node.attrs, true)) return false
  const from = node.inputs[place]!.node
  return isLeaf(from) && order.every((n) => n === node || n.inputs.every((t) => t.node !== from))
}

/** What numbers that are given with a session may take at most to be laid out once more for the processor (bytes). */
const mostPacked = 1 << 28

const takesNumbers = ({ leaves }: Graph): boolean => theBackend().takesNumbers === true && leaves.some(stillNumbers)

function withNumbers(settings: SessionOptions, { leaves }: Graph, { given }: LoweredModel): SessionOptions {
  if (given.length === 0) return settings
  const named = new Set(given)
  const numbers = leaves.flatMap((node, i) => {
    const name = inputName(i, 0)
    return named.has(name) ? [{ name, array: stillNumbers(node)!, ...node.outputs[0]! }] : []
  })
  return { ...settings, numbers, packed: numbers.reduce((sum, { array }) => sum + array.byteLength, 0) <= mostPacked }
}

/** A graph to run, and the program for it. */
export interface Programmed {
  readonly program: Program
  readonly graph: Graph
  /** the results as they were given, in nodes of their own, whatever form the parameters have by now */
  readonly source: readonly Tensor[]
  /** the parameters among their leaves */
  readonly params: readonly Node[]
}

/**
 * A graph of these outputs and the program for its structure. Numbers written in the code are inputs, so that other numbers need no other program, or
 * fixed. With options the program is nobody else's.
 */
export function programFor(outputs: readonly Tensor[], literals: 'inputs' | 'fixed', options: ProgramOptions = {}): Programmed {
  const first = signature(outputs, literals)
  const own = separate(outputs, first.order)
  const params = first.leaves.filter(({ op }) => op === 'param')
  const at = atHome(own.outputs, params)
  const { text, order, leaves } = at === own.outputs ? { ...first, order: own.order } : signature(at, literals)
  const found = { graph: { outputs: at, order, leaves }, source: own.outputs, params }
  if (Object.keys(options).length > 0) return { program: new Program(options), ...found }
  const structure = `${getThreads()} ${text}`
  const program = sharedBy(structure, () => new Program())
  // a program whose constants are nobody's numbers any more serves nobody
  const home = params.map((node) => storageOf(node)!.home!).find(isStill)
  if (home) outlived.register(home, new WeakRef(program))
  return { program, ...found }
}

const outlived = new FinalizationRegistry<WeakRef<Program>>((program) => program.deref()?.release())
