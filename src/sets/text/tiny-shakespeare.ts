/** Tiny Shakespeare: 1.1 million characters of plays, the first text of most character models [Karpathy 2015]. */
import type { LoadOptions } from '../../data/fetch/obtain.js'
import { obtain, webSource } from '../../data/fetching.js'

const file = { name: 'tinyshakespeare.txt', size: 1_115_394, checksum: { md5: '6fb458f1232090904fb40fe944165e91' } }
const sources = [webSource({ [file.name]: 'https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt' })]

/** A text, and its customary division. */
export interface DividedText {
  readonly text: string
  /** the first 90 % of the characters */
  readonly train: string
  /** the last 10 % */
  readonly validation: string
}

/**
 * 1,115,394 characters, 65 different ones; the first 1,003,854 to train on, the last 111,540 to validate with.
 * Fetched once (1.1 MB), compared with its checksum at every load. Throws what `obtain` throws.
 *
 * @example
 * const { text, train } = await tinyShakespeare()
 * const set = windows(characters(text).encode(train), 64)
 */
export async function tinyShakespeare(options: LoadOptions = {}): Promise<DividedText> {
  const [bytes] = await obtain({ ...options, name: 'tiny-shakespeare', files: [file], sources })
  return dividedText(new TextDecoder().decode(bytes))
}

/** A text cut at nine tenths of its length. */
export function dividedText(text: string): DividedText {
  const cut = Math.floor(0.9 * text.length)
  return { text, train: text.slice(0, cut), validation: text.slice(cut) }
}
