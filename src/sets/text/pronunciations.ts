/** Pronunciations: the CMU dictionary, English words and the sounds they are spoken with. */

import type { LoadOptions } from '../../data/fetch/obtain.js'
import { obtain } from '../../data/fetching.js'
import { type Divided, divide } from '../../data/prepare/divide.js'
import { HebbError } from '../../tensor/errors.js'
import { stdlibFiles } from '../stdlib.js'

/** A word and how it may be spoken. */
export interface Pronunciation {
  /** in lower case; may hold apostrophes, hyphens, periods and digits */
  readonly word: string
  /** the commonest way: ARPABET symbols, K AE1 T; a vowel ends in its stress, 0 none, 1 first, 2 second */
  readonly phonemes: readonly string[]
  /** other ways, each right as well */
  readonly others: readonly (readonly string[])[]
}

/** Words divided, with the symbols their sounds are written in. */
export interface Pronunciations extends Divided<Pronunciation> {
  readonly validation: readonly Pronunciation[]
  /** every symbol, sorted: 69 with stress, 39 without */
  readonly symbols: readonly string[]
}

/** How the dictionary is loaded. */
export interface PronunciationOptions extends LoadOptions {
  /** false takes the stress off the vowels; true */
  readonly stress?: boolean | undefined
  /** decides which words are held out; 0 */
  readonly seed?: number | undefined
}

const file = { name: 'cmudict.txt', size: 3_711_938, checksum: { md5: 'bc1219904d1f4fee08f2f3c8292b89d1' } }
const sources = stdlibFiles('datasets-cmudict', '0.2.3', { 'data/dict.txt': file.name })

/**
 * 125,005 words with 133,784 pronunciations: 90 % to train on, 5 % to validate with, 5 % to test; all ways to speak a word stay together.
 * Fetched once (1.8 MB). Throws what `obtain` throws.
 *
 * @example const { train, symbols } = await pronunciations({ stress: false })
 */
export async function pronunciations({ stress = true, seed = 0, ...options }: PronunciationOptions = {}): Promise<Pronunciations> {
  const [bytes] = await obtain({ ...options, name: 'pronunciations', files: [file], sources })
  const words = parsePronunciations(new TextDecoder().decode(bytes), { stress })
  const [train, validation, test] = divide(words, [0.9, 0.05, 0.05], { seed })
  const symbols = [...new Set(words.flatMap(({ phonemes, others }) => [phonemes, ...others].flat()))].sort()
  return { train: train!, validation: validation!, test: test!, symbols }
}

/** Lines `WORD  K AE1 T`, further ways as `WORD(1)`; lines that begin with `;;;` are remarks. Throws HebbError naming a line that is neither. */
export function parsePronunciations(text: string, { stress = true }: { readonly stress?: boolean | undefined } = {}): Pronunciation[] {
  const ways = new Map<string, string[][]>()
  text.split('\n').forEach((line, i) => {
    if (line.trim() === '' || line.startsWith(';;;')) return
    const [written, ...sounds] = line.trim().split(/\s+/)
    if (sounds.length === 0 || !sounds.every((sound) => /^[A-Z]{1,2}[012]?$/.test(sound)))
      throw new HebbError(`pronunciations: line ${i + 1} is no word with its sounds: ${line.slice(0, 60)}`)
    const word = written!.replace(/\(\d\)$/, '').toLowerCase()
    const way = stress ? sounds : sounds.map((sound) => sound.replace(/\d$/, ''))
    const known = ways.get(word)
    if (!known) ways.set(word, [way])
    else if (!known.some((other) => other.join(' ') === way.join(' '))) known.push(way)
  })
  return [...ways].map(([word, [phonemes, ...others]]) => ({ word, phonemes: phonemes!, others }))
}
