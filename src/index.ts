/** The front door: every public name, by room. */
import './functional/index.js'
import './maths/index.js'

// tensor: what a number grid is
export { type Arrays, bytesOf, type Dtype, dtypes, isFloat, promote, type TypedArray } from './tensor/dtype.js'
export { DtypeError, HebbError, ShapeError } from './tensor/errors.js'
export type { Nested, Scalar } from './tensor/nested.js'
export { broadcast, type Shape, sizeOf } from './tensor/shape.js'
export type { Argument } from './tensor/form.js'
export { fromMemory, type Spec, Tensor, type TensorLike, tensor } from './tensor/tensor.js'
export type { Tree } from './tensor/tree.js'

// graph: what a computation is
export {
  defineMultiOp,
  defineOp,
  type Emit,
  float,
  type MultiOpDefinition,
  type Op,
  type OpDefinition,
  type VjpContext,
} from './graph/op.js'

// ops: every primitive, most of them methods of Tensor too
export { cond } from './ops/control/cond.js'
export { scan } from './ops/control/scan.js'
export { add, div, maximum, minimum, mod, mul, neg, pow, sub } from './ops/elementwise/arithmetic.js'
export type { Operand } from './ops/elementwise/broadcasting.js'
export { cast } from './ops/elementwise/cast.js'
export { and, equal, greater, greaterEqual, less, lessEqual, not, notEqual, or, xor } from './ops/elementwise/compare.js'
export { floorDiv, fmod, gcd, lcm } from './ops/elementwise/division.js'
export {
  type NanToNumOptions,
  copySign,
  frac,
  heaviside,
  isInf,
  isNegInf,
  isPosInf,
  nanToNum,
  signBit,
  trunc,
} from './ops/elementwise/signs.js'
export { clamp, maskedFill, where } from './ops/elementwise/select.js'
export {
  abs,
  atan,
  ceil,
  cos,
  erf,
  exp,
  expm1,
  floor,
  log,
  log1p,
  log2,
  reciprocal,
  round,
  rsqrt,
  sigmoid,
  sign,
  sin,
  sqrt,
  square,
  tan,
  tanh,
} from './ops/elementwise/unary.js'
export {
  type FixedSize,
  type ScatterReduceOptions,
  type ScatterReduction,
  at,
  embedding,
  indexAdd,
  indexPut,
  maskedScatter,
  maskedSelect,
  nonzero,
  oneHot,
  scatter,
  scatterAdd,
  scatterReduce,
  take,
  takeAlong,
} from './ops/gather/index.js'
export type { Index } from './ops/gather/indexing.js'
export { type EmbeddingBagOptions, embeddingBag } from './ops/gather/embeddingBag.js'
export { einsum } from './ops/products/einsum.js'
export { linear, matmul } from './ops/products/matmul.js'
export { cross, dot, outer, trace, vecdot } from './ops/products/vectors.js'
export { kron, tensordot } from './ops/products/tensordot.js'
export { concat, stack } from './ops/move/concat.js'
export { type CreateOptions, arange, eye, full, linspace, ones, zeros } from './ops/move/create.js'
export { flip, repeat, roll, tile } from './ops/move/order.js'
export type { Range } from './ops/move/ranges.js'
export { expand, flatten, reshape, squeeze, transpose, unsqueeze } from './ops/move/reshape.js'
export { chunk, slice, split, unbind } from './ops/move/slice.js'
export { diagonal, tril, triu } from './ops/move/triangle.js'
/** Random tensors, drawn anew by key, seed and step. */
export * as random from './ops/random.js'
export type { Axes, ReduceOptions } from './ops/reduce/axes.js'
export { type CumulativeOptions, cumprod, cumsum, prod } from './ops/reduce/cumulative.js'
export { type Found, argmax, argmin, max, min } from './ops/reduce/extremes.js'
export { logSumExp, norm } from './ops/reduce/norm.js'
export { mean, std, sum, variance } from './ops/reduce/sum.js'
export {
  type DiagonalOptions,
  atLeast1d,
  atLeast2d,
  atLeast3d,
  broadcastTensors,
  cartesianProd,
  combinations,
  diag,
  diagEmbed,
  diagonalScatter,
  dstack,
  hstack,
  meshgrid,
  movedim,
  rot90,
  sliceScatter,
  trilIndices,
  triuIndices,
  unflatten,
  vander,
  vstack,
} from './ops/shape/index.js'
export { argsort, sort, topK } from './ops/sort/sort.js'

