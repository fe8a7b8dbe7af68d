/** How weights move: optimizers, schedules, clipping, averages. */
export { clipByNorm, clipByValue, type NormOrder, normOf, type Slice } from './clip.js'
export { type Ema, type EmaOptions, ema } from './ema.js'
export { hyperAt, noDecay, type Part, partition, scalarsAt } from './groups.js'
export {
  defineOptimizer,
  type GroupOptions,
  type Hyper,
  type Optimizer,
  type OptimizerSpec,
  type ParamGroup,
  type Slices,
  type Updated,
} from './optimizer.js'
export { type AdadeltaOptions, adadelta } from './optimizers/adadelta.js'
export { type AdagradOptions, adagrad } from './optimizers/adagrad.js'
export { type AdamOptions, adam, adamW } from './optimizers/adam.js'
export { type AdamaxOptions, adamax } from './optimizers/adamax.js'
export { type LionOptions, lion } from './optimizers/lion.js'
export { type MuonOptions, muon } from './optimizers/muon.js'
export { type NadamOptions, nadam } from './optimizers/nadam.js'
export { type RadamOptions, radam } from './optimizers/radam.js'
export { type RmspropOptions, rmsprop } from './optimizers/rmsprop.js'
export { type SgdOptions, sgd } from './optimizers/sgd.js'
export { cosine, cosineWarmRestarts, exponential, multiStep, polynomial, stepDecay } from './schedules/decay.js'
export { type OneCycleOptions, oneCycle } from './schedules/oneCycle.js'
export { type Plateau, type PlateauOptions, type PlateauState, reduceOnPlateau } from './schedules/plateau.js'
export { type Memory, perEpoch, type Schedule, sequence } from './schedules/schedule.js'
export { constantWarmup, cosineWithWarmup, linearWarmup, linearWithWarmup } from './schedules/warmup.js'
