/** What a generation_config.json says, as options of `generate`. */
import { HebbError } from '../../../tensor/index.js'
import type { GenerateOptions, GenerationConfig } from './options.js'

/** Keys that are options by another name. */
const renamed = {
  max_new_tokens: 'tokens',
  max_length: 'maxLength',
  min_new_tokens: 'minTokens',
  min_length: 'minLength',
  do_sample: 'sample',
  temperature: 'temperature',
  top_k: 'topK',
  top_p: 'topP',
  min_p: 'minP',
  typical_p: 'typicalP',
  epsilon_cutoff: 'epsilonCutoff',
  eta_cutoff: 'etaCutoff',
  repetition_penalty: 'repetitionPenalty',
  no_repeat_ngram_size: 'noRepeatNgramSize',
  bad_words_ids: 'badWords',
  suppress_tokens: 'suppressTokens',
  begin_suppress_tokens: 'beginSuppressTokens',
  forced_eos_token_id: 'forcedEos',
  num_beams: 'beams',
  num_return_sequences: 'samples',
  length_penalty: 'lengthPenalty',
  early_stopping: 'earlyStopping',
  stop_strings: 'stop',
  eos_token_id: 'eos',
} as const satisfies Readonly<Record<string, keyof GenerateOptions>>

/** Keys that change nothing of what a decoder writes: how it is computed, what Python's call gives back, and what only encoder–decoders know. */
const harmless = new Set(
  `transformers_version _from_model_config _commit_hash bos_token_id pad_token_id use_cache cache_implementation cache_config max_cache_len
  output_attentions output_hidden_states output_scores output_logits return_dict_in_generate compile_config disable_compile low_memory
  continuous_batching_config prefill_chunk_size renormalize_logits decoder_start_token_id encoder_repetition_penalty encoder_no_repeat_ngram_size
  is_assistant num_assistant_tokens num_assistant_tokens_schedule assistant_confidence_threshold prompt_lookup_num_tokens max_matching_ngram_size
  assistant_early_exit assistant_lookbehind target_lookbehind assistant_ensemble_weight use_mtp speculation_type`.split(/\s+/),
)

/** Values with which a key that is not known here changes nothing. */
const neutral: Readonly<Record<string, unknown>> = {
  guidance_scale: 1,
  num_beam_groups: 1,
  diversity_penalty: 0,
  remove_invalid_values: false,
  token_healing: false,
  penalty_alpha: 0,
}

/**
 * The options that a generation_config.json stands for, as transformers reads it: what is null is not there. `sample` says whether tokens are drawn; without it
 * temperature and the like mean nothing. Throws HebbError naming a key that would change what is written and is not known here.
 *
 * @example generationOptions({ do_sample: true, top_p: 0.9 }) // { sample: true, topP: 0.9 }
 */
export function generationOptions(config: GenerationConfig): GenerateOptions {
  const options: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(config)) {
    if (value === null || value === undefined || harmless.has(key) || neutral[key] === value) continue
    const name = (renamed as Readonly<Record<string, string>>)[key]
    if (name === undefined)
      throw new HebbError(
        `generation_config.json: ${key} is ${JSON.stringify(value)}, which is not known here and may change what is written: give generate the option generation, a copy without it`,
      )
    options[name] = value
  }
  return options as GenerateOptions
}