// maths: matrices, waves, statistics
export {
  type CosineOptions,
  type NormalizeOptions,
  type PairwiseOptions,
  cdist,
  cosineSimilarity,
  normalize,
  pairwiseDistance,
} from './maths/distance/index.js'
export {
  type Complex,
  type FftNorm,
  type FftnOptions,
  type FftOptions,
  fft,
  fftn,
  ifft,
  ifftn,
  irfft,
  irfftn,
  rfft,
  rfftn,
} from './maths/fft/fft.js'
export {
  type FrequencyOptions,
  type StftOptions,
  type WindowFunctionOptions,
  fftfreq,
  fftshift,
  hammingWindow,
  hannWindow,
  ifftshift,
  rfftfreq,
  stft,
} from './maths/fft/spectra.js'
export type { Lu } from './maths/linalg/factor/lu.js'
export type { TriangularOptions } from './maths/linalg/factor/triangular.js'
export {
  cholesky,
  choleskySolve,
  conditionNumber,
  det,
  eigh,
  eigvalsh,
  inv,
  lstsq,
  lu,
  matrixExp,
  matrixNorm,
  matrixPower,
  matrixRank,
  pinv,
  qr,
  slogdet,
  solve,
  solveTriangular,
  svd,
  svdvals,
} from './maths/linalg/index.js'
export type { LeastSquares, RankOptions } from './maths/linalg/leastSquares.js'
export type { MatrixNormOptions, MatrixNormOrder } from './maths/linalg/norms.js'
export { multiDot } from './maths/linalg/powers.js'
export {
  type BincountOptions,
  type Histogram,
  type HistogramOptions,
  type SearchOptions,
  type Unique,
  type UniqueOptions,
  bincount,
  bucketize,
  histogram,
  searchSorted,
  unique,
} from './maths/search/index.js'
export {
  acos,
  acosh,
  asin,
  asinh,
  atan2,
  atanh,
  bitwiseAnd,
  bitwiseNot,
  bitwiseOr,
  bitwiseXor,
  cosh,
  deg2rad,
  digamma,
  erfinv,
  exp2,
  hypot,
  lerp,
  lgamma,
  log10,
  logaddexp,
  logaddexp2,
  logit,
  polygamma,
  rad2deg,
  shiftLeft,
  shiftRight,
  sinc,
  sinh,
  xlogy,
} from './maths/special/index.js'
export {
  type CovOptions,
  type DiffOptions,
  type Interpolation,
  type MedianOptions,
  type QuantileOptions,
  aminmax,
  average,
  corrcoef,
  countNonzero,
  cov,
  cummax,
  cummin,
  diff,
  kthValue,
  logcumsumexp,
  median,
  mode,
  nanMax,
  nanMean,
  nanMedian,
  nanMin,
  nanProd,
  nanQuantile,
  nanStd,
  nanSum,
  nanVariance,
  quantile,
} from './maths/statistics/index.js'

