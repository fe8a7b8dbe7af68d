/** Reading a prompt, which may be long. */
import type { TextReader } from './textReader.js'

/** ids of a prompt that are read before the signal is looked at again */
const piece = 512

/** Reads the ids of a prompt; the scores of the token after it, or nothing when the signal says so meanwhile. */
export async function readPrompt(
  reader: TextReader,
  ids: readonly number[],
  signal: AbortSignal | undefined,
): Promise<Float32Array | undefined> {
  let scores: Float32Array | undefined
  for (let at = 0; at < ids.length; at += piece) {
    if (signal?.aborted) return undefined
    scores = await reader.read(ids.slice(at, at + piece))
  }
  return scores
}
