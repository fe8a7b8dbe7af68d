/** How text becomes numbers: tokenizers, trained here or published by others. */
export { type BpeOptions, bpe, splitWords } from './bpe.js'
export { type CharactersOptions, characters } from './characters.js'
export { encodeTexts } from './encodeTexts.js'
export { readTokenizer, type TokenizerFiles, tokenizerOf } from './published/readTokenizer.js'
export { tokenizerFrom } from './saved.js'
export type {
  DecodeOptions,
  EncodeOptions,
  Encoding,
  ListedTokenizer,
  PublishedTokenizer,
  SavedTokenizer,
  SpecialIds,
  SpecialName,
  Tokenizer,
} from './tokenizer.js'
export { type TrainedSplit, type TrainedTokenizer, type TrainTokenizerOptions, trainTokenizer } from './trainTokenizer.js'
export { type Weighing, type WordBag, type WordBagOptions, wordBag } from './wordBag.js'
export { type WordSplit, type WordsOptions, words, wordsOf } from './words.js'
