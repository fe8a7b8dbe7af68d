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
export { cifar10, toRecords } from './sets/pictures/cifar10.js'
export { digits } from './sets/pictures/digits.js'
export { drawnDigits } from './sets/pictures/drawn-digits.js'
export { fashionMnist } from './sets/pictures/fashion-mnist.js'
export { type IdxArray, parseIdx } from './sets/pictures/idx.js'
export { mnist, type TrainTest } from './sets/pictures/mnist.js'
export { addingProblem, copyTask, type SequenceOptions } from './sets/sequences.js'
export { seattleWeather, type Weather, type WeatherField } from './sets/series/seattle-weather.js'
export type { Series } from './sets/series/series.js'
export { type PriceField, sp500 } from './sets/series/sp500.js'
export { blobs, circles, moons, type PointOptions, spirals, xor } from './sets/synthetic.js'
export { type HousePrices, housePrices } from './sets/tables/house-prices.js'
export { mobyDick } from './sets/text/moby-dick.js'
export { names } from './sets/text/names.js'
export { type Pronunciation, type PronunciationOptions, type Pronunciations, pronunciations } from './sets/text/pronunciations.js'
export { type Review, type Reviews, reviews } from './sets/text/reviews.js'
export { type Mail, type Mails, spamAssassin } from './sets/text/spam-assassin.js'
export { type Speech, speeches } from './sets/text/speeches.js'
export { type DividedText, tinyShakespeare } from './sets/text/tiny-shakespeare.js'
export { type VersePair, verses } from './sets/text/verses.js'
export { type Vocabulary, vocabularyFrom, vocabularyOf, windows } from './text.js'
