/** A small GPT on the characters of Shakespeare's plays. */
import { countParameters } from '../../nn/index.js'
import { curvesOf } from '../../report/curves/journal.js'
import { save } from '../../saving/index.js'
import { tensor } from '../../tensor/index.js'
import { generate, ngrams, perplexity } from '../../text/index.js'
import { predict } from '../../train/index.js'
import { count } from '../options.js'
import { defineRecipe, type Recipe } from '../recipe.js'
import { recipeReport } from '../report.js'
import { gptConfig, gptOptions, plays, trainGpt } from '../shakespeare.js'
import { lossByPlace, surprises } from './surprise.js'

const prompt = '\n'
const sampled = 600

/** `hebb train gpt` */
export const gptRecipe: Recipe = defineRecipe({
  name: 'gpt',
  summary: 'a Transformer that writes like Shakespeare, letter by letter: 0.8 million parameters, validation loss 1.88 and below',
  options: {
    ...gptOptions,
    measured: count(111_540, 'characters of the validation part to measure on', { least: 100 }),
  },
  quick: { layers: 1, width: 32, steps: 60, measured: 5000 },
  async run(context) {
    const { seed, layers, heads, width, context: length, steps, measured } = context.settings
    const text = await plays(context, measured)
    const { tokenizer, train: trainIds, held } = text
    const trained = await trainGpt(context, text)
    if (!trained) return undefined
    const { model } = trained
    const { journal, seconds } = trained.training
    await save(model, context.path('model.safetensors'), {
      recipe: 'gpt',
      seed: String(seed),
      characters: JSON.stringify(tokenizer.tokens),
    })
    const found = await perplexity(model, held, { signal: context.signal })
    const overlapping = await perplexity(model, held, { stride: Math.ceil(length / 4), signal: context.signal })
    const counted = [1, 2, 3, 5].map((order) => ({ order, loss: ngrams(trainIds, { order, vocabulary: tokenizer.size }).loss(held) }))
    const best = counted.reduce((a, b) => (b.loss < a.loss ? b : a))
    const write = async (temperature: number, topK = tokenizer.size): Promise<string> =>
      (await generate(model, prompt, { tokenizer, tokens: sampled, temperature, topK, seed, slide: true, signal: context.signal })).text
    const samples = [
      { title: 'Temperature 0.8, of the 40 likeliest', text: await write(0.8, 40) },
      { title: 'Temperature 1: as likely as the model believes', text: await write(1) },
      { title: 'Temperature 0: always the likeliest, which soon goes in circles', text: await write(0) },
    ]
    if (context.signal.aborted) return undefined
    context.stream.write(`\n${samples[0]!.text.trim()}\n\n`)
    const passage = held.subarray(0, length + 1)
    const logits = await predict(model, tensor(passage.subarray(0, length), { shape: [1, length] }))
    const places = await lossByPlace(model, held, Math.min(200, Math.floor((held.length - 1) / length)))
    const { total } = countParameters(model)
    await recipeReport(context, {
      title: 'GPT: Shakespeare, letter by letter',
      description: `${layers} ${layers === 1 ? 'block' : 'blocks'}, ${heads} heads, ${width} wide, ${length} characters at once; trained on ${trainIds.length.toLocaleString('en')} characters, measured on ${held.length.toLocaleString('en')} it never saw.`,
      tiles: [
        { label: 'Validation loss', value: found.loss, note: `${found.bits.toFixed(3)} bits a character` },
        { label: 'Perplexity', value: found.perplexity, note: `of ${tokenizer.size} characters` },
        {
          label: 'With overlapping windows',
          value: overlapping.loss,
          note: `each from ${length - Math.ceil(length / 4)} characters or more`,
        },
        { label: 'Training', value: seconds, format: 'seconds' },
        { label: 'Parameters', value: total, format: 'count' },
      ],
      ...curvesOf(journal, { validation: 'test' }),
      sections: [
        {
          title: 'What it writes',
          text: 'It begins with an empty line and draws one character after the other. Words, names and the form of a play come first; sense would need more of everything.',
          figures: samples.map(({ title, text }) => ({ kind: 'text', title, text })),
        },
        {
          title: 'What attention is for',
          text: 'The more of the window lies before a character, the less it is surprised: attention finds what matters there. Counting which character followed the last few is a language model, too, and where all of the text is counted a strong one: this network sees as many characters as the text has, most of them once, and then has to do without the text.',
          figures: [
            {
              kind: 'lines',
              title: 'Loss by place in the window',
              x: { title: 'characters before the predicted one' },
              y: { title: 'nats' },
              series: [{ name: 'GPT', points: places.map((y, i) => ({ x: i + 1, y })) }],
              marks: counted.map(({ order, loss }) => ({ y: loss, name: `counted runs of ${order}` })),
            },
            {
              kind: 'bars',
              title: 'Validation loss beside counting',
              bars: [
                { label: 'GPT', value: found.loss },
                ...counted.map(({ order, loss }) => ({ label: `counted runs of ${order}`, value: loss })),
                { label: 'no idea', value: Math.log(tokenizer.size) },
              ],
            },
          ],
        },
        {
          title: 'Where it is surprised',
          figures: [
            {
              kind: 'table',
              title: 'The first characters of the validation part',
              note: 'Most of the surprise lies at the beginnings of words; their ends follow.',
              columns: ['after', 'came', 'with probability', 'the model expected'],
              rows: surprises(await logits.cast('f32').data(), passage, tokenizer),
            },
          ],
        },
      ],
      config: {
        recipe: 'gpt',
        ...gptConfig,
      },
    })
    return {
      headline: `validation loss ${found.loss.toFixed(3)} nats, perplexity ${found.perplexity.toFixed(2)}, over all ${found.tokens.toLocaleString('en')} held-out characters`,
      baseline: `${best.loss.toFixed(3)} by counting runs of ${best.order} characters, ${Math.log(tokenizer.size).toFixed(3)} by guessing; nanoGPT names 1.88 for this setting`,
      numbers: {
        validationLoss: found.loss,
        perplexity: found.perplexity,
        bitsPerCharacter: found.bits,
        overlappingLoss: overlapping.loss,
        countedLoss: best.loss,
        seconds,
        steps,
        seed,
        parameters: total,
      },
    }
  },
})
