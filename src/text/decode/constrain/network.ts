/** Networks that say which texts are allowed: nodes, and edges by bytes of UTF-8, by nothing, or through another network and back. */
import { HebbError } from '../../../tensor/index.js'

/** A node. A network ends at its last node, which has no edges. */
export interface Node {
  /** bytes low … high lead to a node */
  readonly bytes: { readonly low: number; readonly high: number; readonly to: Node }[]
  readonly empty: Node[]
  /** another network is passed through, then it goes on */
  readonly calls: { readonly network: Network; readonly to: Node }[]
}

/** Texts that lead from `start` to `end`. */
export interface Network {
  readonly start: Node
  readonly end: Node
}

/** nodes that one constraint may have: what comes from a stranger stays small */
const mostNodes = 40_000

/** Makes nodes of one constraint, and networks of them; each network is used once, as a part of another or through `call`. */
export class Builder {
  #count = 0

  node(): Node {
    if (++this.#count > mostNodes)
      throw new HebbError(
        `generate: what the text is bound to comes to more than ${mostNodes} states: repeat less in it, or bound lengths lower`,
      )
    return { bytes: [], empty: [], calls: [] }
  }

  /** the empty text */
  nothing(): Network {
    const node = this.node()
    return { start: node, end: node }
  }

  bytes(values: Iterable<number>): Network {
    const start = this.node()
    let end = start
    for (const byte of values) {
      const to = this.node()
      end.bytes.push({ low: byte, high: byte, to })
      end = to
    }
    return { start, end }
  }

  text(text: string): Network {
    return this.bytes(new TextEncoder().encode(text))
  }

  sequence(parts: readonly Network[]): Network {
    if (parts.length === 0) return this.nothing()
    for (let i = 1; i < parts.length; i++) parts[i - 1]!.end.empty.push(parts[i]!.start)
    return { start: parts[0]!.start, end: parts.at(-1)!.end }
  }

  /** Any one of the parts; of none there is no text. */
  either(parts: readonly Network[]): Network {
    const [start, end] = [this.node(), this.node()]
    for (const part of parts) {
      start.empty.push(part.start)
      part.end.empty.push(end)
    }
    return { start, end }
  }

  /** At least `least` and at most `most` of what `part` makes anew each time. */
  repeat(part: () => Network, least: number, most = Number.POSITIVE_INFINITY): Network {
    const [start, end] = [this.node(), this.node()]
    let at = start
    for (let i = 0; i < least; i++) {
      const { start: from, end: to } = part()
      at.empty.push(from)
      at = to
    }
    if (most === Number.POSITIVE_INFINITY) {
      const { start: from, end: to } = part()
      const loop = this.node()
      at.empty.push(loop)
      loop.empty.push(from, end)
      to.empty.push(loop)
    } else {
      at.empty.push(end)
      for (let i = least; i < most; i++) {
        const { start: from, end: to } = part()
        at.empty.push(from)
        to.empty.push(end)
        at = to
      }
    }
    return { start, end }
  }

  /** Through a network that may be passed from several places, itself among them. */
  call(network: Network): Network {
    const [start, end] = [this.node(), this.node()]
    start.calls.push({ network, to: end })
    return { start, end }
  }
}

/** Every network that is reached from one. */
function reached(first: Network): Map<Network, Node[]> {
  const found = new Map<Network, Node[]>()
  const open = [first]
  for (let network = open.pop(); network; network = open.pop()) {
    if (found.has(network)) continue
    const nodes = new Set<Node>([network.start, network.end])
    for (const node of nodes) {
      for (const { to } of node.bytes) nodes.add(to)
      for (const to of node.empty) nodes.add(to)
      for (const { network: inner, to } of node.calls) {
        nodes.add(to)
        open.push(inner)
      }
    }
    found.set(network, [...nodes])
  }
  return found
}

/**
 * Takes out every edge from which the end cannot be reached, so that no text leads where it cannot be finished.
 * Whether there is any text at all; throws nothing.
 */
export function prune(network: Network): boolean {
  const all = reached(network)
  const whole = new Set<Network>()
  const live = new Set<Node>()
  for (let grown = true; grown; ) {
    grown = false
    for (const [one, nodes] of all) {
      live.add(one.end)
      // backwards, as nodes were found forwards; again until nothing is added
      for (let more = true; more; ) {
        more = false
        for (let i = nodes.length - 1; i >= 0; i--) {
          const node = nodes[i]!
          if (live.has(node)) continue
          const goes =
            node.bytes.some(({ to }) => live.has(to)) ||
            node.empty.some((to) => live.has(to)) ||
            node.calls.some((call) => whole.has(call.network) && live.has(call.to))
          if (goes) {
            live.add(node)
            more = true
            grown = true
          }
        }
      }
      if (live.has(one.start) && !whole.has(one)) {
        whole.add(one)
        grown = true
      }
    }
  }
  for (const nodes of all.values())
    for (const node of nodes) {
      keep(node.bytes, ({ to }) => live.has(to))
      keep(node.empty, (to) => live.has(to))
      keep(node.calls, (call) => whole.has(call.network) && live.has(call.to))
    }
  return whole.has(network)
}

function keep<T>(list: T[], wanted: (one: T) => boolean): void {
  const kept = list.filter(wanted)
  if (kept.length < list.length) list.splice(0, list.length, ...kept)
}
