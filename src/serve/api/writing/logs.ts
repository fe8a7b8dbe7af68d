/** How likely tokens were, as requests ask for it. */
import { tokenBytes } from '../../../text/decode/constrain/tokenBytes.js'
import { likeliest } from '../../../text/decode/rules/likeliest.js'
import { logProbability } from '../../../text/decode/rules/rules.js'
import type { PublishedTokenizer } from '../../../tokenize/index.js'

/** A token and log p of it by the model itself, in nats. */
export interface LoggedToken {
  readonly token: string
  readonly logprob: number
  readonly bytes: readonly number[] | null
}

/** The one that was written, and those that were likeliest there. */
export interface Logged extends LoggedToken {
  readonly top_logprobs: readonly LoggedToken[]
}

/** A written token and its `top` likeliest rivals. */
export function logged(tokenizer: PublishedTokenizer, token: number, log: number, scores: Float32Array, top: number): Logged {
  const best = top > 0 ? likeliest(scores, top) : []
  const normal = scores[token]! - log
  return {
    ...told(tokenizer, token, log),
    top_logprobs: best.map((id) =>
      told(tokenizer, id, id === token ? log : scores[id]! - (Number.isFinite(normal) ? normal : scores[id]! - logProbability(scores, id))),
    ),
  }
}

function told(tokenizer: PublishedTokenizer, id: number, log: number): LoggedToken {
  const bytes = tokenBytes(tokenizer)[id]
  // JSON has no infinity
  const logprob = Math.max(log, -9999)
  if (!bytes) return { token: tokenizer.tokenOf(id) ?? '', logprob, bytes: null }
  return { token: new TextDecoder().decode(bytes), logprob, bytes: [...bytes] }
}
