/** What writes: language models of every family as others publish them, and one to begin with. */
export { type FamilyName, type ModelConfig, readConfig } from './families/index.js'
export { Gpt, type GptConfig } from './gpt.js'
export { type GenerationConfig, LLM, type LLMParts } from './llm.js'
export { loadLLM } from './loadLLM.js'
