/** The texts a language model is pretrained on: found, and divided into what is learned and what is held out. */
import {
  type CorpusPart,
  type DocumentPiece,
  dividedTexts,
  type HeldOut,
  manyDocuments,
  piecesOf,
  textFiles,
  textPieces,
} from '../../data/index.js'
import * as sets from '../../sets/index.js'
import { loading } from '../loading.js'
import type { RecipeContext } from '../recipe.js'

/** Texts that can be gone through several times. */
export interface Corpus {
  readonly name: string
  /** bytes, or letters where they are in memory */
  readonly size: number
  readonly heldOut: HeldOut
  pieces(part: CorpusPart): AsyncGenerator<DocumentPiece, void, undefined>
}

type Pieces = () => AsyncIterable<DocumentPiece> | Iterable<DocumentPiece>

/** Sets by name, as lists of documents. */
const named: Readonly<Record<string, (context: RecipeContext<unknown>) => Promise<string[]>>> = {
  shakespeare: async (context) => [(await loading(context, 'Tiny Shakespeare', sets.tinyShakespeare)).text],
  'public-domain': async (context) => {
    const speeches = await loading(context, 'speeches', sets.speeches)
    const novels = await loading(context, 'novels', sets.austen)
    const whale = await loading(context, 'Moby-Dick', sets.mobyDick)
    const meanings = await loading(context, 'definitions', sets.definitions)
    return [
      ...speeches.map(({ text }) => text),
      ...[...novels, whale].flatMap(({ text }) => text.split(/\n(?=CHAPTER )/i)),
      ...meanings.map(({ words, kind, gloss }) => `${words[0]} (${kind}): ${gloss}`),
    ]
  },
}

/** The names of the sets. */
export const corpusNames: readonly string[] = Object.keys(named)

/** The texts that `data` means: those of a set, of a file or of a folder. Throws what `textFiles` throws, and what the set throws. */
export async function openCorpus(context: RecipeContext<unknown>, data: string): Promise<Corpus> {
  const set = named[data]
  if (set) {
    const texts = await set(context)
    const size = texts.reduce((sum, { length }) => sum + length, 0)
    const pieces: Pieces = function* () {
      for (const [document, text] of texts.entries()) yield* piecesOf(text, document)
    }
    return corpusOf(data, size, texts.length, pieces)
  }
  const files = await textFiles(data)
  const size = files.reduce((sum, { bytes }) => sum + bytes, 0)
  const pieces: Pieces = () => textPieces(files)
  return corpusOf(data, size, await documentsIn(pieces), pieces)
}

const corpusOf = (name: string, size: number, documents: number, pieces: Pieces): Corpus => {
  const heldOut: HeldOut = documents >= manyDocuments ? 'documents' : 'ends'
  return { name, size, heldOut, pieces: (part) => dividedTexts(pieces(), part, heldOut) }
}

/** How many documents there are, as far as it matters. */
async function documentsIn(pieces: Pieces): Promise<number> {
  for await (const { document, last } of pieces()) if (last && document + 1 >= manyDocuments) return document + 1
  let documents = 0
  for await (const { last } of pieces()) if (last) documents++
  return documents
}
