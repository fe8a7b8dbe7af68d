/** How a run goes: steps, runs, evaluation, files, reports. */
export { type ExportOptions, exportOnnx, onnxBytes } from './exportOnnx.js'
export { FileError } from './fileError.js'
export { writeAtomic } from './files.js'
export { type Journal, type JournalEvent, type JournalValue, openJournal, readJournal } from './journal.js'
export { convexShare, type LossSlice, type LossSliceOptions, lossSlice } from './landscape/lossSlice.js'
export { type PathPlane, pathPlane } from './landscape/pathPlane.js'
export { flatWeights, placeWeights, randomDirection } from './landscape/weights.js'
export { loadMemory, saveMemory } from './memoryFile.js'
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
export { type PerceptronEpoch, type PerceptronRuleOptions, perceptronRule } from './perceptronRule.js'
export { predict } from './predict.js'
export { type Progress, progress } from './progress.js'
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
export { writeReport } from './report.js'
export { loadCheckpoint, saveCheckpoint } from './run/checkpoint.js'
export { type EarlyStopping, type EarlyStoppingOptions, earlyStopping } from './run/earlyStopping.js'
export { type EvaluateOptions, type Evaluation, evaluate, type Loss, type Metrics } from './run/evaluate.js'
export type { EpochEvent, FitEvent, StepEvent } from './run/events.js'
export { type FitOptions, fit } from './run/fit.js'
export { type LrFinding, type LrFindOptions, type LrPoint, type LrStep, lrFind } from './run/lrFind.js'
export type { Run } from './run/run.js'
export { formatSafetensors, parseSafetensors, type Safetensors } from './safetensors/bytes.js'
export { openSafetensors, readSafetensors, writeSafetensors } from './safetensors/file.js'
export { type Loaded, load, save } from './save.js'
export type { Fields } from './step/lossProgram.js'
export { NonFiniteError, NonFiniteGradientError, NonFiniteLossError } from './step/nonFinite.js'
export type { LossResult } from './step/numbers.js'
export type { StepOptions, StepResult } from './step/options.js'
export { Stepper, type TrainStep, trainStep } from './step/step.js'
export { gridSearch, type HalvingOptions, halving, type Job, type Plan, randomSearch } from './sweep/plan.js'
export { type Processes, type ProcessOptions, processes } from './sweep/pool.js'
export { type SweepSectionOptions, sweepSection } from './sweep/sections.js'
export type { Choice, SettingValue, Space, SweepRange } from './sweep/space.js'
export { ranked, type Score, type SweepOptions, sweep, type Trial, type TrialContext, type TrialResult } from './sweep/sweep.js'
