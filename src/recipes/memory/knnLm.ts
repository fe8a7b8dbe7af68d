/** A language model that remembers its training text: what the GPT says, mixed with what followed the most similar places it has read. */

import { readSafetensors, writeSafetensors } from '../../files/index.js'
import { KeyValueMemory, mergeNeighbours, type Neighbours } from '../../memory/index.js'
import { meanInterval } from '../../metrics/index.js'
import { countParameters } from '../../nn/index.js'
import { save } from '../../saving/index.js'
import { arrayOf } from '../../tensor/index.js'
import { generate, mixtureCrossEntropy, textContexts } from '../../text/index.js'
import { progress } from '../../train/index.js'
import { choice, count } from '../options.js'
import { defineRecipe, type Recipe, type RecipeContext } from '../recipe.js'
import { gptOptions, plays, trainGpt } from '../shakespeare.js'
import { examplesOf, type Looking, withMemory } from './knnExamples.js'
import { type Asked, askedOf, askings, bestOf, choicesOf, countedOpinion, mixed, type Opinions, opinionsOf } from './knnMeasures.js'
import { knnReport } from './knnReport.js'

/** parts of the text that are remembered */
const portions = [0.1, 0.3, 1]
const order = 5
const sampled = 200

/** `hebb train knn-lm` */
export const knnLmRecipe: Recipe = defineRecipe({
  name: 'knn-lm',
  summary: 'a memory of a million places of a text, read by attention: the GPT of the recipe gpt with it and without',
  options: {
    ...gptOptions,
    key: choice(['feedForward', 'states'], 'feedForward', 'vector by which a place is found again'),
    neighbours: count(1024, 'nearest places the memory is asked for, at most'),
    remembered: count(1_003_854, 'characters of the training text in the memory, at most', { least: 100 }),
    held: count(111_540, 'characters of the validation part: a quarter to choose settings on, the rest to report', { least: 400 }),
    measured: count(10_000, 'evenly spaced characters among these that the memory is asked about', { least: 40 }),
  },
  quick: { layers: 1, width: 32, steps: 60, neighbours: 64, remembered: 20_000, held: 4000, measured: 400 },
  async run(context) {
    const { seed, key, neighbours, remembered, context: length, held: most, measured, steps } = context.settings
    const text = await plays(context, most)
    const { tokenizer, held } = text
    const trained = await trainGpt(context, text)
    if (!trained) return undefined
    const { model, training } = trained
    await save(model, context.path('model.safetensors'), {
      recipe: 'knn-lm',
      seed: String(seed),
      characters: JSON.stringify(tokenizer.tokens),
    })
    const { signal } = context
    try {
      const read = text.train.subarray(0, remembered)
      const asked = await askedOf(model, held, measured, { key, stride: Math.ceil(length / 4), signal })
      const memory = new KeyValueMemory(asked.width, { capacity: read.length })
      const bar = progress(context.stream, { total: read.length - 1, label: 'reading the text again' })
      try {
        // keys see half a window or more of what came before
        for await (const { keys, next } of textContexts(model, read, { key, stride: Math.ceil(length / 2), signal })) {
          memory.append(keys, next)
          bar.update({ done: memory.size })
        }
      } finally {
        bar.done()
      }
      const ways = askings(Math.min(neighbours, memory.size))
      const searched = performance.now()
      const opinions = await search(context, memory, asked, tokenizer.size)
      const searchSeconds = (performance.now() - searched) / 1000
      const sizes = opinions.map(({ slots, opinions: all }) => ({ slots, choices: choicesOf(all, asked, ways) }))
      const best = bestOf(sizes.at(-1)!.choices)
      const opinion = opinions.at(-1)!.opinions[ways.findIndex(({ k, temperature }) => k === best.k && temperature === best.temperature)]!
      const [said, recalled] = [asked.said.subarray(asked.choosing), opinion.subarray(asked.choosing)]
      const alone = mixtureCrossEntropy(said, said, 0)
      const gain = meanInterval(
        Array.from(said, (p, n) => Math.log(best.share * recalled[n]! + (1 - best.share) * p) - Math.log(p)),
        { block: Math.min(50, said.length), seed },
      )
      const counts = countedOpinion(read, held, asked.at, order, tokenizer.size)
      const withCounts = mixed(counts, asked)
      const counting = {
        order,
        loss: mixtureCrossEntropy(counts.subarray(asked.choosing), said, 1),
        mixedLoss: withCounts.loss,
        mixedShare: withCounts.share,
      }
      const looking: Looking = { model, memory, text: read, held, tokenizer, key, choice: best }
      const examples = await examplesOf(asked, opinion, looking)
      const prompt = held.subarray(0, Math.min(length, 32))
      const write = async (writer: typeof model | ReturnType<typeof withMemory>): Promise<string> =>
        (await generate(writer, prompt, { tokenizer, tokens: sampled, temperature: 0.8, topK: 0, seed, slide: true, signal })).text
      const texts = { prompt: tokenizer.decode(prompt), alone: await write(model), both: await write(withMemory(looking)) }
      if (signal.aborted) return undefined
      const { total } = countParameters(model)
      await knnReport(context, {
        journal: training.journal,
        seconds: training.seconds,
        searchSeconds,
        parameters: total,
        asked,
        sizes,
        best,
        byShare: Array.from({ length: 20 }, (_, i) => ({ x: i / 20, y: mixtureCrossEntropy(recalled, said, i / 20) })),
        alone,
        gain,
        counting,
        examples,
        texts,
      })
      const perplexity = Math.exp(best.loss)
      const reported = said.length.toLocaleString('en')
      return {
        headline: `perplexity ${perplexity.toFixed(2)} with a memory of ${memory.size.toLocaleString('en')} characters, ${Math.exp(alone).toFixed(2)} without, over ${reported} held-out characters (${best.loss.toFixed(3)} and ${alone.toFixed(3)} nats)`,
        baseline: `${counting.loss.toFixed(3)} nats by counting runs of ${order} characters of the same text, ${counting.mixedLoss.toFixed(3)} by the net mixed with those counts`,
        numbers: {
          loss: best.loss,
          perplexity,
          lossAlone: alone,
          perplexityAlone: Math.exp(alone),
          gainLow: gain.low,
          gainHigh: gain.high,
          lossAloneEverywhere: asked.wholeLoss,
          countedLoss: counting.loss,
          mixedCountedLoss: counting.mixedLoss,
          lossAt10: bestOf(sizes[0]!.choices).loss,
          lossAt30: bestOf(sizes[1]!.choices).loss,
          neighbours: best.k,
          temperature: best.temperature,
          share: best.share,
          slots: memory.size,
          seconds: training.seconds,
          searchSeconds,
          steps,
          seed,
          parameters: total,
        },
      }
    } catch (error) {
      if (signal.aborted) return undefined
      throw error
    }
  },
})