// functional: what layers compute
export {
  celu,
  elu,
  gelu,
  glu,
  hardShrink,
  hardSigmoid,
  hardSwish,
  hardTanh,
  leakyRelu,
  logSigmoid,
  mish,
  prelu,
  relu,
  relu6,
  selu,
  silu,
  softShrink,
  softplus,
  softsign,
  tanhShrink,
} from './functional/activation/index.js'
export { type AttentionOptions, type AveragingOptions, attentionWeights, scaledDotProductAttention } from './functional/attention.js'
export {
  type AttentionAfterOptions,
  attentionAfter,
  type KeptKeysValues,
  type KeysValues,
  placesAfter,
} from './functional/attentionAfter.js'
export { type PadMode, type PadOptions, pad } from './functional/pad.js'
export {
  type BatchNormOptions,
  type BatchNormed,
  type GroupNormOptions,
  type LayerNormOptions,
  type LocalResponseNormOptions,
  batchNorm,
  groupNorm,
  instanceNorm,
  layerNorm,
  localResponseNorm,
  logSoftmax,
  rmsNorm,
  softmax,
} from './functional/normal/index.js'
export { type AvgPoolOptions, adaptiveAvgPool, avgPool } from './functional/spatial/avgPool.js'
export { type ConvOptions, type ConvTransposeOptions, conv, convTranspose } from './functional/spatial/conv.js'
export { type FractionalMaxPoolOptions, fractionalMaxPool } from './functional/spatial/fractionalMaxPool.js'
export { type GridSampleOptions, affineGrid, gridSample } from './functional/spatial/gridSample.js'
export { type InterpolateMode, type InterpolateOptions, interpolate } from './functional/spatial/interpolate.js'
export { lpPool } from './functional/spatial/lpPool.js'
export { type MaxPoolOptions, adaptiveMaxPool, maxPool } from './functional/spatial/maxPool.js'
export { channelShuffle, pixelShuffle, pixelUnshuffle } from './functional/spatial/shuffle.js'
export { type UnfoldOptions, fold, unfold } from './functional/spatial/unfold.js'
export { type MaxUnpoolOptions, type Pooled, maxPoolWithIndices, maxUnpool } from './functional/spatial/unpool.js'

// autodiff: how it learns
export { recompute, customGrad, type GradientRule } from './autodiff/custom.js'
export { hessian, jacobian, jvp, vjp } from './autodiff/forward.js'
export { grad, stopGradient, valueAndGrad } from './autodiff/grad.js'
export { type GradcheckOptions, type GradcheckResult, GradientError, gradcheck } from './autodiff/gradcheck.js'

// kernels: what ONNX Runtime has no op for
export type { Key } from './kernels/philox.js'
export { permutation } from './kernels/random.js'

// runtime: how it runs
export { type CompiledFunction, type CompileOptions, compile, type Given } from './runtime/compile.js'
export { compute } from './runtime/compute.js'
export { type ExplainedNode, Explanation, explain, type NodeTime, type OpCost, type Profile } from './runtime/explain/explain.js'
export { OrtError } from './runtime/backend.js'
export { getThreads, setThreads } from './runtime/machine.js'
export { clearPrograms, limitPrograms, programBytes } from './runtime/store.js'

// loss: how wrong it is
export { type BinaryCrossEntropyOptions, binaryCrossEntropy, binaryCrossEntropyWithLogits } from './loss/binaryCrossEntropy.js'
export { type ClassLossOptions, type CrossEntropyOptions, crossEntropy, nll } from './loss/crossEntropy.js'
export { type CtcOptions, type Lengths, ctc } from './loss/ctc.js'
export {
  type GaussianNllOptions,
  type KlDivergenceOptions,
  type PoissonNllOptions,
  gaussianNll,
  klDivergence,
  poissonNll,
} from './loss/likelihood.js'
export { type MarginOptions, type MultiMarginOptions, hinge, hingeEmbedding, marginRanking, multiMargin } from './loss/margin.js'
export type { LossOptions, Reduction } from './loss/reduction.js'
export { huber, meanAbsoluteError, meanSquaredError, smoothL1 } from './loss/regression.js'
export { type TripletMarginOptions, cosineEmbedding, tripletMargin } from './loss/similarity.js'

