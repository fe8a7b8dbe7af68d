/** What writes: language models of every family as others publish them, and one to begin with. */
export type { DecoderConfig, LayerKind } from './decoder/config.js'
export { Decoder } from './decoder/decoder.js'
export type { Rope, RopeStretch } from './decoder/rope.js'
export { type FamilyName, type ModelConfig, readConfig } from './families/index.js'
export { type LoadLLMOptions, loadLLM } from './files/loadLLM.js'
export { type SaveLLMOptions, saveLLM } from './files/saveLLM.js'
export { Gpt, type GptConfig } from './gpt.js'
export { type GenerationConfig, LLM, type LLMParts, type WeightFormat } from './llm.js'
