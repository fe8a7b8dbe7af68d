/** How a model is aligned: preferences, rewards, policies that learn from their own answers, and distillation. */

export type { Preference } from './data/preferences.js'
export type { Surveyed } from './data/survey.js'
export * from './losses/index.js'
export { type DpoOptions, dpo } from './preference/dpo.js'
export { type KtoOptions, kto } from './preference/kto.js'
export { type CpoOptions, cpo, type OrpoOptions, orpo, type SimpoOptions, simpo } from './preference/withoutReference.js'
export type { AlignOptions } from './training.js'
