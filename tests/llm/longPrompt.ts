/** Child of the memory test of long prompts: reads a text of so many tokens and writes on; prints the peak in MB. */
import '../../src/entry/node.js'
import { initialize } from '../../src/index.js'
import { LLM } from '../../src/llm/index.js'
import { generate } from '../../src/text/index.js'

const model = new LLM({
  model_type: 'llama',
  vocab_size: 512,
  hidden_size: 64,
  intermediate_size: 128,
  num_hidden_layers: 2,
  num_attention_heads: 8,
  num_key_value_heads: 2,
  max_position_embeddings: 8192,
})
initialize(model, { seed: 0 })
const prompt = Array.from({ length: Number(process.argv[2]) }, (_, i) => (i * 31) % 512)
const { ids } = await generate(model, prompt, { tokens: 4 })
console.log(JSON.stringify({ peakMb: process.resourceUsage().maxRSS / 1024, written: ids.length }))
