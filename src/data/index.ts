/** What it learns from: data sets, batches, loaders. */
export { type Batch, type Batches, type BatchOptions, batches, type DatasetFeedOptions, datasetFeed } from './batches.js'
export type { Column, Columns } from './column.js'
export { type CsvData, type CsvOptions, csv, readCsv } from './csv.js'
export { Dataset, dataset, type SplitOptions } from './dataset.js'
export type { Example, NewValue, Numbers, Value } from './example.js'
export type { Feed, Pass } from './feed.js'
export { type PackedOptions, packedFeed } from './feeds/packed.js'
export { type PictureFeed, type PictureOptions, pictureFeed } from './feeds/pictures.js'
export { type RaggedBatch, type RaggedOptions, raggedFeed } from './feeds/ragged.js'
export { ReplayBuffer, type ReplayField, type ReplayOptions } from './feeds/replay.js'
export { prefetch, type Stream, type StreamFeedOptions, type StreamOptions, streamBatches, streamFeed } from './feeds/stream.js'
export { type FileRequest, fetchFile } from './files/fetch-file.js'
export type { LoadOptions } from './files/obtain.js'
export { type Divided, type DivideOptions, divide } from './prepare/divide.js'
export { type LinearFit, leastSquares } from './prepare/leastSquares.js'
export { type BucketOptions, bucketBatches, type Padded, padSequences } from './prepare/ragged.js'
export { type SlidingOptions, slidingWindows, type WalkFold, type WalkOptions, walkForward } from './prepare/series.js'
export { type Standard, standardise, standardOf, unstandardise } from './prepare/standardise.js'
export {
  type TokenVocabulary,
  tokenVocabulary,
  tokenVocabularyFrom,
  type VocabularyOptions,
  type Weighing,
  type WordBag,
  wordBag,
  wordsOf,
} from './prepare/words.js'
/** Data sets by name: `sets.mnist()`, `sets.spirals()`. */
export * as sets from './sets/index.js'
export { type IdxArray, parseIdx } from './sets/pictures/idx.js'
export { type Vocabulary, vocabularyFrom, vocabularyOf, windows } from './text.js'
