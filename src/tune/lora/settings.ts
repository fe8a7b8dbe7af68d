/** What an adapter is made by: the options of `lora`, checked, and with their defaults. */
import { HebbError } from '../../tensor/errors.js'
import { checkOptions } from '../../tensor/options.js'
import { patternOf } from './patterns.js'
import { type Initialisation, roundsOf } from './start/names.js'

/** Options of `lora`. */
export interface LoraOptions {
  /** what the adapter is called, letters, digits, - and _. Default 'default' */
  readonly name?: string | undefined
  /** rank of the product BA, r. Default 8 */
  readonly rank?: number | undefined
  /** the product is scaled by alpha / rank. Default 8 */
  readonly alpha?: number | undefined
  /** probability with which numbers that enter A are dropped in training. Default 0 */
  readonly dropout?: number | undefined
  /**
   * which layers: the end of their path from a dot on (`'q_proj'`, `'mlp.up_proj'`), a list of such, a RegExp (or a text with signs of one) that the whole path must match,
   * or `'all-linear'`: all products but the head. Default: by the model's family, as PEFT has it
   */
  readonly targets?: string | readonly string[] | RegExp | undefined
  /** which are left out, said in the same way. Default none */
  readonly exclude?: string | readonly string[] | RegExp | undefined
  /** whether the scale is alpha / √rank [Kalajdzievski 2023]. Default false */
  readonly rslora?: boolean | undefined
  /** whether each row of the weights gets a length of its own to train [Liu 2024]. Default false */
  readonly dora?: boolean | undefined
  /** what A and B are at first, see {@link Initialisation}: true, false, 'gaussian', 'orthogonal', 'pissa', 'pissa_niter_4' (or another number), 'olora'. Default true */
  readonly initialisation?: Initialisation | undefined
  /** other ranks by pattern, each a RegExp's source that must match the path, or its end from a dot on; the first that does counts. Default {} */
  readonly rankPattern?: Readonly<Record<string, number>> | undefined
  /** other alphas, in the same way. Default {} */
  readonly alphaPattern?: Readonly<Record<string, number>> | undefined
  /** only in the layers of these numbers. Default all */
  readonly layers?: number | readonly number[] | undefined
  /** the names before these numbers: `'layers'`, `'h'`. Default any */
  readonly layersPattern?: string | readonly string[] | undefined
  /** layers that are trained whole, as copies of their own, by the ends of their paths. Default none */
  readonly modulesToSave?: readonly string[] | undefined
  /** which biases of the base are trained and saved too. Default 'none' */
  readonly bias?: 'none' | 'all' | 'lora_only' | undefined
  /** whether B has a bias. Default false */
  readonly loraBias?: boolean | undefined
  /** tokens whose vectors are trained, all others stay: ids in the table of tokens, or by the end of a layer's path. Default none */
  readonly trainableTokens?: readonly number[] | Readonly<Record<string, readonly number[]>> | undefined
  /** whether, in a model whose head is its table of tokens, an adapter of one is one of the other too. Default false */
  readonly ensureWeightTying?: boolean | undefined
  /** what the model is for, in PEFT's words. With 'SEQ_CLS' a head `score` or `classifier` is trained whole. Default: 'CAUSAL_LM' for language models */
  readonly taskType?: string | undefined
  /** seed of the adapter's first values, which it gets at once where the base has its numbers. Default 0 */
  readonly seed?: number | undefined
}

/** Names of layers as PEFT has them: ends of paths, or a pattern of whole paths. */
export type Names = readonly string[] | { readonly pattern: string }

/** An adapter's settings, all of them. */
export interface LoraSettings {
  readonly name: string
  readonly rank: number
  readonly alpha: number
  readonly dropout: number
  /** undefined: those of the model's family */
  readonly targets: Names | 'all-linear' | undefined
  readonly exclude: Names | undefined
  readonly rslora: boolean
  readonly dora: boolean
  readonly initialisation: Initialisation
  readonly rankPattern: Readonly<Record<string, number>>
  readonly alphaPattern: Readonly<Record<string, number>>
  readonly layers: readonly number[] | undefined
  readonly layersPattern: readonly string[]
  readonly modulesToSave: readonly string[]
  readonly bias: 'none' | 'all' | 'lora_only'
  readonly loraBias: boolean
  readonly trainableTokens: readonly number[] | Readonly<Record<string, readonly number[]>> | undefined
  readonly ensureWeightTying: boolean
  readonly taskType: string | undefined
  readonly seed: number
}

const known = [
  'name',
  'rank',
  'alpha',
  'dropout',
  'targets',
  'exclude',
  'rslora',
  'dora',
  'initialisation',
  'rankPattern',
  'alphaPattern',
  'layers',
  'layersPattern',
  'modulesToSave',
  'bias',
  'loraBias',
  'trainableTokens',
  'ensureWeightTying',
  'taskType',
  'seed',
] as const satisfies readonly (keyof LoraOptions)[]

const initialisations: readonly Initialisation[] = [true, false, 'gaussian', 'orthogonal', 'pissa', 'pissa_niter_4', 'olora']

/** Those of PEFT that are not built, and what they need. */
const foreign: Readonly<Record<string, string>> = {
  corda: 'covariances of what enters each layer',
  eva: 'singular vectors of what enters each layer',
  loftq: 'a base that is put into few bits together with the adapter',
  lora_ga: 'gradients of the base',
  mica: 'a B that stays as it is',
}

