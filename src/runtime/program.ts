/** Compiled graphs: one session per structure, shared by everyone who traces the same. */
import { isLeaf } from '../graph/leaf.js'
import { opOf } from '../graph/op.js'
import { isComputed, signature } from '../graph/walk.js'
import { HebbError } from '../tensor/errors.js'
import { type Node, Tensor, totalBytes } from '../tensor/tensor.js'
import type { Backend, Binding, Session, Slot } from './backend.js'
import { type LowerOptions, lower } from './onnx/lower.js'

/** How programs are compiled. */
export interface ProgramOptions {
  /** threads inside one node; default: chosen by the size of the graph */
  readonly threads?: number
  /** prefix for a profile file */
  readonly profile?: string
  /** whether parameters and computed tensors become constants of the program, with the numbers they have now. Default false: they are read at every run */
  readonly frozen?: boolean
  /** what the ONNX nodes of a graph node are called */
  readonly label?: (node: Node) => string | undefined
}

/** A graph's nodes, inputs before users, and its leaves. */
interface Traced {
  readonly order: readonly Node[]
  readonly leaves: readonly Node[]
}

let backend: Backend | undefined
let cores = 1
let channelBlock = (): number => 0

/** Names what runs the graphs, how many cores there are, and how to find the channel block of its convolution kernels (0: none): asked once, if ever. */
export function useBackend(b: Backend, machine: { cores: number; channelBlock: () => number }): void {
  backend = b
  cores = machine.cores
  let found: number | undefined
  channelBlock = () => {
    found ??= machine.channelBlock()
    return found
  }
}

/** Sets the number of threads of programs compiled from now on. */
export function setThreads(threads: number): void {
  if (!Number.isInteger(threads) || threads < 1) throw new HebbError(`setThreads: ${threads} is no number of threads: give 1 or more`)
  cores = threads
}
/** Threads a large program uses. */
export const getThreads = (): number => cores

let compiles = 0
let mostCompiles = Number.POSITIVE_INFINITY

/** How many programs have been compiled so far. */
export const compileCount = (): number => compiles

/** From now on, compiling more than `most` further programs throws: finds loops that compile in every turn. */
export function assertMaxCompiles(most: number): void {
  mostCompiles = compiles + most
}

/** Rough size of a graph's work, to choose threads and whether to block the event loop for it. */
export function costOf(order: readonly Node[]): { flops: number; bytes: number } {
  let flops = 0
  let bytes = 0
  for (const node of order) {
    if (node.inputs.length === 0 || node.values) continue
    flops += opOf(node.op).flops?.(node) ?? 0
    bytes += totalBytes(node.outputs)
  }
  return { flops, bytes }
}

/** The ONNX bytes of a program: its leaves are the inputs `i0.0`, …, its results `o0`, … */
export const modelOf = (
  outputs: readonly Tensor[],
  leaves: readonly Node[],
  options: Pick<LowerOptions, 'label' | 'allocate'> = {},
): Uint8Array =>
  lower(
    leaves.flatMap((node, i) => node.outputs.map((_, k) => ({ tensor: new Tensor(node, k), name: `i${i}.${k}` }))),
    outputs.map((tensor, i) => ({ tensor, name: `o${i}` })),
    { native: true, channelBlock, ...options },
  )

/**
 * The leaves that stay inputs of a frozen program: those whose numbers are not known before it runs, and large tables of which it only takes rows, as
 * constants they would be held several times and take no less time. Throws HebbError where the others are more than a model's bytes can hold.
 */
