/** What a text is bound to, token by token: which tokens may follow where it stands. */
import { HebbError } from '../../../tensor/index.js'
import type { Tokenizer } from '../../../tokenize/tokenizer.js'
import { Builder, type Network, prune } from './network.js'
import { regexNetwork } from './regex.js'
import { schemaNetwork } from './schema.js'
import { type State, States } from './states.js'
import { tokenBytes } from './tokenBytes.js'
import { type TokenTrie, tokenTrie } from './tokenTrie.js'

/** One of three ways to bind a text. */
export interface Bound {
  readonly choices?: readonly string[] | undefined
  readonly regex?: RegExp | string | undefined
  readonly schema?: unknown
}

/** states of a constraint whose tokens are kept: of 150,000 tokens 10 MB */
const mostMasks = 512

/** Which tokens may follow, for texts of one tokenizer. */
export class Constraint {
  readonly #states: States
  readonly #trie: TokenTrie
  /** states whose tokens are kept, the oldest first */
  readonly #masked: State[] = []
  readonly #bytes: readonly (Uint8Array | undefined)[]

  constructor(network: Network, tokenizer: Tokenizer) {
    this.#states = new States(network)
    this.#bytes = tokenBytes(tokenizer)
    this.#trie = tokenTrie(tokenizer)
  }

  get start(): State {
    return this.#states.start
  }

  /** Where the text stands after a token; nowhere where it was not allowed. */
  after(state: State, token: number): State | undefined {
    const bytes = this.#bytes[token]
    let at: State | null = bytes ? state : null
    for (const byte of bytes ?? []) at = at && this.#states.after(at, byte)
    return at ?? undefined
  }

  /** Which tokens may follow, found once for each state: all tokens are walked along at once, by the beginnings they share. */
  allowed(state: State): { readonly bits: Uint32Array; readonly count: number } {
    if (state.allowed) return state.allowed
    const { byte, depth, end, token, twin, longest } = this.#trie
    const states = this.#states
    const bits = new Uint32Array(Math.ceil(this.#bytes.length / 32))
    // along[d] is the state after d bytes of the way to a node
    const along: State[] = Array(longest + 1).fill(state)
    let count = 0
    for (let node = 0; node < byte.length; ) {
      const at = depth[node]!
      const from = along[at]!
      const b = byte[node]!
      let next = from.next[b]
      if (next === undefined) next = states.after(from, b)
      if (next === null) {
        node = end[node]!
        continue
      }
      along[at + 1] = next
      for (let id = token[node]!; id >= 0; id = twin[id]!) {
        bits[id >>> 5]! |= 1 << (id & 31)
        count++
      }
      node++
    }
    state.allowed = { bits, count }
    if (this.#masked.push(state) > mostMasks) delete this.#masked.shift()!.allowed
    return state.allowed
  }

  /** Scores with −∞ for what may not follow; the ids that end a text follow a whole one. */
  mask(scores: ArrayLike<number>, state: State, eos: readonly number[]): Float64Array {
    const { bits, count } = this.allowed(state)
    if (count === 0 && !(state.whole && eos.length > 0))
      throw new HebbError(
        'generate: no token of the tokenizer goes on with what the text is bound to: bind it to characters the tokenizer has',
      )
    const left = new Float64Array(scores.length).fill(Number.NEGATIVE_INFINITY)
    for (let word = 0; word < bits.length; word++) {
      let rest = bits[word]!
      while (rest !== 0) {
        const low = 31 - Math.clz32(rest & -rest)
        const id = word * 32 + low
        left[id] = scores[id]!
        rest &= rest - 1
      }
    }
    if (state.whole) for (const id of eos) left[id] = scores[id]!
    return left
  }
}

/** constraints of a tokenizer that are kept, so that what may follow is not found again for the next text */
const mostKept = 8
const kept = new WeakMap<Tokenizer, Map<string, Constraint>>()

/** The constraint that was asked for; undefined where none was. Throws HebbError where more than one was, or no text can fit. */
export function constraintOf({ choices, regex, schema }: Bound, tokenizer: Tokenizer | undefined): Constraint | undefined {
  const given = Object.entries({ choices, regex, schema }).filter(([, value]) => value !== undefined)
  if (given.length === 0) return undefined
  if (given.length > 1) throw new HebbError(`generate: a text is bound to one thing: give ${given.map(([name]) => name).join(' or ')}`)
  if (!tokenizer) throw new HebbError(`generate: ${given[0]![0]} says what the text may be: give the tokenizer as well`)
  const key = regex instanceof RegExp ? String(regex) : JSON.stringify({ choices, regex, schema })
  const of = kept.get(tokenizer) ?? new Map<string, Constraint>()
  kept.set(tokenizer, of)
  let found = of.get(key)
  if (!found) {
    const build = new Builder()
    const network =
      choices !== undefined
        ? choicesNetwork(build, choices)
        : regex !== undefined
          ? regexNetwork(build, regex)
          : schemaNetwork(build, schema)
    if (!prune(network)) throw new HebbError(`generate: no text fits the ${given[0]![0]} that it is bound to`)
    found = new Constraint(network, tokenizer)
    if (of.size >= mostKept) of.delete(of.keys().next().value!)
    of.set(key, found)
  }
  return found
}

function choicesNetwork(build: Builder, choices: readonly string[]): Network {
  if (!Array.isArray(choices) || choices.length === 0 || choices.some((choice) => typeof choice !== 'string' || choice === ''))
    throw new HebbError('generate: choices: give a list of texts, none of them empty')
  return build.either(choices.map((choice) => build.text(choice)))
}
