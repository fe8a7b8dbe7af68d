/** A tokenizer as others published it. */
import { HebbError } from '../../tensor/index.js'
import { checkOptions } from '../../tensor/options.js'
import {
  type DecodeOptions,
  type EncodeOptions,
  type Encoding,
  type PublishedTokenizer,
  type SpecialIds,
  wellFormed,
} from '../tokenizer.js'
import { type AddedToken, type Finder, finderOf } from './addedTokens.js'
import type { PieceModel } from './model/model.js'
import type { Role } from './settings.js'
import { tidy } from './steps/decoders.js'
import { type Normalizer, type Piece, pieceOf } from './steps/piece.js'
import type { Around } from './steps/postProcessors.js'
import type { PreTokenizer } from './steps/preTokenizers.js'

/** What a tokenizer of tokenizer.json is made of. */
export interface Parts {
  readonly normalizer: Normalizer | undefined
  readonly preTokenizer: PreTokenizer | undefined
  readonly model: PieceModel
  readonly around: Around
  readonly decode: (tokens: readonly string[]) => string
  readonly added: readonly AddedToken[]
  readonly named: Readonly<Partial<Record<Role, string>>>
  /** whether blanks before punctuation are taken out of what is decoded */
  readonly tidies: boolean
}

/** A tokenizer made of parts. */
export class FileTokenizer implements PublishedTokenizer {
  readonly size: number
  readonly special: SpecialIds
  readonly named: Readonly<Record<string, string>>
  readonly #parts: Parts
  readonly #tokens: (string | undefined)[] = []
  readonly #ids: ReadonlyMap<string, number>
  readonly #specialIds: ReadonlySet<number>
  /** what special tokens are written as: one that is normalized into another text is not left out, as in Python */
  readonly #specialTexts: ReadonlySet<string>
  readonly #raw: Finder | undefined
  readonly #normalized: Finder | undefined

  constructor(parts: Parts) {
    this.#parts = parts
    const { model, added, normalizer } = parts
    const ids = new Map(model.vocabulary)
    for (const [token, id] of model.vocabulary) this.#tokens[id] = token
    const normalForm = (text: string): string => (normalizer ? normalizer({ text }).text : text)
    for (const { content, id, normalized } of added) {
      ids.set(content, id)
      this.#tokens[id] = normalized ? normalForm(content) : content
    }
    this.#ids = ids
    this.size = this.#tokens.length
    const specials = added.filter(({ special }) => special)
    this.#specialIds = new Set(specials.map(({ id }) => id))
    this.#specialTexts = new Set(specials.map(({ content }) => content))
    this.#raw = finderOf(added.filter(({ normalized }) => !normalized).map((token) => [token.content, token]))
    this.#normalized = finderOf(added.filter(({ normalized }) => normalized).map((token) => [normalForm(token.content), token]))
    this.named = parts.named
    const { pad_token: pad, bos_token: bos, eos_token: eos, unk_token: unk } = parts.named
    const special: Record<string, number> = {}
    for (const [name, token] of Object.entries({ pad, bos, eos, unk })) {
      const id = token === undefined ? undefined : ids.get(token)
      if (id !== undefined) special[name] = id
    }
    this.special = special
  }

  encode(text: string, options: EncodeOptions = {}): Int32Array {
    checkOptions('encode', options, ['special', 'asText'])
    const ids: number[] = options.special ? [...this.#parts.around.before] : []
    this.#pieces(text, false, options.asText ?? false, (piece, id) => {
      if (id !== undefined) ids.push(id)
      else for (const one of this.#parts.model.symbols(piece.text).ids) ids.push(one)
    })
    if (options.special) ids.push(...this.#parts.around.behind)
    return Int32Array.from(ids)
  }

  encodeWithPlaces(text: string, options: EncodeOptions = {}): Encoding {
    checkOptions('encodeWithPlaces', options, ['special', 'asText'])
    const [ids, starts, ends]: [number[], number[], number[]] = [[], [], []]
    const add = (id: number, start: number, end: number): void => {
      ids.push(id)
      starts.push(start)
      ends.push(end)
    }
    const { before, behind } = this.#parts.around
    if (options.special) for (const id of before) add(id, 0, 0)
    this.#pieces(text, true, options.asText ?? false, (piece, id) => {
      const [from, to] = [piece.starts!, piece.ends!]
      if (id !== undefined) return add(id, from[0] ?? 0, to.at(-1) ?? 0)
      const symbols = this.#parts.model.symbols(piece.text)
      symbols.ids.forEach((one, i) => {
        const [first, last] = [symbols.starts[i]!, symbols.ends[i]! - 1]
        add(one, from[first] ?? to.at(-1) ?? 0, to[Math.max(first, last)] ?? to.at(-1) ?? 0)
      })
    })
    if (options.special) for (const id of behind) add(id, 0, 0)
    return { ids: Int32Array.from(ids), starts: Int32Array.from(starts), ends: Int32Array.from(ends) }
  }

  decode(ids: ArrayLike<number>, options: DecodeOptions = {}): string {
    checkOptions('decode', options, ['special'])
    const tokens: string[] = []
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i]!
      if (!Number.isInteger(id) || id < 0) throw new HebbError(`decode: id ${id} at place ${i} is no whole number from 0 on`)
      const token = this.#tokens[id]
      if (token !== undefined && (options.special || !this.#specialTexts.has(token))) tokens.push(token)
    }
    if (tokens.length === 0) return ''
    const text = this.#parts.decode(tokens)
    return this.#parts.tidies ? tidy(text) : text
  }

  idOf(token: string): number | undefined {
    return this.#ids.get(token)
  }

  tokenOf(id: number): string | undefined {
    return this.#tokens[id]
  }

  isSpecial(id: number): boolean {
    return this.#specialIds.has(id)
  }

  /** The pieces of a text that the model looks up, and the tokens that are found in it as they stand, in order. */
  #pieces(text: string, places: boolean, asText: boolean, take: (piece: Piece, id?: number) => void): void {
    const { normalizer, preTokenizer } = this.#parts
    let first = true
    for (const found of findIn(this.#raw, pieceOf(wellFormed(text), places), asText)) {
      if (found.token) {
        take(found.piece, found.token.id)
        first = false
        continue
      }
      for (const part of findIn(this.#normalized, normalizer ? normalizer(found.piece) : found.piece, asText)) {
        if (part.token) take(part.piece, part.token.id)
        else if (part.piece.text !== '') for (const piece of preTokenizer ? preTokenizer(part.piece, first) : [part.piece]) take(piece)
        first = false
      }
    }
  }
}

const findIn = (finder: Finder | undefined, piece: Piece, asText: boolean): ReturnType<Finder> =>
  finder ? finder(piece, asText) : [{ piece }]
