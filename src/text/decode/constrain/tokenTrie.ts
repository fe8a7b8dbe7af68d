/** All tokens of a tokenizer as one tree of their bytes, in flat memory: what begins alike is walked along once. */
import type { Tokenizer } from '../../../tokenize/tokenizer.js'
import { tokenBytes } from './tokenBytes.js'

/** Nodes of the tree, each behind the one above it: a node stands for the bytes on the way to it. */
export interface TokenTrie {
  /** the last byte of each node */
  readonly byte: Uint8Array
  /** how many bytes lie above it */
  readonly depth: Uint16Array
  /** the node behind all that are below it */
  readonly end: Int32Array
  /** the token of these bytes; −1 where there is none */
  readonly token: Int32Array
  /** another token of the same bytes, by token; −1 where there is none */
  readonly twin: Int32Array
  /** bytes of the longest token */
  readonly longest: number
}

const known = new WeakMap<Tokenizer, TokenTrie>()

/** The tree of a tokenizer, made once. */
export function tokenTrie(tokenizer: Tokenizer): TokenTrie {
  let found = known.get(tokenizer)
  if (!found) {
    found = trieOf(tokenBytes(tokenizer))
    known.set(tokenizer, found)
  }
  return found
}

function trieOf(all: readonly (Uint8Array | undefined)[]): TokenTrie {
  // strings of bytes compare at once, and in the order of bytes
  const names = all.map((bytes) => bytes && String.fromCharCode(...bytes))
  const ids = [...all.keys()].filter((id) => names[id] !== undefined).sort((a, b) => (names[a]! < names[b]! ? -1 : 1))
  const most = ids.reduce((sum, id) => sum + names[id]!.length, 0)
  const [byte, depth, end, token] = [new Uint8Array(most), new Uint16Array(most), new Int32Array(most), new Int32Array(most).fill(-1)]
  const twin = new Int32Array(all.length).fill(-1)
  const above: number[] = []
  let [count, longest, before] = [0, 0, '']
  for (const id of ids) {
    const name = names[id]!
    let shared = 0
    while (shared < name.length && shared < before.length && name.charCodeAt(shared) === before.charCodeAt(shared)) shared++
    for (const node of above.splice(shared)) end[node] = count
    for (let at = shared; at < name.length; at++) {
      byte[count] = name.charCodeAt(at)
      depth[count] = at
      above.push(count++)
    }
    const node = above.at(-1)!
    twin[id] = token[node]!
    token[node] = id
    longest = Math.max(longest, name.length)
    before = name
  }
  for (const node of above) end[node] = count
  return {
    byte: byte.slice(0, count),
    depth: depth.slice(0, count),
    end: end.slice(0, count),
    token: token.slice(0, count),
    twin,
    longest,
  }
}