// nn: what a layer is
export { type DecoderMasks, TransformerDecoder, TransformerDecoderLayer } from './nn/attention/decoder.js'
export {
  TransformerEncoder,
  TransformerEncoderLayer,
  type TransformerLayerOptions,
  type TransformerOptions,
} from './nn/attention/encoder.js'
export { type LinearAttentionOptions, linearAttention } from './nn/attention/linear.js'
export { slidingWindowMask, type WindowOptions } from './nn/attention/masks.js'
export { type AttentionMasks, type AttentionResult, MultiheadAttention, type MultiheadAttentionOptions } from './nn/attention/multihead.js'
export { LearnedPositions, SinusoidalPositions, sinusoidalPositions } from './nn/attention/positions.js'
export { type RotaryOptions, rotaryEmbedding } from './nn/attention/rotary.js'
export { SelfAttention, type SelfAttentionOptions, type SelfAttentionRun } from './nn/attention/selfAttention.js'
export { AdditiveAttention, DotAttention, type SoftAttention, type SoftAttentionRun } from './nn/attention/soft.js'
export { type SlidingWindowOptions, slidingWindowAttention } from './nn/attention/window.js'
export { type Activations, activations } from './nn/module/activations.js'
export {
  type ConvLayerOptions,
  type ConvTransposeLayerOptions,
  type PaddingMode,
  Conv1d,
  Conv2d,
  Conv3d,
  ConvTranspose1d,
  ConvTranspose2d,
} from './nn/spatial/conv.js'
export { ChannelShuffle, Fold, PixelShuffle, PixelUnshuffle, Unfold, Upsample } from './nn/spatial/layout.js'
export { Dropout } from './nn/dropout.js'
export { Embedding, EmbeddingBag, type EmbeddingBagLayerOptions } from './nn/embedding.js'
export { initialize, initializeAsync } from './nn/initialize.js'
export { Bilinear, Linear } from './nn/linear.js'
export { frozen, unfrozen } from './nn/module/frozen.js'
export { type QuantizedOptions, quantized } from './nn/module/quantized.js'
export { type Held, held } from './nn/module/held.js'
export type { Select } from './nn/module/select.js'
export { type Wrapped, wrap } from './nn/module/wrap.js'
export { type AnyLayer, type Layer, type Model, countParameters, parameters } from './nn/module.js'
export { type ParamOptions, Param } from './nn/param.js'
export { Perceptron } from './nn/perceptron.js'
export {
  type PooledSize,
  AdaptiveAvgPool2d,
  AdaptiveMaxPool2d,
  AvgPool1d,
  AvgPool2d,
  Flatten,
  GlobalAvgPool,
  MaxPool1d,
  MaxPool2d,
} from './nn/spatial/pool.js'
export { PReLU } from './nn/spatial/prelu.js'
export { type CellOptions, GRUCell, LSTMCell, RNNCell } from './nn/recurrent/cells.js'
export type { RecurrentOptions, RecurrentRun } from './nn/recurrent/layer.js'
export {
  type LSTMOptions,
  type LSTMResult,
  type LSTMStart,
  type RecurrentResult,
  type RecurrentStart,
  type RNNOptions,
  GRU,
  LSTM,
  RNN,
} from './nn/recurrent/layers.js'
export { lengthMask } from './nn/recurrent/lengths.js'
export { isTraining, updateBuffer } from './nn/scope.js'
export { type LayerLike, Residual, Sequential, type Surrounded, residual, sequential, surround } from './nn/sequential.js'
export { type LayerRow, type SummarizeOptions, type Summary, summarize } from './nn/module/summarize.js'
export { type BatchNormLayerOptions, BatchNorm1d, BatchNorm2d, BatchNorm3d } from './nn/normal/batchNorm.js'
export { type NormLayerOptions, GroupNorm, LayerNorm, RMSNorm } from './nn/normal/layerNorm.js'
/** First values of parameters: zeros, ones, uniform, normal, xavierUniform, kaimingNormal, … */
export * as init from './nn/init.js'

