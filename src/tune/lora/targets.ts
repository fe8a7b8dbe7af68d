/** Who gets an adapter: the layers of a model that settings mean, by the rules of PEFT. */

import { Projection } from '../../llm/decoder/parts.js'
import { LLM } from '../../llm/index.js'
import { Embedding, Linear, Param } from '../../nn/index.js'
import { type AnyLayer, isLayer, type Model } from '../../nn/module/layer.js'
import { some } from '../../nn/module/select.js'
import { walkOf } from '../../nn/module/walk.js'
import { HebbError } from '../../tensor/errors.js'
import { meant } from '../../tensor/options.js'
import { headPath, isTied, tablePath } from './heads.js'
import { Adapted } from './layers/adapted.js'
import { byPattern, partPattern, wholePattern } from './patterns.js'
import type { LoraSettings, Names } from './settings.js'
import { isPartOfBase } from './start/names.js'

/** A layer that gets an adapter. */
export interface Target {
  readonly path: string
  readonly kind: 'linear' | 'embedding'
  readonly rank: number
  readonly scale: number
}

/** Everything an adapter is in, of a model: what is the same for all who make it. */
export interface Plan {
  readonly targets: readonly Target[]
  /** paths of layers that are trained whole */
  readonly saved: readonly string[]
  /** layers of which some rows are trained, and which; `tied`: the head whose table they are */
  readonly tokens: readonly { readonly path: string; readonly ids: readonly number[]; readonly tied: boolean }[]
}

/** The targets that PEFT takes by itself, by family; others must say theirs. */
const familyTargets: Readonly<Record<string, readonly string[]>> = {
  gpt2: ['c_attn'],
  ...Object.fromEntries(
    ['llama', 'mistral', 'gemma', 'gemma2', 'gemma3_text', 'qwen2', 'qwen3'].map((name) => [name, ['q_proj', 'v_proj']]),
  ),
  phi: ['q_proj', 'v_proj', 'fc1', 'fc2'],
}

/** The layers of a model by path, as they are without wrappers. */
export function layersOf(model: Model): Map<string, AnyLayer> {
  const found = new Map<string, AnyLayer>()
  const { paths } = walkOf(model)
  // a wrapper and what it stands in front of have one path, and the wrapper comes first
  for (const [value, path] of paths) if (path !== '' && typeof value === 'object' && isLayer(value)) found.set(path, value)
  for (const [value, path] of paths)
    if (value instanceof Adapted) for (const below of found.keys()) if (below.startsWith(`${path}.`)) found.delete(below)
  return found
}

/** Whether adapters can stand before a layer, and how. */
export function kindOfLayer(layer: AnyLayer): Target['kind'] | undefined {
  if (layer instanceof Linear || layer instanceof Projection) return 'linear'
  if (layer instanceof Embedding) return 'embedding'
  return undefined
}

/** Whether a layer is made of nothing but parameters and values: a copy of it is one of its parameters. */
export const isLeaf = (layer: AnyLayer): boolean => {
  const fields = Object.values(layer) as readonly unknown[]
  return fields.some((field) => field instanceof Param) && fields.every((field) => field instanceof Param || !isPart(field))
}
const isPart = (field: unknown): boolean => typeof field === 'object' && field !== null && (isLayer(field) || field instanceof Map)

const endsWith = (path: string, names: readonly string[]): boolean => names.some((name) => path === name || path.endsWith(`.${name}`))

const means = (where: string, names: Names, path: string): boolean =>
  'pattern' in names ? wholePattern(where, names.pattern).test(path) : endsWith(path, names)

/** The targets of settings as names: a family's, or the paths of all products. Throws HebbError where a model has no family that PEFT knows. */
export function targetNames(where: string, model: Model, { targets, taskType }: LoraSettings): Names {
  if (targets === 'all-linear') {
    const names: string[] = []
    const heads = [...(isHeaded(model) ? ['lm_head'] : []), ...(taskType === 'SEQ_CLS' ? ['score', 'classifier'] : [])]
    for (const [path, layer] of layersOf(model)) if (kindOfLayer(layer) === 'linear' && !heads.includes(path)) names.push(path)
    return names
  }
  if (targets) return targets
  const family = model instanceof LLM ? model.family : undefined
  const names = family === undefined ? undefined : familyTargets[family]
  if (!names)
    throw new HebbError(
      `${where}: ${family ? `${family} has no targets of its own` : 'the model is of no known family'}: give targets, such as 'all-linear' or ['q_proj']`,
    )
  return names
}

const isHeaded = (model: Model): boolean => 'vocabulary' in model && 'logits' in model

/** Who gets what. Throws HebbError where nothing is meant, or what can have no adapter. */
export function planOf(where: string, model: Model, settings: LoraSettings): Plan {
  const { rank, alpha, rslora, rankPattern, alphaPattern, modulesToSave, exclude } = settings
  const layers = layersOf(model)
  const tied = isTied(model)
  if (tied && !layers.has(headPath)) layers.set(headPath, new Linear(1, 1))
  const named = targetNames(where, model, settings)
  const names = together(model, settings, named)
  const alone = !('pattern' in names) && names.length === 0
  const targets: Target[] = []
  for (const [path, layer] of layers) {
    if (exclude && means(`${where}: exclude`, exclude, path)) continue
    if (modulesToSave.some((name) => partPattern(`${where}: modulesToSave`, name).test(path))) continue
    if (!means(`${where}: targets`, names, path) || !isLayerMeant(settings, names, path)) continue
    const kind = kindOfLayer(layer)
    if (!kind)
      throw new HebbError(
        `${where}: ${path} is ${layer.constructor.name}, which can have no adapter: target Linear, Projection or Embedding layers`,
      )
    const r = byPattern(where, rankPattern, path) ?? rank
    const a = byPattern(where, alphaPattern, path) ?? alpha
    if (kind === 'linear' && isPartOfBase(settings.initialisation))
      checkPart(`${where}: initialisation '${settings.initialisation}'`, model, path, layer, r)
    targets.push({ path, kind, rank: r, scale: rslora ? a / Math.sqrt(r) : a / r })
  }
  if (targets.length === 0 && !alone) throw nothing(where, names, [...layers.keys()])
  const heads = settings.taskType === 'SEQ_CLS' ? ['classifier', 'score'] : []
  const saved = [...layers.keys()].filter((path) => [...modulesToSave, ...heads].some((name) => path.endsWith(name)))
  return { targets, saved: leaves(where, layers, saved), tokens: tokensOf(where, model, settings, layers) }
}

