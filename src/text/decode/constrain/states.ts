/** Where a text stands in a network: all places at once, made into one state when first reached and kept. */
import { HebbError } from '../../../tensor/index.js'
import type { Network, Node } from './network.js'

/** Where to go on once a network has been passed. */
interface Return {
  readonly to: Node
  readonly below: Return | undefined
  readonly id: number
}

interface Spot {
  readonly node: Node
  readonly stack: Return | undefined
}

/** Where a text stands. */
export interface State {
  /** whether the text is whole */
  readonly whole: boolean
  readonly spots: readonly Spot[]
  /** states by the next byte; null where it is not allowed */
  readonly next: (State | null | undefined)[]
  /** which tokens may follow, once that was asked: a bit each, and how many */
  allowed?: { readonly bits: Uint32Array; readonly count: number }
}

/** states kept at most: beyond, they are made anew when reached again */
const mostStates = 20_000
/** places a text may stand at, at once */
const mostSpots = 5_000
const deepest = 256

/** The states of one network. */
export class States {
  readonly start: State
  readonly #nodes = new Map<Node, number>()
  #returns = new Map<string, Return>()
  #known = new Map<string, State>()
  #made = 0
  readonly #end: Node

  constructor(network: Network) {
    this.#end = network.end
    this.start = this.#closed([{ node: network.start, stack: undefined }])!
  }

  /** The state after one more byte; nothing where it is not allowed. */
  after(state: State, byte: number): State | null {
    let found = state.next[byte]
    if (found === undefined) {
      const spots: Spot[] = []
      for (const { node, stack } of state.spots)
        for (const { low, high, to } of node.bytes) if (byte >= low && byte <= high) spots.push({ node: to, stack })
      found = spots.length === 0 ? null : this.#closed(spots)
      state.next[byte] = found
    }
    return found
  }

  /** The state of some places and all that are reached from them without a byte. */
  #closed(first: readonly Spot[]): State {
    const seen = new Map<string, Spot>()
    const open: Spot[] = []
    const add = (node: Node, stack: Return | undefined): void => {
      const key = `${this.#number(node)} ${stack?.id ?? -1}`
      if (seen.has(key)) return
      if (seen.size >= mostSpots)
        throw new HebbError(
          'generate: what the text is bound to can be read in too many ways at once: write it with fewer alternatives that begin alike',
        )
      const spot = { node, stack }
      seen.set(key, spot)
      open.push(spot)
    }
    for (const { node, stack } of first) add(node, stack)
    let whole = false
    for (let spot = open.pop(); spot; spot = open.pop()) {
      const { node, stack } = spot
      for (const to of node.empty) add(to, stack)
      for (const { network, to } of node.calls) {
        const above = this.#above(stack, to, network)
        if (above) add(network.start, above)
      }
      if (node === this.#end && !stack) whole = true
      else if (stack && node === this.#endOf(stack)) add(stack.to, stack.below)
    }
    // only where bytes go on matters for what follows
    const spots = [...seen].filter(([, { node }]) => node.bytes.length > 0)
    const key = `${whole} ${spots
      .map(([name]) => name)
      .sort()
      .join()}`
    let state = this.#known.get(key)
    if (!state) {
      state = { whole, spots: spots.map(([, spot]) => spot), next: [] }
      if (this.#known.size >= mostStates) this.#known.clear()
      this.#known.set(key, state)
    }
    return state
  }

  readonly #ends = new WeakMap<Return, Node>()
  #endOf(stack: Return): Node {
    return this.#ends.get(stack)!
  }

  #number(node: Node): number {
    let found = this.#nodes.get(node)
    if (found === undefined) {
      found = this.#nodes.size
      this.#nodes.set(node, found)
    }
    return found
  }

  #above(below: Return | undefined, to: Node, network: Network): Return | undefined {
    let depth = 0
    for (let at = below; at; at = at.below) depth++
    if (depth >= deepest) return undefined
    const key = `${below?.id ?? -1} ${this.#number(to)} ${this.#number(network.end)}`
    let found = this.#returns.get(key)
    if (!found) {
      found = { to, below, id: this.#made++ }
      this.#ends.set(found, network.end)
      if (this.#returns.size >= mostStates * 4) {
        // stacks made anew get other numbers, so that no state known is theirs
        this.#returns = new Map()
        this.#known = new Map()
      }
      this.#returns.set(key, found)
    }
    return found
  }
}