// optim: how it steps
export type { NormOrder } from './optim/clip.js'
export { type Ema, type EmaOptions, ema } from './optim/ema.js'
export { noDecay } from './optim/groups.js'
export { defineOptimizer, type GroupOptions, type Hyper, type Optimizer, type OptimizerSpec, type ParamGroup } from './optim/optimizer.js'
export { type AdadeltaOptions, adadelta } from './optim/optimizers/adadelta.js'
export { type AdagradOptions, adagrad } from './optim/optimizers/adagrad.js'
export { type AdamOptions, adam, adamW } from './optim/optimizers/adam.js'
export { type AdamaxOptions, adamax } from './optim/optimizers/adamax.js'
export { type LionOptions, lion } from './optim/optimizers/lion.js'
export { type MuonOptions, muon } from './optim/optimizers/muon.js'
export { type NadamOptions, nadam } from './optim/optimizers/nadam.js'
export { type RadamOptions, radam } from './optim/optimizers/radam.js'
export { type RmspropOptions, rmsprop } from './optim/optimizers/rmsprop.js'
export { type SgdOptions, sgd } from './optim/optimizers/sgd.js'
export { cosine, cosineWarmRestarts, exponential, multiStep, polynomial, stepDecay } from './optim/schedules/decay.js'
export { type OneCycleOptions, oneCycle } from './optim/schedules/oneCycle.js'
export { type Plateau, type PlateauOptions, type PlateauState, reduceOnPlateau } from './optim/schedules/plateau.js'
export { type Memory, perEpoch, type Schedule, sequence } from './optim/schedules/schedule.js'
export { constantWarmup, cosineWithWarmup, linearWarmup, linearWithWarmup } from './optim/schedules/warmup.js'

// files: what lasts
export { FileError } from './files/fileError.js'
export { writeAtomic } from './files/files.js'
export { type Journal, type JournalEvent, type JournalValue, openJournal, readJournal } from './files/journal.js'
export { formatSafetensors, parseSafetensors, type Safetensors } from './files/safetensors/bytes.js'
export { openSafetensors, readSafetensors, writeSafetensors } from './files/safetensors/file.js'
export { LockedError } from './files/lock.js'
export { plainFields, savedArray, stateful } from './files/saved.js'
export type { Plain, Saved, Stateful } from './files/stateful.js'

// memory: what it remembers
export { type KeyValueMemoryOptions, type NearestOptions, KeyValueMemory } from './memory/keyValueMemory.js'
export type { MemoryDistance, ReadSlotsOptions } from './memory/nearest.js'
export type { LabelSharesOptions, Neighbours } from './memory/neighbours.js'
export { type MemoryRun, type NeuralTuringMachineOptions, NeuralTuringMachine } from './memory/neuralTuringMachine.js'
export { loadMemory, saveMemory } from './memory/memoryFile.js'

// saving: how a model lasts
export { type ExportOptions, exportOnnx, onnxBytes } from './saving/onnx/exportOnnx.js'
export { type Loaded, type LoadModelOptions, load } from './saving/load.js'
export { save } from './saving/save.js'
export { weightsOf } from './saving/weightsOf.js'

// data: what it learns from
export { type Batch, type BatchOptions, type Batches, type DatasetFeedOptions, batches, datasetFeed } from './data/batches.js'
export type { Column, Columns } from './data/column.js'
export { type SplitOptions, Dataset, dataset } from './data/dataset.js'
export type { Example, NewValue, Numbers, Value } from './data/example.js'
export type { Feed, Pass } from './data/feed.js'
export { type PackedOptions, packedFeed } from './data/feeds/packed.js'
export { type PictureFeed, type PictureOptions, pictureFeed } from './data/feeds/pictures.js'
export { type RaggedBatch, type RaggedOptions, raggedFeed } from './data/feeds/ragged.js'
export { type ReplayField, type ReplayOptions, ReplayBuffer } from './data/feeds/replay.js'
export { Draws } from './data/draws.js'
export { type Stream, type StreamFeedOptions, type StreamOptions, prefetch, streamBatches, streamFeed } from './data/feeds/stream.js'
export { type CsvData, type CsvOptions, csv, readCsv } from './data/csv.js'
export { windows } from './data/prepare/windows.js'
export { type Divided, type DivideOptions, divide } from './data/prepare/divide.js'
export { type LinearFit, leastSquares } from './data/prepare/leastSquares.js'
export { type BucketOptions, bucketBatches, type Padded, padSequences } from './data/prepare/ragged.js'
export { type WalkFold, type SlidingOptions, slidingWindows, type WalkOptions, walkForward } from './data/prepare/series.js'
export { type Standard, standardise, standardOf, unstandardise } from './data/prepare/standardise.js'
export type { FileRequest } from './data/fetch/fetch-file.js'
export type { LoadOptions } from './data/fetch/obtain.js'
export { fetchFile } from './data/fetching.js'

