/** Moby-Dick: a whole novel of 1851, for language models. */
import type { LoadOptions } from '../../data/fetch/obtain.js'
import { obtain } from '../../data/fetching.js'
import { stdlibFiles } from '../stdlib.js'
import { type DividedText, dividedText } from './tiny-shakespeare.js'

const file = { name: 'moby-dick.txt', size: 1_204_997, checksum: { md5: '9734ec6c6a9d56b227518cec6554872f' } }
const sources = stdlibFiles('datasets-moby-dick', '0.2.3', { 'data/data.txt': file.name })

/** 1,190,317 characters, public domain; the first 90 % to train on, the last 10 % to validate with. Fetched once (1.5 MB). Throws what `obtain` throws. */
export async function mobyDick(options: LoadOptions = {}): Promise<DividedText> {
  const [bytes] = await obtain({ ...options, name: 'moby-dick', files: [file], sources })
  return dividedText(new TextDecoder().decode(bytes))
}
