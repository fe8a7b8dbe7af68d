/** How good it is: measures of predictions that know nothing of training. */
export { type BootstrapOptions, type MeanInterval, meanInterval } from './bootstrap.js'
export { brierScore, type Calibration, calibration } from './calibration.js'
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
} from './confusion.js'
export { averagePrecision, rocAuc, rocCurve, topKAccuracy } from './ranking.js'
export { fitTemperature } from './temperature.js'
