/** Rotary positions as a config.json says them: older (rope_theta, rope_scaling) and newer (rope_parameters). */
import type { LayerKind } from '../decoder/config.js'
import type { Rope, RopeStretch } from '../decoder/rope.js'
import { Fields, shown } from './fields.js'

/** What a family says of its rope. */
export interface RopeDefaults {
  readonly headWidth: number
  /** max_position_embeddings */
  readonly context: number
  /** rope_theta where none is given; default 10,000 */
  readonly base?: number
  /** the context that stretched angles start from, where the family has one of its own */
  readonly original?: number
  /** whether a part of each head may stay as it is; families that do not know it ignore it where nothing is stretched */
  readonly partial?: boolean
  /** types that are other ones */
  readonly alias?: Readonly<Record<string, string>>
}

/** The one rope of all layers. */
export function ropeOf(config: Fields, defaults: RopeDefaults): Readonly<Record<LayerKind, Rope>> {
  const scaling = config.within('rope_scaling')
  const given = scaling && Object.keys(scaling.all).length > 0 ? scaling : config.within('rope_parameters')
  const rope = ropeFrom(config, given ?? new Fields(`${config.where}: rope_parameters`, {}), defaults)
  return { full: rope, sliding: rope }
}

/** A rope for each kind of layer, as Gemma 3 has it: rope_parameters by kind, or rope_theta and rope_scaling for full layers, rope_local_base_freq for others. */
export function ropesByKind(config: Fields, defaults: RopeDefaults): Readonly<Record<LayerKind, Rope>> {
  const given = config.within('rope_parameters')
  const kind = (name: string, base: number, more: Readonly<Record<string, unknown>> = {}): Rope => {
    const own = given?.within(name) ?? new Fields(`${config.where}: rope_parameters`, {})
    return ropeFrom(config.with({ rope_theta: base }), own.with({ ...(!given && { rope_type: 'default' }), ...more }), defaults)
  }
  return {
    full: kind('full_attention', config.positive('rope_theta', 1_000_000), config.within('rope_scaling')?.all),
    sliding: kind('sliding_attention', config.positive('rope_local_base_freq', 10_000)),
  }
}

function ropeFrom(config: Fields, rope: Fields, defaults: RopeDefaults): Rope {
  const { headWidth, partial = false, alias = {} } = defaults
  const base = rope.positive('rope_theta', config.positive('rope_theta', defaults.base ?? 10_000))
  if (base === 1) rope.say('rope_theta is 1, which turns all pairs alike: give a number above 1')
  const named = rope.text('rope_type', rope.text('type', 'default'))
  const type = Object.hasOwn(alias, named) ? alias[named]! : named
  const share = rope.positive('partial_rotary_factor', config.positive('partial_rotary_factor', 1))
  if (share > 1) rope.say(`partial_rotary_factor is ${share}: a number up to 1 is wanted`)
  const stretch = stretchOf(type, config, rope, defaults)
  if (!partial && share !== 1 && stretch) rope.say(`partial_rotary_factor is ${share} with rope_type ${shown(type)}, which is not built`)
  const width = partial ? Math.floor(headWidth * share) : headWidth
  return { base, width, ...(stretch && { stretch }) }
}

function stretchOf(type: string, config: Fields, rope: Fields, { context, original }: RopeDefaults): RopeStretch | undefined {
  const length = (): number =>
    original ?? config.countOrNone('original_max_position_embeddings', undefined) ?? rope.count('original_max_position_embeddings', context)
  switch (type) {
    case 'default':
      return undefined
    case 'linear':
      return { type, factor: rope.positive('factor') }
    case 'dynamic':
      return { type, factor: rope.positive('factor'), length: context }
    case 'llama3': {
      const [low, high] = [rope.positive('low_freq_factor'), rope.positive('high_freq_factor')]
      if (low >= high) rope.say(`low_freq_factor ${low} is not below high_freq_factor ${high}`)
      return { type, factor: rope.positive('factor'), low, high, length: length() }
    }
    case 'yarn': {
      const from = length()
      const factor = rope.positive('factor', context / from)
      const [fast, slow] = [rope.positive('beta_fast', 32), rope.positive('beta_slow', 1)]
      return { type, factor, fast, slow, whole: rope.flag('truncate', true), length: from, attention: yarnAttention(rope, factor) }
    }
    case 'longrope': {
      const from = length()
      const factor = rope.positive('factor', context / from)
      const attention = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(from))
      return {
        type,
        short: rope.numbers('short_factor'),
        long: rope.numbers('long_factor'),
        length: from,
        attention: rope.positive('attention_factor', attention),
      }
    }
    default:
      return rope.say(`rope_type ${shown(type)} is not built: default, linear, dynamic, llama3, yarn and longrope are`)
  }
}

/** How much longer YaRN makes all vectors: 1 + 0.1 · ln(factor), or what mscale says [Peng 2024]. */
function yarnAttention(rope: Fields, factor: number): number {
  const longer = (by: number): number => (factor <= 1 ? 1 : 0.1 * by * Math.log(factor) + 1)
  const [scale, all] = [rope.number('mscale', 0), rope.number('mscale_all_dim', 0)]
  return rope.positive('attention_factor', scale && all ? longer(scale) / longer(all) : longer(1))
}
