/** Tokens that are found in a text before anything else is done to it. */
import { type Piece, sliced } from './steps/piece.js'

/** A token beside the vocabulary of the model. */
export interface AddedToken {
  readonly id: number
  readonly content: string
  /** only where no letters or digits stand beside it */
  readonly singleWord: boolean
  /** takes the white space before it along */
  readonly lstrip: boolean
  /** takes the white space behind it along */
  readonly rstrip: boolean
  /** found after the text is normalized, in its own normalized form; else before */
  readonly normalized: boolean
  /** whether it stands for no text */
  readonly special: boolean
}

const endsInWord = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]$/u
const beginsInWord = /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u

const space = /\p{White_Space}/u

/** A piece, and the token it is, if it is one. */
export interface Found {
  readonly piece: Piece
  readonly token?: AddedToken
}

/** Finds tokens in a piece: of those that begin at the leftmost place the longest. */
export type Finder = (piece: Piece, asText: boolean) => Found[]

/** The finder of tokens, each with the text it is written as; of equal texts the first counts. */
export function finderOf(tokens: readonly (readonly [text: string, token: AddedToken])[]): Finder | undefined {
  const written = new Map<string, AddedToken>()
  for (const [text, token] of tokens) if (text !== '' && !written.has(text)) written.set(text, token)
  if (written.size === 0) return undefined
  const sorted = [...written.keys()].sort((a, b) => b.length - a.length)
  const pattern = new RegExp(sorted.map((text) => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('|'), 'gu')
  return (piece, asText) => {
    const { text } = piece
    const out: Found[] = []
    let last = 0
    for (const match of text.matchAll(pattern)) {
      const token = written.get(match[0])!
      let [from, to] = [match.index, match.index + match[0].length]
      if (asText && token.special) continue
      if (token.singleWord && (endsInWord.test(text.slice(Math.max(0, from - 2), from)) || beginsInWord.test(text.slice(to, to + 2))))
        continue
      if (token.lstrip) {
        while (from > last && space.test(text[from - 1]!)) from--
        from = Math.max(from, last)
      }
      if (token.rstrip) while (to < text.length && space.test(text[to]!)) to++
      if (from > last) out.push({ piece: sliced(piece, last, from) })
      // white space that an earlier token took along leaves nothing
      if (to > from) out.push({ piece: sliced(piece, from, to), token })
      last = to
    }
    if (last < text.length) out.push({ piece: sliced(piece, last, text.length) })
    return out
  }
}
