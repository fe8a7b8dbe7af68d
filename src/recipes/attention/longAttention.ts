/** Attention in all its forms: what they see, that fast ways give the same result, and how long they take. */

import type { JournalEvent } from '../../files/index.js'
import { crossEntropy } from '../../loss/index.js'
import { adam } from '../../optim/index.js'
import { seriesOf } from '../../report/curves/journal.js'
import type { HeatmapFigure } from '../../report/index.js'
import { greatest } from '../../tensor/extremes.js'
import { progress } from '../../train/index.js'
import { count } from '../options.js'
import { defineRecipe, type Recipe } from '../recipe.js'
import { recipeReport } from '../report.js'
import { train } from '../training.js'
import { masks, recallMap, rotary, sameResults } from './figures.js'
import { doublings, type FormTimes, medians, timeLengths, timings } from './lengths.js'
import { type Form, groups, heads, pairs, RecallNet, recallTask } from './recall.js'

const recallWindow = 8
const timedHeads = 2
const forms: Readonly<Record<Form, string>> = {
  softmax: 'every pair (softmax)',
  grouped: `${heads} heads share ${groups} of keys`,
  window: `window of ${recallWindow}`,
  linear: 'linear',
}

/** `hebb train long-attention` */
export const longAttentionRecipe: Recipe = defineRecipe({
  name: 'long-attention',
  summary: 'attention from every side: heads, causal, cross, grouped, rotary; windows and linear attention timed up to 16,384 tokens',
  options: {
    longest: count(16_384, 'longest sequence that is timed', { least: 1024 }),
    quadratic: count(4096, 'longest that the quadratic form is given', { least: 256 }),
    repeats: count(25, 'timings of each length'),
    window: count(128, 'window of the timed form', { least: 2 }),
    examples: count(12_000, 'examples of the recall task to learn from'),
    epochs: count(6, 'times through them'),
  },
  quick: { longest: 1024, quadratic: 512, repeats: 2, examples: 300, epochs: 1 },
  async run(context) {
    const { seed, longest, quadratic, repeats, window, examples, epochs } = context.settings
    const bar = progress(context.stream, { total: timings({ longest, longestQuadratic: quadratic, repeats }), label: 'timing lengths' })
    let times: FormTimes[] | undefined
    try {
      times = await timeLengths({
        heads: timedHeads,
        width: 32,
        window,
        longest,
        longestQuadratic: quadratic,
        repeats,
        seed,
        signal: context.signal,
        onRound: (done) => bar.update({ done }),
      })
    } finally {
      bar.done()
    }
    if (!times) return undefined
    const recall: { readonly name: string; readonly accuracy: number; readonly journal: readonly JournalEvent[] }[] = []
    let map: HeatmapFigure | undefined
    for (const [form, name] of Object.entries(forms) as [Form, string][]) {
      const net = new RecallNet(form, 64, recallWindow)
      const training = await train(context, net, recallTask(examples, seed, 'train'), {
        part: form,
        loss: crossEntropy,
        optimizer: adam({ lr: 2e-3 }),
        epochs,
        batchSize: 64,
        validation: recallTask(1000, seed, 'test'),
      })
      if (!training) return undefined
      recall.push({
        name,
        accuracy: seriesOf('', training.journal, 'validation.accuracy').points.at(-1)?.value ?? Number.NaN,
        journal: training.journal,
      })
      if (form === 'softmax') map = await recallMap(net, seed)
    }
    const same = await sameResults(seed)
    const slow = times[0]!
    const quick = times.slice(1).map((form) => ({
      ...form,
      worst: greatest(laterDoublings(form)),
      mean: laterDoublings(form).reduce((a, b) => a * b, 1) ** (1 / laterDoublings(form).length),
      seconds: medians(form).at(-1)!,
    }))
    const square = doublings(slow).at(-1)
    await recipeReport(context, {
      title: 'Attention from every side',
      description: 'Who sees whom, what places are for, how heads share, and what becomes of a sequence of sixteen thousand tokens.',
      tiles: [
        ...quick.map(({ name, mean, worst, seconds }) => ({
          label: name,
          value: mean.toFixed(2),
          note: `times as long for twice the length (at most ${worst.toFixed(2)}); ${seconds.toFixed(3)} s for ${longest.toLocaleString('en')} tokens`,
        })),
        {
          label: slow.name,
          value: (square ?? Number.NaN).toFixed(2),
          note: `times as long for twice the length, at the end; ${medians(slow).at(-1)!.toFixed(3)} s for ${slow.lengths.at(-1)!.toLocaleString('en')} tokens`,
        },
      ],
      sections: [
        {
          title: 'Who sees whom',
          text: 'Rows ask, columns answer; light is a large share. Every row is a softmax and sums to 1.\n\nCausal: a place sees itself and those before it, which is what lets a model write. A window: only the nearest. Cross: the places of one sequence (rows) look at another (columns), of which the last three are padding and hidden. The numbers are random here, the shapes are the point.',
          figures: await masks(seed),
        },
        {
          title: 'Places as angles',
          text: 'Attention does not know order: shuffle the keys and the result is the same. Rotary embedding turns each pair of numbers of a query or key by an angle that grows with its place; the product of two turned vectors depends on the distance between them only, wherever they stand. The map is the same along its diagonals, and the score falls off, waving, with distance.',
          figures: await rotary(),
        },
        {
          title: 'What is given up',
          text: `A task that needs attention: ${pairs} pairs of a key and a value are shown, then one of the keys; which value stood beside it? One layer of each form learns it from the same examples. A window of ${recallWindow} does not see the older pairs, and linear attention has to keep them all in one small matrix.`,
          figures: [
            {
              kind: 'bars',
              title: 'Right answers',
              format: 'percent',
              bars: recall.map(({ name, accuracy }) => ({ label: name, value: accuracy })),
            },
            {
              kind: 'lines',
              title: 'Right answers while learning',
              x: { title: 'step' },
              y: { scale: 'percent' },
              series: recall.map(({ name, journal }) => ({
                name,
                points: seriesOf(name, journal, 'validation.accuracy').points.map(({ step, value }) => ({ x: step, y: value })),
                style: 'both' as const,
              })),
            },
            ...(map ? [map] : []),
          ],
        },
        {
          title: 'How long it takes',
          text: 'Softmax attention compares every pair of places: twice the length, four times the work and memory. A window compares each place with its neighbours. Linear attention replaces the softmax by a product of features, so that keys and values can be summed up once and every query only reads the sum. Both take twice as long for twice the length.',
          figures: [
            {
              kind: 'lines',
              title: `Seconds by length: ${timedHeads} heads of 32, causal, forward`,
              x: { title: 'tokens', scale: 'log' },
              y: { title: 's', scale: 'log' },
              series: times.map((form) => ({
                name: form.name,
                points: medians(form).map((y, i) => ({ x: form.lengths[i]!, y })),
                style: 'both',
              })),
              note: `Medians of ${repeats} repeats, in each of which the quickest of three calls counts.`,
            },
            {
              kind: 'table',
              title: 'Times as long for twice the length',
              columns: ['to tokens', ...times.map(({ name }) => name)],
              rows: times[1]!.lengths
                .slice(1)
                .map((T, i) => [T.toLocaleString('en'), ...times.map((form) => doublings(form)[i]?.toFixed(2) ?? '')]),
            },
            {
              kind: 'table',
              title: 'The same result two ways',
              note: 'The largest difference of any number, single precision.',
              columns: ['fast', 'plain', 'difference'],
              rows: same.map(({ fast, plain, difference }) => [fast, plain, Number(difference.toPrecision(2))]),
            },
            {
              kind: 'table',
              title: 'What a model of 8 heads of 64 remembers while it writes, by layer',
              note: 'Keys and values of every token, in single precision; linear attention keeps the sums only.',
              columns: ['heads of keys and values', '1,024 tokens', '16,384 tokens'],
              rows: [
                ...[8, 4, 2, 1].map((g): string[] => [
                  `${g}${g === 8 ? ' (multi-head)' : g === 1 ? ' (multi-query)' : ' (grouped)'}`,
                  megabytes(1024 * g * 64 * 2),
                  megabytes(16_384 * g * 64 * 2),
                ]),
                ['linear', megabytes(8 * 64 * 65), megabytes(8 * 64 * 65)],
              ],
            },
          ],
        },
      ],
      config: { recipe: 'long-attention', heads, headWidth: 32, pairs, recallWindow },
    })
    const [windowed, linear] = quick as [(typeof quick)[0], (typeof quick)[0]]
    const right = Object.fromEntries(Object.keys(forms).map((form, i) => [`${form}Recall`, recall[i]!.accuracy]))
    return {
      headline: `twice the length takes ${linear.mean.toFixed(2)} times as long with linear attention (at most ${linear.worst.toFixed(2)}) and ${windowed.mean.toFixed(2)} with a window (at most ${windowed.worst.toFixed(2)}), up to ${longest.toLocaleString('en')} tokens`,
      baseline: `${(square ?? Number.NaN).toFixed(2)} times for softmax attention at ${slow.lengths.at(-1)!.toLocaleString('en')}`,
      numbers: {
        linearRatio: linear.mean,
        linearLargestRatio: linear.worst,
        windowRatio: windowed.mean,
        windowLargestRatio: windowed.worst,
        softmaxRatio: square ?? 0,
        linearSeconds: linear.seconds,
        windowSeconds: windowed.seconds,
        ...right,
        largestDifference: greatest(same.map(({ difference }) => difference)),
        seed,
      },
    }
  },
})

/** From 1,024 tokens on, where there is work enough to be timed; the last one of a shorter series. */
const laterDoublings = (form: FormTimes): number[] => doublings(form).slice(Math.min(2, form.lengths.length - 2))

const megabytes = (numbers: number): string => `${((4 * numbers) / 2 ** 20).toFixed(2)} MB`
