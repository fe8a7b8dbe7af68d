/** Reading tokenizers that others published. */
import { HebbError } from '../../tensor/index.js'
import { openFolder } from '../publishedFolder.js'
import type { PublishedTokenizer } from '../tokenizer.js'
import { classOf } from './classes.js'
import { Fields, type Json } from './fields.js'
import { FileTokenizer } from './fileTokenizer.js'
import { readModel } from './model/readModel.js'
import { tokenSettings } from './settings.js'
import { readDecoder } from './steps/decoders.js'
import { readNormalizer } from './steps/normalizers.js'
import { readAround } from './steps/postProcessors.js'
import { readPreTokenizer } from './steps/preTokenizers.js'

/** The files of a tokenizer, as `JSON.parse` gives them. */
export interface TokenizerFiles {
  /** tokenizer.json */
  readonly tokenizer: unknown
  /** tokenizer_config.json */
  readonly config?: unknown
  /** special_tokens_map.json, which older folders have */
  readonly specialTokensMap?: unknown
  /** added_tokens.json, which older folders have */
  readonly addedTokens?: unknown
  /** `model_type` of config.json: it decides which of Python's classes reads the tokenizer */
  readonly modelType?: string
}

/** The names of the files in a folder. */
const fileNames = {
  tokenizer: 'tokenizer.json',
  config: 'tokenizer_config.json',
  specialTokensMap: 'special_tokens_map.json',
  addedTokens: 'added_tokens.json',
  model: 'config.json',
} as const

async function fromFolder(path: string): Promise<TokenizerFiles> {
  const folder = await openFolder(path, 'readTokenizer')
  if (!folder.names.has(fileNames.tokenizer))
    throw new HebbError(
      `readTokenizer: ${path} has no ${fileNames.tokenizer}: in Python AutoTokenizer.from_pretrained(…).save_pretrained(…) writes one`,
    )
  const model = (await folder.json(fileNames.model)) as { readonly model_type?: unknown } | null | undefined
  const modelType = model?.model_type
  return {
    tokenizer: await folder.json(fileNames.tokenizer),
    config: await folder.json(fileNames.config),
    specialTokensMap: await folder.json(fileNames.specialTokensMap),
    addedTokens: await folder.json(fileNames.addedTokens),
    ...(typeof modelType === 'string' && { modelType }),
  }
}

/**
 * The tokenizer of files that are parsed already. Ids and texts are those of Python's transformers 5: tokenizer.json says how texts are
 * normalized, cut, looked up and decoded, tokenizer_config.json which tokens are special. As there, files of the classes LlamaTokenizer,
 * GPT2Tokenizer, Qwen2Tokenizer, GemmaTokenizer and GPTNeoXTokenizer give vocabulary, merges and tokens alone, and the class the rest.
 * `dropout`, truncation and padding of the file are left out: they are for training.
 * Throws HebbError for kinds that are not known and for values that do not fit, naming the field.
 */
export function tokenizerOf(files: TokenizerFiles): PublishedTokenizer {
  const given = Fields.of(files.tokenizer as Json, fileNames.tokenizer)
  const optional = (value: unknown, name: string): Fields | undefined =>
    (value ?? null) === null ? undefined : Fields.of(value as Json, name)
  const config = optional(files.config, fileNames.config) ?? new Fields({}, fileNames.config)
  const kind = classOf(given, config, files.modelType)
  const file = kind ? kind.rebuilt(given, config) : given
  const model = readModel(file.object('model'))
  const { added, named } = tokenSettings({
    file,
    config,
    kind,
    vocabulary: model.vocabulary,
    specialMap: optional(files.specialTokensMap, fileNames.specialTokensMap),
    addedMap: optional(files.addedTokens, fileNames.addedTokens),
  })
  const tidies =
    config.has('clean_up_tokenization_spaces') &&
    config.flag('clean_up_tokenization_spaces') &&
    (model.kind !== 'BPE' || config.get('clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output') === true)
  return new FileTokenizer({
    normalizer: readNormalizer(file.get('normalizer'), file.at('normalizer')),
    preTokenizer: readPreTokenizer(file.get('pre_tokenizer'), file.at('pre_tokenizer')),
    model,
    around: readAround(file.get('post_processor'), file.at('post_processor')),
    decode: readDecoder(file.get('decoder'), file.at('decoder')),
    added,
    named,
    tidies,
  })
}

/**
 * The tokenizer of a folder as Hugging Face keeps them: tokenizer.json, and beside it tokenizer_config.json, special_tokens_map.json,
 * added_tokens.json and config.json where they are there. See {@link tokenizerOf} for what is read.
 * Throws HebbError naming the file and the field for what is missing, unknown or does not fit.
 *
 * @example
 * const tokenizer = await readTokenizer('models/SmolLM2-135M')
 * tokenizer.decode(tokenizer.encode('Hello!')) // 'Hello!'
 */
export const readTokenizer = async (folder: string): Promise<PublishedTokenizer> => tokenizerOf(await fromFolder(folder))