// sets: what it learns from, by name
/** Data sets by name: `sets.mnist()`, `sets.spirals()`. */
export * as sets from './sets/index.js'

// metrics: how good it is
export { type BootstrapOptions, type MeanInterval, meanInterval } from './metrics/bootstrap.js'
export { brierScore, type Calibration, calibration } from './metrics/calibration.js'
export {
  averageScores,
  balancedAccuracy,
  type ClassScores,
  type Confusion,
  classScores,
  cohenKappa,
  confusionMatrix,
  matthewsCorrelation,
  predictedClasses,
  wilsonInterval,
} from './metrics/confusion.js'
export { averagePrecision, rocAuc, rocCurve, topKAccuracy } from './metrics/ranking.js'
export { fitTemperature } from './metrics/temperature.js'

// report: how it looks
export { curvesOf, numbersIn, seriesOf } from './report/curves/journal.js'
export type { Picture, ReportData } from './report/data.js'
export type {
  BarsFigure,
  Figure,
  HeatmapFigure,
  LinesFigure,
  PicturesFigure,
  Section,
  SurfaceFigure,
  TableFigure,
  TextFigure,
} from './report/figures/data.js'
export { type ColorizeOptions, colorize, type OverlayOptions, overlay } from './report/figures/matrix/colorize.js'

// train: how a run goes
export { type PerceptronEpoch, type PerceptronRuleOptions, perceptronRule } from './train/perceptronRule.js'
export { type PredictOptions, predict } from './train/evaluate/predict.js'
export { type ProgressBar, progress } from './train/progress.js'
export { writeReport } from './train/report.js'
export { type EarlyStopping, type EarlyStoppingOptions, earlyStopping } from './train/fit/earlyStopping.js'
export { type EvaluateOptions, type Evaluation, evaluate } from './train/evaluate/evaluate.js'
export type { Examples, FieldNames, FieldOptions, InputsOf, NamesIn, Picked } from './train/evaluate/fields.js'
export type { Loss, Metric, Metrics } from './train/evaluate/reported.js'
export type { EpochEvent, FitEvent, StepEvent } from './train/fit/events.js'
export { fit } from './train/fit/fit.js'
export type { FitOptions } from './train/fit/fitOptions.js'
export { type LrFindOptions, type LrStep, lrFind } from './train/fit/lrFind.js'
export type { LrFinding, LrPoint } from './train/fit/lrFound.js'
export type { Run } from './train/run/begun.js'
export { type MethodOptions, type Runner, type RunOptions, run } from './train/run/run.js'
export { Learner, learner, type TrainStep } from './train/step/learner.js'
export type { Fields } from './train/step/lossProgram.js'
export { NonFiniteError, NonFiniteGradientError, NonFiniteLossError } from './train/step/nonFinite.js'
export type { LossResult } from './train/step/numbers.js'
export type { ObjectiveOptions, StepOptions, StepResult } from './train/step/options.js'
export type { AllReduce } from './train/step/reduce.js'
export { trainStep } from './train/step/trainStep.js'
export type { World } from './train/world.js'
export { gridSearch, type HalvingOptions, halving, type Job, type Plan, randomSearch } from './train/sweep/plan.js'
export { type Processes, type ProcessOptions, processes } from './train/sweep/processes.js'
export type { SweepSectionOptions } from './train/sweep/sections.js'
export type { Choice, SettingValue, Space, SweepRange } from './train/sweep/space.js'
export { ranked, type Score, type SweepOptions, sweep, type Trial, type TrialContext, type TrialResult } from './train/sweep/sweep.js'

// vision: pictures
export { RandomCrop, type RandomCropOptions, RandomHorizontalFlip } from './vision/augment/crop.js'
export { Cutout, type CutoutOptions, RandomErasing, type RandomErasingOptions } from './vision/augment/erase.js'
export { ColorJitter, type ColorJitterOptions } from './vision/augment/jitter.js'
export { MirrorAverage } from './vision/augment/mirrored.js'
export { Mixup } from './vision/augment/mixup.js'
export { Normalize } from './vision/augment/normalize.js'
export { BasicBlock, type CifarNetOptions, CifarResNet, plain20, plain32, resnet20, resnet32 } from './vision/models/resnet.js'
export { VisionTransformer, type VisionTransformerConfig } from './vision/models/transformer.js'