/**
 * What the memory says when it holds the first part of the text, more of it, and all: each part is searched once, and its nearest places are
 * joined with those of the parts before. Opinions found before a stop are read from their files.
 */
async function search(
  context: RecipeContext<{ readonly neighbours: number }>,
  memory: KeyValueMemory,
  { keys, next }: Asked,
  classes: number,
): Promise<{ readonly slots: number; readonly opinions: Opinions }[]> {
  const most = Math.min(context.settings.neighbours, memory.size)
  const ways = askings(most)
  const found: { slots: number; opinions: Opinions }[] = []
  let near: Neighbours | undefined
  let searched = 0
  for (const portion of portions) {
    const slots = Math.round(portion * memory.size)
    const name = `opinions-${Math.round(100 * portion)}.safetensors`
    if (context.resume && context.has(name)) {
      const { data } = (await readSafetensors(context.path(name))).tensors.get('opinions')!
      const all = arrayOf(data, 'f64')
      found.push({ slots, opinions: ways.map((_, i) => all.subarray(i * next.length, (i + 1) * next.length)) })
      continue
    }
    const bar = progress(context.stream, { total: next.length, label: `searching ${(slots - searched).toLocaleString('en')} places` })
    try {
      const more = await memory.nearest(keys, most, {
        from: searched,
        to: slots,
        signal: context.signal,
        onProgress: (done) => bar.update({ done }),
      })
      near = near ? mergeNeighbours(near, more, most) : more
    } finally {
      bar.done()
    }
    searched = slots
    const opinions = opinionsOf(near, memory.values, next, classes, ways)
    const all = new Float64Array(ways.length * next.length)
    opinions.forEach((opinion, i) => {
      all.set(opinion, i * next.length)
    })
    await writeSafetensors(context.path(name), { opinions: { dtype: 'f64', shape: [ways.length, next.length], data: all } })
    found.push({ slots, opinions })
  }
  return found
}
