/** The server that is measured, in a process of its own: a model of SmolLM2-135M's shape with random weights, and the adapters of a folder. */
import '../../src/entry/node.js'
import { mkdirSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { LLM } from '../../src/llm/index.js'
import { frozen, initialize } from '../../src/nn/index.js'
import { serve } from '../../src/serve/index.js'
import { tokenizerOf } from '../../src/tokenize/index.js'
import { lora, saveAdapter } from '../../src/tune/index.js'

const small = process.env.HEBB_BENCH_SMALL !== undefined
const config = {
  model_type: 'llama',
  vocab_size: 49_152,
  hidden_size: small ? 64 : 576,
  intermediate_size: small ? 96 : 1536,
  num_hidden_layers: small ? 2 : 30,
  num_attention_heads: small ? 2 : 9,
  num_key_value_heads: small ? 1 : 3,
  max_position_embeddings: 2048,
  tie_word_embeddings: true,
  rope_theta: 10_000,
}

/** A word for each id. */
const tokenizer = tokenizerOf({
  tokenizer: {
    model: {
      type: 'WordLevel',
      vocab: Object.fromEntries(Array.from({ length: config.vocab_size }, (_, i) => [`w${i}`, i])),
      unk_token: 'w0',
    },
    pre_tokenizer: { type: 'WhitespaceSplit' },
    added_tokens: [],
  },
  config: {},
})

const modelOf = (): LLM => {
  const model = frozen(new LLM(config, { tokenizer }))
  initialize(model, { seed: 1 })
  return model
}

const [task, folder, count = '0'] = process.argv.slice(2)
if (task === 'adapters') {
  // all of the same numbers, which lie in memory as often as there are adapters
  const kinds = { qv: ['q_proj', 'v_proj'], all: 'all-linear' } as const
  for (const [kind, targets] of Object.entries(kinds)) {
    const model = modelOf()
    mkdirSync(join(folder!, kind, `${kind}0`), { recursive: true })
    await saveAdapter(lora(model, { rank: 8, targets, initialisation: false, name: kind }), join(folder!, kind, `${kind}0`))
    const copies = kind === 'qv' ? Number(count) : Math.min(16, Number(count))
    for (let i = 1; i < copies; i++) await cp(join(folder!, kind, `${kind}0`), join(folder!, kind, `${kind}${i}`), { recursive: true })
  }
} else {
  const server = await serve(modelOf(), { port: 0, name: 'base', waiting: 256 })
  process.once('SIGTERM', () => {
    void server.close(1000).then(() => process.exit(0))
  })
  console.log(server.url)
}
