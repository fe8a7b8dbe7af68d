/** Optimizers and schedules of PyTorch, built from their own names and settings. */
import {
  adadelta,
  adagrad,
  adam,
  adamax,
  adamW,
  constantWarmup,
  cosine,
  cosineWarmRestarts,
  cosineWithWarmup,
  exponential,
  linearWarmup,
  linearWithWarmup,
  multiStep,
  muon,
  nadam,
  type Optimizer,
  oneCycle,
  polynomial,
  radam,
  rmsprop,
  type Schedule,
  sequence,
  sgd,
  stepDecay,
} from '../../src/optim/index.js'
import type { ScheduleCase } from './problems.js'

const names: Readonly<Record<string, string>> = {
  weight_decay: 'weightDecay',
  momentum_decay: 'momentumDecay',
  decoupled_weight_decay: 'decoupled',
  lr_decay: 'lrDecay',
  initial_accumulator_value: 'initialAccumulatorValue',
  adjust_lr_fn: 'adjustLr',
  ns_steps: 'iterations',
}

const factories: Readonly<Record<string, (options: Record<string, never>) => Optimizer>> = {
  SGD: sgd,
  Adam: adam,
  AdamW: adamW,
  Adamax: adamax,
  NAdam: nadam,
  RAdam: radam,
  RMSprop: rmsprop,
  Adagrad: adagrad,
  Adadelta: adadelta,
  Muon: muon,
  Muon_float32: muon,
}

export function optimizerOf(name: string, config: Readonly<Record<string, unknown>>): Optimizer {
  const options: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(config)) {
    if (key === 'betas') [options.beta1, options.beta2] = value as number[]
    else if (value === 'match_rms_adamw') options.adjustLr = 'matchRmsAdamW'
    // fixed in muon
    else if (key !== 'ns_coefficients' && !(key === 'eps' && name.startsWith('Muon'))) options[names[key] ?? key] = value
  }
  const factory = factories[name]
  if (!factory) throw new Error(`no optimizer ${name}`)
  return factory(options as Record<string, never>)
}

export function scheduleOf({ kind, base_lr: lr, config }: ScheduleCase): Schedule & { momentum?: Schedule } {
  const c = config as Record<string, number> & { milestones: number[] }
  switch (kind) {
    case 'StepLR':
      return stepDecay({ lr, every: c.step_size!, gamma: c.gamma! })
    case 'MultiStepLR':
      return multiStep({ lr, at: c.milestones, gamma: c.gamma! })
    case 'ExponentialLR':
      return exponential({ lr, gamma: c.gamma! })
    case 'CosineAnnealingLR':
      return cosine({ lr, steps: c.T_max!, min: c.eta_min! })
    case 'CosineAnnealingWarmRestarts':
      return cosineWarmRestarts({ lr, first: c.T_0!, multiply: c.T_mult!, min: c.eta_min! })
    case 'OneCycleLR':
      return oneCycle({
        lr: c.max_lr!,
        steps: c.total_steps!,
        rise: c.pct_start!,
        shape: config.anneal_strategy === 'cos' ? 'cosine' : 'linear',
        divide: c.div_factor!,
        finalDivide: c.final_div_factor!,
        threePhase: config.three_phase as boolean,
        momentum: { high: c.max_momentum!, low: c.base_momentum! },
      })
    case 'LinearLR':
      return linearWarmup({ lr, from: c.start_factor!, to: c.end_factor!, steps: c.total_iters! })
    case 'ConstantLR':
      return constantWarmup({ lr, factor: c.factor!, steps: c.total_iters! })
    case 'PolynomialLR':
      return polynomial({ lr, steps: c.total_iters!, power: c.power! })
    case 'SequentialLR(LinearLR,CosineAnnealingLR)': {
      const { warmup, cosine: after } = config as Record<string, Record<string, number>>
      const steps = warmup!.total_iters!
      return sequence(
        [
          linearWarmup({ lr, from: warmup!.start_factor!, to: warmup!.end_factor!, steps }),
          cosine({ lr, steps: after!.T_max!, min: after!.eta_min! }),
        ],
        [steps],
      )
    }
    case 'transformers.get_linear_schedule_with_warmup':
      return linearWithWarmup({ lr, warmup: c.num_warmup_steps!, steps: c.num_training_steps! })
    case 'transformers.get_cosine_schedule_with_warmup':
      return cosineWithWarmup({ lr, warmup: c.num_warmup_steps!, steps: c.num_training_steps!, cycles: c.num_cycles! })
    default:
      throw new Error(`no schedule ${kind}`)
  }
}
