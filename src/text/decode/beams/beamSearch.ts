/** Beam search: the likeliest text of a language model, of several kept side by side. */
import { type CachingLanguageModel, isCaching, type LanguageModel } from '../../languageModel.js'
import { scoresAnew } from '../reading/readAnew.js'
import { readPrompt } from '../reading/readPrompt.js'
import { TextBatch, type TextReader } from '../reading/textReader.js'
import { likeliest } from '../rules/likeliest.js'
import { weightsOf } from '../rules/truncate.js'
import { mostTokens, type Settings } from '../writing/settings.js'
import type { Writer } from '../writing/writer.js'

/** A text that is searched on from, or was finished. */
interface Beam {
  readonly ids: readonly number[]
  /** of each token, by the model alone */
  readonly logs: readonly number[]
  /** sum of log p after the rules; divided by length^lengthPenalty once it is finished */
  readonly score: number
}

/** A beam that goes on: scores of the token after it, and who reads it. */
interface Live extends Beam {
  readonly scores: Float32Array
  readonly reader: TextReader | undefined
}

/**
 * The best texts after the prompt of a writer, best first, as transformers searches them: every beam is continued by its likeliest tokens, of all
 * continuations the likeliest are kept; those of the first `beams` that end are finished, and compared by Σ log p / length^lengthPenalty [Wu 2016].
 * It ends when `beams` are finished and, by `earlyStopping`, no better one is likely. Nothing when the signal says so.
 */
export async function searchBeams(model: LanguageModel, writer: Writer, settings: Settings): Promise<readonly Beam[] | undefined> {
  const { beams, lengthPenalty, earlyStopping, eos, stopIds, signal, cache } = settings
  const most = Math.min(mostTokens(settings, writer.prompt.length), model.context + 1 - writer.prompt.length)
  const batch = cache && isCaching(model) ? new TextBatch(model as CachingLanguageModel) : undefined
  const first = batch?.open()
  const begin = first ? await readPrompt(first, writer.prompt, signal) : await scoresAnew(model, writer.prompt)
  if (!begin) return undefined
  let live: readonly Live[] = [{ ids: [], logs: [], score: 0, scores: begin, reader: first }]
  let done: readonly Beam[] = []
  const ends = (id: number): boolean => eos.includes(id) || stopIds.includes(id)
  for (let length = 1; length <= most; length++) {
    if (signal?.aborted) return undefined
    const kept = Math.max(2, 1 + eos.length) * beams
    const next = live
      .flatMap((beam) => continuations(writer, beam, kept))
      .sort((a, b) => b.score - a.score)
      .slice(0, kept)
    const finished = (beam: Beam): boolean => length === most || ends(beam.ids.at(-1)!)
    const scaled = next
      .slice(0, beams)
      .filter(finished)
      .map((beam) => ({ ...beam, score: beam.score / length ** lengthPenalty }))
    if (!(earlyStopping === true && done.length >= beams)) done = [...done, ...scaled].sort((a, b) => b.score - a.score).slice(0, beams)
    const going = next.filter((beam) => !finished(beam)).slice(0, beams)
    if (going.length === 0) break
    // the best that the likeliest beam can come to
    const longest = earlyStopping === 'never' && lengthPenalty > 0 ? most : length
    const hoped = going[0]!.score / longest ** lengthPenalty
    const worst = done.length < beams ? Number.NEGATIVE_INFINITY : done.at(-1)!.score
    if (done.length >= beams && (earlyStopping === true || hoped <= worst)) break
    live = await readOn(model, writer, live, going, batch)
  }
  return done
}

interface Continued extends Beam {
  readonly from: Live
}

function continuations(writer: Writer, beam: Live, most: number): readonly Continued[] {
  const highest = beam.scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  const normal = highest + Math.log(weightsOf(beam.scores).total)
  const logs = Float64Array.from(beam.scores, (s) => s - normal)
  const ruled = writer.ruled(logs, beam.ids)
  return likeliest(ruled, most)
    .filter((id) => ruled[id]! > Number.NEGATIVE_INFINITY)
    .map((id) => ({ from: beam, ids: [...beam.ids, id], logs: [...beam.logs, logs[id]!], score: beam.score + ruled[id]! }))
}

/** Reads the last token of each: where a beam goes on in several ways, what was read of it is copied. */
async function readOn(
  model: LanguageModel,
  writer: Writer,
  before: readonly Live[],
  going: readonly Continued[],
  batch: TextBatch | undefined,
): Promise<readonly Live[]> {
  if (!batch) {
    const out: Live[] = []
    for (const { ids, logs, score } of going)
      out.push({ ids, logs, score, reader: undefined, scores: await scoresAnew(model, [...writer.prompt, ...ids]) })
    return out
  }
  const used = new Set<TextReader>()
  const readers = going.map(({ from }) => {
    const own = from.reader!
    if (used.has(own)) return own.fork()
    used.add(own)
    return own
  })
  for (const { reader } of before) if (reader && !used.has(reader)) reader.close()
  const scores = await batch.read(going.map(({ ids }, i) => ({ reader: readers[i]!, ids: ids.slice(-1) })))
  return going.map(({ ids, logs, score }, i) => ({ ids, logs, score, reader: readers[i]!, scores: scores[i]! }))
}
