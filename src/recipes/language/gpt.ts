/** A small GPT on the characters of Shakespeare's plays. */
import { tinyShakespeare, vocabularyOf, windows } from '../../data/index.js'
import { countParameters } from '../../nn/index.js'
import { adamW, cosine, linearWarmup, noDecay, sequence } from '../../optim/index.js'
import { tensor } from '../../tensor/index.js'
import { Gpt, generate, nextTokenAccuracy, nextTokenLoss, ngrams, perplexity } from '../../text/index.js'
import { predict, save } from '../../train/index.js'
import { loading } from '../loading.js'
import { count, positive } from '../options.js'
import { defineRecipe, type Recipe } from '../recipe.js'
import { recipeReport, trainingCurves } from '../report.js'
import { train } from '../training.js'
import { lossByPlace, surprises } from './surprise.js'

const prompt = '\n'
const sampled = 600

/** `hebb train gpt` */
export const gptRecipe: Recipe = defineRecipe({
  name: 'gpt',
  summary: 'a Transformer that writes like Shakespeare, letter by letter: 0.8 million parameters, validation loss 1.88 and below',
  options: {
    layers: count(4, 'blocks of attention and feed-forward net'),
    heads: count(4, 'attention heads in each'),
    width: count(128, 'width of the stream'),
    context: count(64, 'characters it sees at once'),
    batch: count(12, 'windows per step'),
    steps: count(2000, 'updates'),
    lr: positive(2e-3, 'highest learning rate, after the warm-up'),
    dropout: positive(0, 'probability of each dropout', { zero: true, most: 0.9 }),
    measured: count(111_540, 'characters of the validation part to measure on', { least: 100 }),
  },
  quick: { layers: 1, width: 32, steps: 60, measured: 5000 },
  async run(context) {
    const { seed, layers, heads, width, context: length, batch, steps, lr, dropout, measured } = context.settings
    const data = await loading(context, 'Tiny Shakespeare', tinyShakespeare)
    const vocabulary = vocabularyOf(data.text)
    const [trainIds, held] = [vocabulary.encode(data.train), vocabulary.encode(data.validation).subarray(0, measured)]
    const model = new Gpt({ vocabulary: vocabulary.size, context: length, layers, heads, width, dropout, bias: false })
    const epochs = Math.min(5, steps)
    const warmup = Math.min(100, Math.ceil(steps / 4))
    const training = await train(context, model, windows(trainIds, length), {
      loss: nextTokenLoss,
      metrics: { accuracy: nextTokenAccuracy },
      optimizer: adamW({
        lr: sequence([linearWarmup({ lr, from: 0.01, steps: warmup }), cosine({ lr, min: lr / 20, steps: steps - warmup })], [warmup]),
        beta2: 0.99,
        weightDecay: 0.1,
        groups: [noDecay],
      }),
      clip: { norm: 1 },
      epochs,
      batchesPerEpoch: Math.floor(steps / epochs),
      batchSize: batch,
      validation: windows(held, length, { stride: length }),
      unit: 'windows',
    })
    if (!training) return undefined
    const { journal, seconds } = training
    await save(model, context.path('model.safetensors'), {
      recipe: 'gpt',
      seed: String(seed),
      characters: JSON.stringify(vocabulary.characters),
    })
    const found = await perplexity(model, held, { signal: context.signal })
    const overlapping = await perplexity(model, held, { stride: Math.ceil(length / 4), signal: context.signal })
    const counted = [1, 2, 3, 5].map((order) => ({ order, loss: ngrams(trainIds, { order, vocabulary: vocabulary.size }).loss(held) }))
    const best = counted.reduce((a, b) => (b.loss < a.loss ? b : a))
    const write = async (temperature: number, topK?: number): Promise<string> =>
      vocabulary.decode(
        await generate(model, vocabulary.encode(prompt), {
          tokens: sampled,
          temperature,
          seed,
          ...(topK && { topK }),
          signal: context.signal,
        }),
      )
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
      description: `${layers} blocks, ${heads} heads, ${width} wide, ${length} characters at once; trained on ${trainIds.length.toLocaleString('en')} characters, measured on ${held.length.toLocaleString('en')} it never saw.`,
      tiles: [
        { label: 'Validation loss', value: found.loss, note: `${found.bits.toFixed(3)} bits a character` },
        { label: 'Perplexity', value: found.perplexity, note: `of ${vocabulary.size} characters` },
        {
          label: 'With overlapping windows',
          value: overlapping.loss,
          note: `each from ${length - Math.ceil(length / 4)} characters or more`,
        },
        { label: 'Training', value: seconds, format: 'seconds' },
        { label: 'Parameters', value: total, format: 'count' },
      ],
      ...trainingCurves(journal),
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
                { label: 'no idea', value: Math.log(vocabulary.size) },
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
              rows: surprises((await logits.data()) as Float32Array, passage, vocabulary),
            },
          ],
        },
      ],
      config: {
        recipe: 'gpt',
        optimizer: 'adamW, beta2 0.99, weight decay 0.1',
        schedule: 'warm-up over 100 steps, then a cosine down to a twentieth',
        clip: 1,
      },
    })
    return {
      headline: `validation loss ${found.loss.toFixed(3)} nats, perplexity ${found.perplexity.toFixed(2)}, over all ${found.tokens.toLocaleString('en')} held-out characters`,
      baseline: `${best.loss.toFixed(3)} by counting runs of ${best.order} characters, ${Math.log(vocabulary.size).toFixed(3)} by guessing; nanoGPT names 1.88 for this setting`,
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
