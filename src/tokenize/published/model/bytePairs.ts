/** Byte-pair encoding as tokenizer.json has it: characters merged by rules [Sennrich 2016]. */
import { HebbError } from '../../../tensor/index.js'
import { Merges } from '../../merges.js'
import type { Fields } from '../fields.js'
import type { PieceModel, Symbols } from './model.js'
import { unknownId, vocabularyOf } from './vocabulary.js'

const toBytes = new TextEncoder()

/** Rules as pairs of tokens: written as lists of two, or with a blank between them. */
function* rulesOf(fields: Fields): Generator<readonly [string, string]> {
  const merges = fields.list('merges')
  for (let n = 0; n < merges.length; n++) {
    const rule = merges[n]
    const pair = typeof rule === 'string' ? rule.split(' ') : rule
    if (!Array.isArray(pair) || pair.length !== 2 || typeof pair[0] !== 'string' || typeof pair[1] !== 'string')
      throw new HebbError(`${fields.at('merges')}[${n}] is ${JSON.stringify(rule)}: a rule is two tokens`)
    yield [pair[0], pair[1]]
  }
}

/**
 * The model `BPE`: the characters of a piece as symbols, then pairs merged in the order of the rules. A character that is not in the vocabulary
 * becomes its bytes `<0xE2>` (`byte_fallback`), or the unknown token, several in a row one of them (`fuse_unk`), or nothing where there is none.
 * `ignore_merges` takes pieces whole that are in the vocabulary. `dropout` of the file is for training and left out here.
 */
export function bytePairs(fields: Fields): PieceModel {
  const vocabulary = vocabularyOf(fields)
  const [prefix, suffix] = [fields.text('continuing_subword_prefix', ''), fields.text('end_of_word_suffix', '')]
  const unknown = fields.optionalText('unk_token')
  const [fuses, fallsBack, whole] = [
    fields.flag('fuse_unk', false),
    fields.flag('byte_fallback', false),
    fields.flag('ignore_merges', false),
  ]
  const idOf = (token: string, rule: string): number => {
    const id = vocabulary.get(token)
    if (id === undefined)
      throw new HebbError(`${fields.at('merges')}: ${rule} needs the token ${JSON.stringify(token)}, which is not in the vocabulary`)
    return id
  }
  const rules: [number, number, number][] = []
  for (const [a, b] of rulesOf(fields)) {
    const rule = JSON.stringify([a, b])
    rules.push([idOf(a, rule), idOf(b, rule), idOf(a + b.slice(prefix.length), rule)])
  }
  const merges = new Merges(rules)
  const bytes = Array.from({ length: 256 }, (_, byte) => vocabulary.get(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`))

  function symbols(piece: string): Symbols {
    const found = whole ? vocabulary.get(piece) : undefined
    if (found !== undefined) return { ids: [found], starts: [0], ends: [piece.length] }
    const [ids, lengths]: [number[], number[]] = [[], []]
    let pending = 0
    const flush = (): void => {
      if (pending > 0) {
        ids.push(unknownId(vocabulary, unknown, piece))
        lengths.push(pending)
      }
      pending = 0
    }
    let at = 0
    for (const character of piece) {
      const last = at + character.length === piece.length
      const token = `${at > 0 ? prefix : ''}${character}${last ? suffix : ''}`
      at += character.length
      const id = vocabulary.get(token)
      if (id !== undefined) {
        flush()
        ids.push(id)
        lengths.push(character.length)
        continue
      }
      const spelt = fallsBack ? Array.from(toBytes.encode(token), (byte) => bytes[byte]) : [undefined]
      if (spelt.every((byte) => byte !== undefined)) {
        spelt.forEach((byte, i) => {
          ids.push(byte)
          lengths.push(i === 0 ? character.length : 0)
        })
      } else if (unknown !== undefined) {
        if (!fuses) flush()
        pending += character.length
      }
    }
    flush()
    return placed(merges.apply({ ids, lengths }))
  }
  return { kind: 'BPE', vocabulary, unknown, symbols }
}

/** Lengths to places; symbols of no length share the place of the one before. */
function placed({ ids, lengths }: { readonly ids: readonly number[]; readonly lengths: readonly number[] }): Symbols {
  const [starts, ends]: [number[], number[]] = [[], []]
  let at = 0
  lengths.forEach((length, i) => {
    starts.push(length === 0 && i > 0 ? starts[i - 1]! : at)
    at += length
    ends.push(at)
  })
  return { ids, starts, ends }
}
