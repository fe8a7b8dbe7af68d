/** Words: language models, decoding, measures of texts. */
export { type BitsPerByte, bitsPerByte } from './bitsPerByte.js'
export { TextClassifier, type TextClassifierConfig } from './classifier.js'
export { type TranslateOptions, translate } from './decode/beams/translate.js'
export { TextBatch, type TextPiece, TextReader } from './decode/reading/textReader.js'
export type { SamplingOptions, TokensBefore } from './decode/rules/rules.js'
export { sampleToken } from './decode/rules/sample.js'
export { generate, type Prompt, type WhichText } from './decode/writing/generate.js'
export { generationOptions } from './decode/writing/generationConfig.js'
export type { GenerateOptions, GenerationConfig } from './decode/writing/options.js'
export type { Why, Writing, WritingText, WrittenText, WrittenToken } from './decode/writing/writer.js'
export { type ContextKey, type ContextOptions, type Contexts, rememberText, textContexts } from './knn/contexts.js'
export { KnnLanguageModel, type KnnOptions } from './knn/knnLanguageModel.js'
export { bestShare, mixtureCrossEntropy } from './knn/mixture.js'
export {
  type CachingLanguageModel,
  type Decoded,
  isCaching,
  isPacking,
  type KeyedLanguageModel,
  type KeyedStates,
  type LanguageModel,
  type PackedTexts,
  type PackingLanguageModel,
  type Past,
} from './languageModel.js'
export { type Bleu, type BleuOptions, bleu } from './metrics/bleu.js'
export { type ErrorRates, editDistance, errorRates, wordErrorRate } from './metrics/errorRate.js'
export { nextTokenAccuracy, nextTokenCrossEntropy } from './nextToken.js'
export { type NgramModel, ngrams } from './ngrams.js'
export { type Perplexity, type PerplexityOptions, perplexity } from './perplexity.js'
export { RecurrentSeq2Seq, type RecurrentSeq2SeqConfig } from './sequences/recurrent.js'
export { packPairs, type Seq2Seq, type SequencePair } from './sequences/seq2seq.js'
export { TransformerSeq2Seq, type TransformerSeq2SeqConfig } from './sequences/transformer.js'
export { type WordTranslations, wordTranslations } from './sequences/wordTranslations.js'
