/** adapter_config.json: settings of an adapter as PEFT 0.21 writes them, and back. */
import { Projection } from '../../llm/decoder/parts.js'
import type { Model } from '../../nn/module.js'
import { HebbError } from '../../tensor/errors.js'
import type { Installed } from '../lora/adapters.js'
import { type LoraSettings, settingsOf } from '../lora/settings.js'
import { layersOf, targetNames } from '../lora/targets.js'

type Json = Readonly<Record<string, unknown>>

/** What PEFT 0.21 writes for what an adapter does not use, beside what settings say. */
const rest: Json = {
  alora_invocation_tokens: null,
  arrow_config: null,
  auto_mapping: null,
  base_model_name_or_path: null,
  corda_config: null,
  eva_config: null,
  inference_mode: true,
  kasa_config: null,
  layer_replication: null,
  loftq_config: {},
  lora_ga_config: null,
  megatron_config: null,
  megatron_core: 'megatron.core',
  monteclora_config: null,
  peft_type: 'LORA',
  peft_version: '0.21.0',
  qalora_group_size: 16,
  revision: null,
  target_parameters: null,
  use_bdlora: null,
  use_qalora: false,
  velora_config: null,
}

/** What makes the adapter something else than is built, where it is not empty. */
const refused: Readonly<Record<string, string>> = {
  alora_invocation_tokens: 'an adapter that begins in the middle of a text',
  arrow_config: 'routing between adapters',
  kasa_config: 'a base that is changed before training',
  layer_replication: 'layers that stand in the model several times',
  megatron_config: "Megatron's layers",
  monteclora_config: 'an adapter that is drawn at random',
  target_parameters: 'adapters of bare parameters',
  use_bdlora: 'matrices in diagonal blocks',
  use_qalora: 'inputs that are pooled',
}

/** Initialisations that leave the base as it is: once trained, what they were does not matter. */
const harmless = ['gaussian', 'eva', 'orthogonal', 'mica']
/** Those that take a part out of the base which is found again. */
const found = ['pissa', 'olora'] as const

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || value === false || (typeof value === 'object' && Object.keys(value).length === 0)