/** Options as settings. Throws HebbError for values that mean nothing. */
export function settingsOf(where: string, options: LoraOptions): LoraSettings {
  checkOptions(where, options, known)
  const say = (problem: string): never => {
    throw new HebbError(`${where}: ${problem}`)
  }
  const { name = 'default', rank = 8, alpha = 8, dropout = 0, initialisation = true, bias = 'none', dora = false } = options
  const { rankPattern = {}, alphaPattern = {}, layers, layersPattern = [], modulesToSave = [], trainableTokens, targets, exclude } = options
  if (typeof name !== 'string' || !/^[\w-]+$/.test(name)) say(`name ${JSON.stringify(name)}: give letters, digits, - and _`)
  for (const [what, r] of [['rank', rank], ...Object.entries(rankPattern)] as const)
    if (!Number.isInteger(r) || r < 1) say(`${what} ${String(r)} is no rank: give a whole number of 1 or more`)
  for (const [what, a] of [['alpha', alpha], ...Object.entries(alphaPattern)] as const)
    if (typeof a !== 'number' || !Number.isFinite(a)) say(`${what} ${String(a)}: alpha is a number`)
  if (!(dropout >= 0 && dropout < 1)) say(`dropout ${String(dropout)} is no probability below 1`)
  checkInitialisation(say, initialisation, options)
  if (!['none', 'all', 'lora_only'].includes(bias)) say(`bias ${JSON.stringify(bias)} is none of 'none', 'all', 'lora_only'`)
  const numbers = layers === undefined ? undefined : typeof layers === 'number' ? [layers] : [...layers]
  if (numbers?.some((i) => !Number.isInteger(i) || i < 0)) say(`layers ${JSON.stringify(layers)}: give whole numbers from 0 on`)
  const names = targets === undefined ? undefined : targets === 'all-linear' ? targets : namesOf(where, 'targets', targets)
  if (numbers && (names === 'all-linear' || (names && 'pattern' in names)))
    say('layers choose among targets given by the ends of their paths, not by a pattern: write the numbers into the pattern')
  for (const pattern of [...Object.keys(rankPattern), ...Object.keys(alphaPattern)]) patternOf(where, pattern)
  const tokens = Array.isArray(trainableTokens) ? [trainableTokens as readonly number[]] : Object.values(trainableTokens ?? {})
  for (const ids of tokens as readonly (readonly number[])[])
    if (!Array.isArray(ids) || ids.length === 0 || ids.some((id) => !Number.isInteger(id) || id < 0) || new Set(ids).size < ids.length)
      say(`trainableTokens ${JSON.stringify(ids)}: give ids, whole numbers from 0 on, each once`)
  return {
    name,
    rank,
    alpha,
    dropout,
    targets: names,
    exclude: exclude === undefined ? undefined : namesOf(where, 'exclude', exclude),
    rslora: options.rslora ?? false,
    dora,
    initialisation,
    rankPattern,
    alphaPattern,
    layers: numbers && numbers.length > 0 ? numbers : undefined,
    layersPattern: typeof layersPattern === 'string' ? [layersPattern] : layersPattern,
    modulesToSave,
    bias,
    loraBias: options.loraBias ?? false,
    trainableTokens,
    ensureWeightTying: options.ensureWeightTying ?? false,
    taskType: options.taskType,
    seed: options.seed ?? 0,
  }
}

function checkInitialisation(say: (problem: string) => never, initialisation: Initialisation, options: LoraOptions): void {
  const shown = `initialisation ${JSON.stringify(initialisation)}`
  if (typeof initialisation === 'string' && Object.hasOwn(foreign, initialisation))
    say(`${shown} needs ${foreign[initialisation]!}, which is not built: take 'pissa' or 'olora', which need only the weights, or true`)
  const isNearly = roundsOf(initialisation) !== undefined
  if (!isNearly && !initialisations.includes(initialisation))
    say(`${shown} is none of ${initialisations.map((one) => JSON.stringify(one)).join(', ')}`)
  const { rank = 8, alpha = 8, rankPattern = {}, alphaPattern = {} } = options
  const odd = [rank, ...Object.values(rankPattern)].find((r) => r % 2 !== 0)
  if (initialisation === 'orthogonal' && odd !== undefined) say(`${shown} halves the rank, and ${odd} is odd: give an even one`)
  const small = [alpha, ...Object.values(alphaPattern)].find((a) => a <= 0)
  if ((initialisation === 'pissa' || isNearly) && small !== undefined) say(`${shown} divides by alpha, which is ${small}: give one above 0`)
  if (typeof initialisation === 'string' && options.loraBias) say(`${shown} says nothing of a bias of B: leave loraBias out, or take true`)
}

/** A text without signs of a pattern is the end of a path. */
function namesOf(where: string, what: string, given: string | readonly string[] | RegExp): Names {
  if (given instanceof RegExp) return { pattern: given.flags.includes('i') ? `(?i)${given.source}` : given.source }
  if (typeof given === 'string') {
    if (/^[\w.-]+$/.test(given)) return [given]
    patternOf(where, given)
    return { pattern: given }
  }
  if (!Array.isArray(given) || given.some((one) => typeof one !== 'string'))
    throw new HebbError(`${where}: ${what} are ${JSON.stringify(given)}: give the ends of paths, such as ['q_proj', 'v_proj'], or a RegExp`)
  return given as readonly string[]
}
