/** A language model from nothing but text: tokenizer, sizes by one dial, training, a folder that others read. */
import { dial } from '../../llm/index.js'
import { choice, count, flag, positive, text } from '../options.js'
import { defineRecipe, type Recipe } from '../recipe.js'
import { corpusNames } from './corpus.js'
import { writeReport } from './report.js'
import { powerLaw } from './scaling.js'
import { prepare } from './tokens.js'
import { type Trained, trainLM } from './training.js'

const vocabularyFor = (depth: number): number => Math.min(32_768, 1024 * depth)

/** `hebb train lm` */
export const lmRecipe: Recipe = defineRecipe({
  name: 'lm',
  summary: 'a language model pretrained on texts of your own: tokenizer, a Llama by one dial, a folder that loadLLM and transformers read',
  options: {
    data: text(
      'public-domain',
      `what it learns from: a file of text, a folder of .txt, .md and .jsonl, or a set: ${corpusNames.join(', ')}`,
      '<path>',
    ),
    depth: count(2, 'the dial: blocks, from which width, heads, batch, learning rate and updates follow'),
    tokenizer: text('', 'folder of a tokenizer to take, instead of training one', '<folder>'),
    vocabulary: count(0, 'tokens of a tokenizer that is trained; 0: 1,024 for each of depth, at most 32,768', { least: 0 }),
    context: count(256, 'tokens it sees at once', { least: 8 }),
    ratio: positive(20, 'tokens to train on for each parameter'),
    steps: count(0, 'updates; 0: as many as the ratio says', { least: 0 }),
    optimizer: choice(['muon', 'adamW'], 'muon', 'what moves matrices'),
    rate: positive(1, 'factor of the learning rate'),
    measured: count(65_536, 'held-out tokens measured on the way', { least: 2 }),
    prompt: text('', 'how samples begin; as a document does where it is not given', '<text>'),
    scale: flag('trains every smaller depth too, on the same tokens, and draws the loss against parameters and computing'),
  },
  quick: { data: 'shakespeare', depth: 1, vocabulary: 512, context: 64, steps: 60, measured: 4096 },
  async run(context) {
    const { depth, data, tokenizer: given, vocabulary, context: length, ratio, steps, optimizer, rate, scale, seed } = context.settings
    const tokens = vocabulary === 0 ? vocabularyFor(depth) : vocabulary
    const prepared = await prepare(context, { data, tokenizer: given, vocabulary: tokens }).catch((error: unknown) => {
      if (context.signal.aborted) return undefined
      throw error
    })
    if (!prepared) return undefined
    try {
      const { tokenizer } = prepared
      const depths = scale ? Array.from({ length: depth }, (_, i) => i + 1) : [depth]
      const all: Trained[] = []
      for (const d of depths) {
        const sizes = dial(d, { vocabulary: tokenizer.size, context: length, ratio, optimizer, rate, ...(steps > 0 && { steps }) })
        const one = await trainLM(context, prepared, sizes, d === depth ? undefined : `depth-${d}`)
        if (!one) return undefined
        all.push(one)
      }
      const best = all.at(-1)!
      context.stream.write(`\n${best.sample.trim()}\n\n`)
      await writeReport(context, prepared, all)
      const { bitsPerByte, loss, bytes } = best.final
      const [in8, in4] = best.fewBits.map((few) => few.bitsPerByte)
      context.stream.write(`in f32 ${bitsPerByte.toFixed(3)} bits per byte, in 8 bits ${in8!.toFixed(3)}, in 4 bits ${in4!.toFixed(3)}\n`)
      return {
        headline: `${bitsPerByte.toFixed(3)} bits per byte of held-out text (${bytes.toLocaleString('en')} bytes), ${best.sizes.parameters.toLocaleString('en')} parameters`,
        baseline: `${best.first.toFixed(3)} before training, 8 by guessing bytes`,
        numbers: {
          bitsPerByte,
          bitsPerByteIn8Bits: in8!,
          bitsPerByteIn4Bits: in4!,
          validationLoss: loss,
          parameters: best.sizes.parameters,
          tokens: best.sizes.tokens,
          steps: best.sizes.steps,
          trainingSeconds: best.seconds,
          tokensPerSecond: best.sizes.tokens / best.seconds,
          depth,
          ...(all.length > 1 && { exponent: powerLaw(all.map(({ sizes, final }) => ({ x: sizes.flops, y: final.bitsPerByte }))).exponent }),
          seed,
        },
      }
    } finally {
      await prepared.train.close()
      await prepared.validation.close()
    }
  },
})