/** The settings that a file says, and what it says besides. Throws HebbError naming file and field for what is no LoRA, or one that computes what is not built. */
export function readPeftConfig(file: string, json: unknown, name: string): Pick<Installed, 'settings' | 'kept'> {
  const say = (problem: string): never => {
    throw new HebbError(`${file}: ${problem}`)
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return say('it is no object of settings')
  const config = json as Json
  if (config.peft_type !== 'LORA') say(`peft_type is ${JSON.stringify(config.peft_type)}: only LORA is read`)
  for (const [key, what] of Object.entries(refused)) if (!isEmpty(config[key])) say(`${key} is set, which means ${what}: that is not built`)
  const start = config.init_lora_weights ?? true
  const again = found.find((one) => one === start)
  if (typeof start === 'string' && !again && !harmless.includes(start.toLowerCase()))
    say(
      `init_lora_weights is ${JSON.stringify(start)}, which changes the base's weights in a way that is not found again: save the adapter converted, with path_initial_model_for_weight_conversion`,
    )
  const get = <T>(key: string, kind: string, is: (value: unknown) => value is T): T | undefined => {
    const value = config[key]
    if (value === undefined || value === null) return undefined
    return is(value) ? value : say(`${key} is ${JSON.stringify(value)}, not ${kind}`)
  }
  const number = (key: string): number | undefined => get(key, 'a number', (v): v is number => typeof v === 'number')
  const flag = (key: string): boolean | undefined => get(key, 'true or false', (v): v is boolean => typeof v === 'boolean')
  const texts = (key: string): string | readonly string[] | undefined =>
    get(
      key,
      'a text or a list of texts',
      (v): v is string | string[] => typeof v === 'string' || (Array.isArray(v) && v.every((one) => typeof one === 'string')),
    )
  const numbers = (key: string): Readonly<Record<string, number>> | undefined =>
    get(
      key,
      'an object of numbers',
      (v): v is Record<string, number> => typeof v === 'object' && Object.values(v as object).every((one) => typeof one === 'number'),
    )
  // in the file a text is a pattern, be it as plain as a name
  const names = (key: string): RegExp | 'all-linear' | readonly string[] | undefined => {
    const value = texts(key)
    return typeof value !== 'string' ? value : value.toLowerCase() === 'all-linear' ? 'all-linear' : patterned(file, value)
  }
  const list = (key: string): readonly string[] | undefined => {
    const value = texts(key)
    return typeof value === 'string' ? [value] : value
  }
  const exclude = names('exclude_modules')
  const settings = settingsOf(file, {
    name,
    rank: number('r'),
    alpha: config.lora_alpha === null ? say('lora_alpha is null: give a number') : number('lora_alpha'),
    dropout: number('lora_dropout'),
    targets: names('target_modules'),
    exclude: exclude === 'all-linear' ? [exclude] : exclude,
    rslora: flag('use_rslora'),
    dora: flag('use_dora'),
    initialisation: again ?? start !== false,
    rankPattern: numbers('rank_pattern'),
    alphaPattern: numbers('alpha_pattern'),
    layers: get(
      'layers_to_transform',
      'a number or a list of numbers',
      (v): v is number | number[] => typeof v === 'number' || Array.isArray(v),
    ),
    layersPattern: list('layers_pattern'),
    modulesToSave: list('modules_to_save'),
    bias: get('bias', "'none', 'all' or 'lora_only'", (v): v is 'none' | 'all' | 'lora_only' => typeof v === 'string'),
    loraBias: flag('lora_bias'),
    trainableTokens: get(
      'trainable_token_indices',
      'a list of ids, or lists by layer',
      (v): v is number[] | Record<string, number[]> => typeof v === 'object',
    ),
    ensureWeightTying: flag('ensure_weight_tying'),
    taskType: get('task_type', 'a text', (v): v is string => typeof v === 'string'),
  })
  return { settings, kept: Object.fromEntries(Object.entries(config).filter(([key]) => !written.has(key))) }
}

/** A text of a file as the pattern it is there; `settingsOf` would take a plain one for a name. */
function patterned(file: string, source: string): RegExp {
  const [, flags, own = source] = /^\(\?(i)\)([\s\S]*)$/.exec(source) ?? []
  try {
    return new RegExp(own.replaceAll('(?P<', '(?<').replaceAll('\\A', '^').replaceAll('\\Z', '$'), flags)
  } catch (error) {
    throw new HebbError(`${file}: target_modules ${JSON.stringify(source)} is no pattern: ${(error as Error).message}`)
  }
}

const written = new Set([
  'r',
  'lora_alpha',
  'lora_dropout',
  'target_modules',
  'exclude_modules',
  'use_rslora',
  'use_dora',
  'init_lora_weights',
  'rank_pattern',
  'alpha_pattern',
  'layers_to_transform',
  'layers_pattern',
  'modules_to_save',
  'bias',
  'lora_bias',
  'trainable_token_indices',
  'ensure_weight_tying',
  'task_type',
  'fan_in_fan_out',
])

/** What PEFT 0.21 writes for an adapter. */
export function peftConfig(model: Model, { settings, plan, kept }: Installed, base: string | undefined): Json {
  const names = (given: LoraSettings['exclude'] | 'all-linear'): unknown =>
    given === undefined || given === 'all-linear' ? null : 'pattern' in given ? given.pattern : [...given]
  const layers = layersOf(model)
  const isTransposed = plan.targets.some(({ path }) => layers.get(path) instanceof Projection)
  const own: Json = {
    ...rest,
    ...kept,
    ...(base !== undefined && { base_model_name_or_path: base }),
    alpha_pattern: settings.alphaPattern,
    bias: settings.bias,
    ensure_weight_tying: settings.ensureWeightTying,
    exclude_modules: names(settings.exclude),
    fan_in_fan_out: isTransposed,
    init_lora_weights: settings.initialisation,
    layers_pattern: settings.layersPattern.length > 0 ? settings.layersPattern : null,
    layers_to_transform: settings.layers ?? null,
    lora_alpha: settings.alpha,
    lora_bias: settings.loraBias,
    lora_dropout: settings.dropout,
    modules_to_save: settings.modulesToSave.length > 0 ? settings.modulesToSave : null,
    r: settings.rank,
    rank_pattern: settings.rankPattern,
    target_modules: names(targetNames('adapter', model, settings)),
    task_type: settings.taskType ?? ('logits' in model ? 'CAUSAL_LM' : null),
    trainable_token_indices: settings.trainableTokens ?? null,
    use_dora: settings.dora,
    use_rslora: settings.rslora,
  }
  return Object.fromEntries(Object.entries(own).sort(([a], [b]) => (a < b ? -1 : 1)))
}
