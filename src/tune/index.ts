/** How a model is shaped: adapters of low rank, and fine-tuning. */

export type { Examples } from './data/source.js'
export { Adapters, adaptersOf, type Installed } from './lora/adapters.js'
export { lora } from './lora/lora.js'
export type { LoraOptions, LoraSettings } from './lora/settings.js'
export type { TrainableShare } from './lora/share.js'
export type { Initialisation } from './lora/start/names.js'
export { type LoadAdapterOptions, loadAdapter, type SaveAdapterOptions, saveAdapter } from './peft/files.js'
export { plannedRate, type RateOptions } from './rate.js'
export type { Example } from './sft/examples.js'
export { type SftOptions, sft } from './sft/sft.js'
export type { SftData } from './sft/survey.js'
