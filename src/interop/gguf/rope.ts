/** How a GGUF file says that positions are rotated, as config.json says it. */

import { storedArray } from '../../files/safetensors/stored.js'
import { arrayOf } from '../../tensor/dtype.js'
import type { Fields } from './fields.js'
import { numbersOf } from './file.js'

/** `rope_parameters` of a configuration. */
export type RopeParameters = Readonly<Record<string, string | number | readonly number[]>>

/** What the metadata and the tensors of factors say together. Throws FileError for a kind of scaling that is not known. */
export async function ropeOf(fields: Fields, headDim: number): Promise<RopeParameters> {
  const rope_theta = fields.decimal('.rope.freq_base') ?? 10_000
  const factor = fields.decimal('.rope.scaling.factor') ?? fields.decimal('.rope.scale_linear')
  const original = fields.numberOr('.rope.scaling.original_context_length')
  const originally = original === undefined ? {} : { original_max_position_embeddings: original }
  const [long, short] = [await factorsOf(fields, 'rope_factors_long.weight'), await factorsOf(fields, 'rope_factors_short.weight')]
  if (long && short) {
    const attention = fields.decimal('.rope.scaling.attn_factor')
    return {
      rope_type: 'longrope',
      rope_theta,
      long_factor: long,
      short_factor: short,
      ...originally,
      ...(attention === undefined ? {} : { attention_factor: attention }),
    }
  }
  const frequencies = await factorsOf(fields, 'rope_freqs.weight')
  if (frequencies)
    return {
      rope_type: 'llama3',
      rope_theta,
      ...llama3(fields, frequencies, rope_theta, fields.numberOr('.rope.dimension_count') ?? headDim),
    }
  const type = fields.text('.rope.scaling.type') ?? (factor === undefined || factor === 1 ? 'none' : 'linear')
  if (type === 'none' || (type === 'linear' && (factor === undefined || factor === 1))) return { rope_type: 'default', rope_theta }
  if (type !== 'linear' && type !== 'yarn')
    return fields.refuse('.rope.scaling.type', `${JSON.stringify(type)}: none, linear and yarn are read`)
  return {
    rope_type: type,
    rope_theta,
    factor: factor ?? fields.refuse('.rope.scaling.factor', 'missing'),
    ...(type === 'yarn' ? originally : {}),
  }
}

async function factorsOf({ file }: Fields, name: string): Promise<number[] | undefined> {
  const tensor = file.tensors.get(name)
  if (tensor?.kind.dtype !== 'f32') return undefined
  const all: number[] = []
  for await (const piece of numbersOf(tensor))
    all.push(...Array.from(arrayOf(storedArray('f32', piece), 'f32'), (v) => Number(v.toPrecision(7))))
  return all
}

/**
 * The scaling of Llama 3 whose divisors of frequencies these are: 1 for waves shorter than original/high, `factor` for longer ones than original/low, and
 * 1/((1 − s)/factor + s) with s = (original/wave − low)/(high − low) between. Throws FileError for divisors that are not of this form.
 */
function llama3(fields: Fields, divisors: readonly number[], theta: number, rotated: number): RopeParameters {
  const factor = Math.max(...divisors)
  const waves = divisors.map((_, i) => 2 * Math.PI * theta ** ((2 * i) / rotated))
  const between = divisors.map((f, i) => ({ f, wave: waves[i]! })).filter(({ f }) => f > 1.000001 && f < factor * 0.999999)
  const share = (f: number): number => (1 / f - 1 / factor) / (1 - 1 / factor)
  const fits = (low: number, high: number, original: number): boolean =>
    divisors.every((f, i) => {
      const wave = waves[i]!
      const s = Math.min(1, Math.max(0, (original / wave - low) / (high - low)))
      return Math.abs(1 / ((1 - s) / factor + s) - f) <= 2e-4 * f
    })
  const named = (low: number, high: number, original: number): RopeParameters => ({
    factor,
    low_freq_factor: low,
    high_freq_factor: high,
    original_max_position_embeddings: original,
  })
  // what Meta's own models have first; whoever has two waves between has the rest
  for (const original of [
    8192,
    fields.numberOr('.rope.scaling.original_context_length') ?? 0,
    ...Array.from({ length: 16 }, (_, i) => 2 ** (i + 2)),
  ])
    if (original > 0 && fits(1, 4, original)) return named(1, 4, original)
  const [first, last] = [between[0], between.at(-1)]
  if (first && last && first !== last) {
    const slope = (share(first.f) - share(last.f)) / (1 / first.wave - 1 / last.wave)
    const offset = slope / first.wave - share(first.f)
    const [original, high] = [slope / offset, 1 + 1 / offset]
    if (fits(1, high, original)) return named(1, high, original)
  }
  return fields.refuse('general.architecture', `${fields.architecture}, and the divisors of rope_freqs.weight are not those of Llama 3`)
}