// look: what it has learned
export { type LossSlice, type LossSliceOptions, lossSlice } from './look/landscape/lossSlice.js'
export { type PathPlane, pathPlane } from './look/landscape/pathPlane.js'
export { randomDirection } from './look/landscape/weights.js'
export { type GradCamOptions, gradCam } from './look/attribution/gradCam.js'
export { type IntegratedGradientsOptions, integratedGradients } from './look/attribution/integratedGradients.js'
export { type MaximizeOptions, maximizeActivation } from './look/attribution/maximize.js'
export { inputGradient, saliency } from './look/attribution/saliency.js'
export type { Target } from './look/attribution/score.js'

// text: words
export { type BpeOptions, bpe } from './tokenize/bpe.js'
export { type CharactersOptions, characters } from './tokenize/characters.js'
export { tokenizerFrom } from './tokenize/saved.js'
export type { ListedTokenizer, SavedTokenizer, SpecialIds, SpecialName, Tokenizer } from './tokenize/tokenizer.js'
export { type Weighing, type WordBag, type WordBagOptions, wordBag } from './tokenize/wordBag.js'
export { type WordSplit, type WordsOptions, words, wordsOf } from './tokenize/words.js'
export { TextClassifier, type TextClassifierConfig } from './text/classifier.js'
export { TextBatch, type TextPiece, TextReader } from './text/decode/reading/textReader.js'
export { generate, type Prompt, type WhichText } from './text/decode/writing/generate.js'
export type { GenerateOptions } from './text/decode/writing/options.js'
export type { Why, Writing, WritingText, WrittenText, WrittenToken } from './text/decode/writing/writer.js'
export type { SamplingOptions, TokensBefore } from './text/decode/rules/rules.js'
export { sampleToken } from './text/decode/rules/sample.js'
export { type TranslateOptions, translate } from './text/decode/beams/translate.js'
export { type ContextKey, type ContextOptions, type Contexts, rememberText } from './text/knn/contexts.js'
export { type KnnOptions, KnnLanguageModel } from './text/knn/knnLanguageModel.js'
export { mixtureCrossEntropy } from './text/knn/mixture.js'
export type { CachingLanguageModel, Decoded, KeyedLanguageModel, KeyedStates, LanguageModel, Past } from './text/languageModel.js'
export { type Bleu, type BleuOptions, bleu } from './text/metrics/bleu.js'
export { type ErrorRates, editDistance, errorRates, wordErrorRate } from './text/metrics/errorRate.js'
export { type NgramModel, ngrams } from './text/ngrams.js'
export { nextTokenAccuracy, nextTokenCrossEntropy } from './text/nextToken.js'
export { type Perplexity, type PerplexityOptions, perplexity } from './text/perplexity.js'
export { RecurrentSeq2Seq, type RecurrentSeq2SeqConfig } from './text/sequences/recurrent.js'
export type { Seq2Seq, SequencePair } from './text/sequences/seq2seq.js'
export { TransformerSeq2Seq, type TransformerSeq2SeqConfig } from './text/sequences/transformer.js'
export type { WordTranslations } from './text/sequences/wordTranslations.js'

// llm: what writes
export type { ModelConfig } from './llm/families/index.js'
export { Gpt, type GptConfig } from './llm/gpt.js'
export { type GenerationConfig, LLM, type LLMParts, type WeightFormat } from './llm/llm.js'
export { type LoadLLMOptions, loadLLM } from './llm/files/loadLLM.js'
export { type SaveLLMOptions, saveLLM } from './llm/files/saveLLM.js'

// tune: how a model is shaped
export type { Adapters } from './tune/lora/adapters.js'
export { lora } from './tune/lora/lora.js'
export type { LoraOptions } from './tune/lora/settings.js'
export { loadAdapter, saveAdapter } from './tune/peft/files.js'
export { type SftOptions, sft } from './tune/sft/sft.js'