function fluid({ order, leaves }: Traced): Node[] {
  const computed = new Set(order.flatMap(({ op, inputs }) => inputs.filter((_, i) => op !== 'take' || i > 0).map((t) => t.node)))
  const open = leaves.filter(
    (node) => node.op === 'placeholder' || node.op === 'random' || (totalBytes(node.outputs) > smallBytes && !computed.has(node)),
  )
  const bytes = leaves.reduce((sum, node) => sum + (open.includes(node) ? 0 : totalBytes(node.outputs)), 0)
  if (bytes > mostFrozen)
    throw new HebbError(
      `frozen: the numbers to be kept take ${(bytes / 1e9).toFixed(1)} GB, and a program holds at most ${mostFrozen / 1e9} GB: compile without frozen`,
    )
  return open
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

/** A graph lowered and loaded, ready to be bound to memory. */
export class Program {
  /** leaf nodes in the order of the session's inputs */
  readonly leaves: readonly Node[]
  readonly session: Session
  /** estimated microseconds of one run */
  readonly estimate: number
  private measured: number | undefined
  /** the results with the shapes in which the session writes them */
  private readonly made: readonly Tensor[]

  constructor(
    readonly outputs: readonly Tensor[],
    traced: Traced,
    options: ProgramOptions = {},
  ) {
    if (!backend) throw new HebbError("no runtime is loaded: import from 'hebb', or its 'hebb/runtime'")
    if (++compiles > mostCompiles)
      throw new HebbError(
        `assertMaxCompiles: program ${compiles} is one too many: something in the loop changes its shapes or constants in every turn`,
      )
    this.leaves = options.frozen ? fluid(traced) : traced.leaves
    const { flops, bytes } = costOf(traced.order)
    this.estimate = flops / 2e4 + bytes / 2e3 + traced.order.length
    this.made = sourcesOf(outputs)
    const model = modelOf(this.made, this.leaves, { allocate: giveable, ...(options.label && { label: options.label }) })
    const threads = options.threads ?? (flops < 2e6 && bytes < smallBytes ? 1 : cores)
    // the runtime fuses patterns in f64 too, into nodes it has no f64 kernels for (x·sigmoid(x) into QuickGelu)
    const double = traced.order.some((node) => node.outputs.some((o) => o.dtype === 'f64'))
    this.session = backend.session(model, {
      threads,
      optimize: double ? 'basic' : 'all',
      planned: bytes < smallBytes,
      ...(options.profile !== undefined && { profile: options.profile }),
    })
    giveBack(model)
  }

  /** Ties the program to memory: leaves in order (every output of a computed one), then outputs. */
  bind(inputs: readonly Slot[], outputs: readonly Slot[]): Binding {
    return this.session.bind(
      inputs,
      outputs.map((slot, i) => ({ ...slot, shape: this.made[i]!.shape })),
    )
  }

  /** Runs a binding: short programs on this thread, long ones beside the event loop. */
  async run(binding: Binding): Promise<void> {
    const short = (this.measured ?? this.estimate) < 500
    const start = performance.now()
    if (short) binding.run()
    else await binding.runAsync()
    const took = (performance.now() - start) * 1000
    if (short) {
      unbroken += took
      if (unbroken > breath) await breathe()
    }
    this.measured = this.measured === undefined ? took : Math.min(this.measured * 1.1, took)
  }
}

/** microseconds that short programs ran since timers, signals and messages last had their turn */
let unbroken = 0
/** microseconds after which they get it: a millisecond in a hundred */
const breath = 100_000

/** Awaiting what is done already never lets the event loop on: now and then a loop of short programs must, or nothing could stop it. */
async function breathe(): Promise<void> {
  unbroken = 0
  await new Promise((go) => setTimeout(go))
}

const kept = 512
const cache = new Map<string, Program>()

/** The program for these outputs, from the cache where one of the same structure is there. */
export function programFor(outputs: readonly Tensor[]): { program: Program; leaves: readonly Node[] } {
  const { text, order, leaves } = signature(outputs, 'inputs')
  let program = cache.get(text)
  if (program) cache.delete(text)
  else program = new Program(outputs, { order, leaves })
  cache.set(text, program)
  if (cache.size > kept) {
    const [oldest, stale] = cache.entries().next().value!
    cache.delete(oldest)
    stale.session.release()
  }
  return { program, leaves }
}

/** Forgets every cached program and frees its memory. */
export function clearPrograms(): void {
  for (const program of cache.values()) program.session.release()
  cache.clear()
}