/** Throws HebbError for weights of which no part can become an adapter. */
function checkPart(where: string, model: Model, path: string, layer: AnyLayer, rank: number): void {
  const isTable = path === headPath && isTied(model)
  const weight = isTable
    ? walkOf(model).parameters.get(`${tablePath(model)}.weight`)
    : Object.values(layer).find((one) => one instanceof Param)
  if (!weight) return
  const { form } = weight.storage
  if (form)
    throw new HebbError(
      `${where}: ${path} is in blocks of ${form.bits} bits, and a part of its weights becomes the adapter: take a base in full, or initialisation true`,
    )
  if (rank > Math.min(...weight.shape))
    throw new HebbError(`${where}: ${path} is (${weight.shape.join(', ')}), which has no part of rank ${rank}: give a smaller one`)
}

/** With `ensureWeightTying`, table and head together where one of them is meant. */
function together(model: Model, { ensureWeightTying }: LoraSettings, names: Names): Names {
  if (!ensureWeightTying || !isTied(model)) return names
  const both = [tablePath(model), headPath]
  if (!both.some((path) => means('targets', names, path))) return names
  return 'pattern' in names
    ? { pattern: `(?:${names.pattern})|${both.map((path) => path.replaceAll('.', '\\.')).join('|')}` }
    : [...names, ...both]
}

/** Whether a layer of one of the chosen numbers is meant; a path that is named whole always is. */
function isLayerMeant({ layers, layersPattern }: LoraSettings, names: Names, path: string): boolean {
  if (!layers || 'pattern' in names || names.includes(path)) return true
  const patterns =
    layersPattern.length > 0 ? layersPattern.map((name) => new RegExp(`^.*?\\.${name}\\.(\\d+)\\.`)) : [/^.*?\.[^.]*\.(\d+)\./]
  const found = patterns.map((pattern) => pattern.exec(path)).find((match) => match)
  return found ? layers.includes(Number(found[1])) : false
}

/** Layers that hold parameters themselves, of those chosen and what lies below them. */
function leaves(where: string, layers: ReadonlyMap<string, AnyLayer>, chosen: readonly string[]): string[] {
  const found = new Set<string>()
  for (const path of chosen)
    for (const [below, layer] of layers)
      if ((below === path || below.startsWith(`${path}.`)) && Object.values(layer).some((field) => field instanceof Param)) {
        if (!isLeaf(layer))
          throw new HebbError(
            `${where}: modulesToSave: ${below} is ${layer.constructor.name}, of which no copy can be made: name the layers in it`,
          )
        found.add(below)
      }
  return [...found]
}

function tokensOf(where: string, model: Model, { trainableTokens }: LoraSettings, layers: ReadonlyMap<string, AnyLayer>): Plan['tokens'] {
  if (trainableTokens === undefined) return []
  const table = tablePath(model)
  const given = (Array.isArray(trainableTokens) ? { [table]: trainableTokens as readonly number[] } : trainableTokens) as Readonly<
    Record<string, readonly number[]>
  >
  const tokens: { path: string; ids: readonly number[]; tied: boolean }[] = []
  for (const [name, ids] of Object.entries(given)) {
    const paths = [...layers.keys()].filter((path) => path.endsWith(name))
    if (paths.length === 0)
      throw new HebbError(
        `${where}: trainableTokens: no layer ends in '${name}': ${meant(name, [...layers.keys()])}the model has ${some([...layers.keys()])}`,
      )
    for (const path of paths) {
      const layer = layers.get(path)!
      if (path !== headPath && kindOfLayer(layer) !== 'embedding')
        throw new HebbError(`${where}: trainableTokens: ${path} is ${layer.constructor.name}, no table of vectors`)
      tokens.push({ path, ids, tied: false })
    }
  }
  const own = tokens.find(({ path }) => path === table)
  const head = tokens.find(({ path }) => path === headPath)
  if (!own || !isTied(model) || (head && head.ids.join() !== own.ids.join())) return tokens
  return [...tokens.filter((one) => one !== head), { path: headPath, ids: own.ids, tied: true }]
}

function nothing(where: string, names: Names, paths: readonly string[]): HebbError {
  const said = 'pattern' in names ? `the pattern ${JSON.stringify(names.pattern)}` : names.map((name) => `'${name}'`).join(', ')
  const near =
    'pattern' in names ? '' : meant(names[0]?.split('.').at(-1) ?? '', [...new Set(paths.map((path) => path.split('.').at(-1)!))])
  return new HebbError(
    `${where}: no layer is targeted: ${said} means none of ${some(paths)}: ${near}give the end of a path, or a RegExp of whole paths`,
  )
}
