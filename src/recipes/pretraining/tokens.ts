/** The texts of a run as tokens in its folder: the tokenizer, what is learned, what is held out. */
import { type CorpusPart, type DocumentPiece, openTokens, type TokenFile, writeTokens } from '../../data/index.js'
import { readBytes } from '../../files/files.js'
import { writeAtomic } from '../../files/index.js'
import { tokenizerFiles } from '../../interop/modelFiles.js'
import { HebbError } from '../../tensor/index.js'
import { encodeTexts, type PublishedTokenizer, readTokenizer, trainTokenizer } from '../../tokenize/index.js'
import { progress } from '../../train/index.js'
import type { RecipeContext } from '../recipe.js'
import { type Corpus, openCorpus } from './corpus.js'

/** What a model is trained on and measured by. */
export interface Prepared {
  readonly tokenizer: PublishedTokenizer
  readonly train: TokenFile
  readonly validation: TokenFile
  readonly note: CorpusNote
}

/** What is written down of the texts. */
export interface CorpusNote {
  readonly data: string
  readonly vocabulary: number
  readonly heldOut: string
  readonly trainTokens: number
  readonly validationTokens: number
  /** bytes, or letters where they came from a set */
  readonly size: number
}

/** letters that a tokenizer is trained on, at most: some of each part of a larger corpus */
const mostLetters = 2 ** 24
const noteFile = 'corpus.json'

/** What the recipe is told of its texts. */
export interface CorpusSettings {
  readonly data: string
  /** folder of a tokenizer; '' trains one */
  readonly tokenizer: string
  /** tokens of one that is trained */
  readonly vocabulary: number
}

/** Tokenizer and tokens of a run; found again where an earlier run has made them. */
export async function prepare(context: RecipeContext<unknown>, settings: CorpusSettings): Promise<Prepared> {
  if (!(context.resume && context.has(noteFile))) await make(context, settings)
  const note = JSON.parse(new TextDecoder().decode(await readBytes(context.path(noteFile)))) as CorpusNote
  const tokenizer = await readTokenizer(context.folder)
  const { vocabulary } = note
  const train = await openTokens(context.path('train.bin'), { vocabulary })
  const validation = await openTokens(context.path('validation.bin'), { vocabulary })
  for (const [file, length] of [
    [train, note.trainTokens],
    [validation, note.validationTokens],
  ] as const)
    if (file.length !== length)
      throw new HebbError(`${file.path} holds ${file.length} tokens, not the ${length} that were written: begin a new run`)
  return { tokenizer, train, validation, note }
}

async function make(context: RecipeContext<unknown>, { data, tokenizer: given, vocabulary }: CorpusSettings): Promise<void> {
  const corpus = await openCorpus(context, data)
  const tokenizer = given === '' ? await trained(context, corpus, vocabulary) : await taken(context, given)
  const write = async (part: CorpusPart): Promise<number> => {
    const bar = progress(context.stream, { label: `tokens: ${part}` })
    const pieces = told(corpus.pieces(part), context, (letters) => bar.update({ done: letters, fields: { letters } }))
    try {
      return await writeTokens(context.path(`${part}.bin`), encodeTexts(tokenizer, pieces), { vocabulary: tokenizer.size })
    } finally {
      bar.done()
    }
  }
  const trainTokens = await write('train')
  const validationTokens = await write('validation')
  const note: CorpusNote = { data, vocabulary: tokenizer.size, heldOut: corpus.heldOut, trainTokens, validationTokens, size: corpus.size }
  await writeAtomic(context.path(noteFile), `${JSON.stringify(note, null, 2)}\n`)
}

/** The same pieces, telling how many letters there were so far. Throws the signal's reason. */
async function* told(
  pieces: AsyncIterable<DocumentPiece>,
  { signal }: RecipeContext<unknown>,
  tell: (letters: number) => void,
): AsyncGenerator<DocumentPiece, void, undefined> {
  let letters = 0
  for await (const piece of pieces) {
    signal.throwIfAborted()
    letters += piece.text.length
    tell(letters)
    yield piece
  }
}

async function trained(context: RecipeContext<unknown>, corpus: Corpus, vocabulary: number): Promise<PublishedTokenizer> {
  const bar = progress(context.stream, { label: `tokenizer of ${vocabulary}` })
  const every = Math.max(1, Math.ceil(corpus.size / mostLetters))
  async function* some(): AsyncGenerator<string, void, undefined> {
    let n = 0
    for await (const { text } of told(corpus.pieces('train'), context, (letters) => bar.update({ done: letters, fields: { letters } })))
      if (n++ % every === 0) yield text
  }
  try {
    const tokenizer = await trainTokenizer(some(), { vocabulary })
    await tokenizer.save(context.folder)
    return tokenizer
  } finally {
    bar.done()
  }
}

/** The tokenizer of a folder, its files taken along. */
async function taken(context: RecipeContext<unknown>, folder: string): Promise<PublishedTokenizer> {
  const tokenizer = await readTokenizer(folder)
  for (const name of tokenizerFiles) {
    const bytes = await readBytes(`${folder}/${name}`).catch(() => undefined)
    if (bytes) await writeAtomic(context.path(name), bytes)
  }
  return tokenizer
}
