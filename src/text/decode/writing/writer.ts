/** One text under way: what was written of it, how its next token is chosen, and when it ends. */
import { keyBelow, keyOf, uniform } from '../../../kernels/random.js'
import { defined } from '../../../tensor/options.js'
import type { LanguageModel } from '../../languageModel.js'
import type { State } from '../constrain/states.js'
import { forbidTokens, forceTokens } from '../rules/penalties.js'
import { drawFrom, drawnBy, highestScore, penalized } from '../rules/rules.js'
import { weightsOf } from '../rules/truncate.js'
import { TextPieces } from './pieces.js'
import { mostTokens, type Settings } from './settings.js'
import { StopTexts } from './stopTexts.js'

/** A token that was written. */
export interface WrittenToken {
  readonly token: number
  /** log p of it by the model itself, in nats: by its scores before penalties, temperature and what is left out */
  readonly logProbability: number
}

/** A token that was written, with a tokenizer. */
export interface WrittenText extends WrittenToken {
  /** what it adds to the text; a character of several tokens comes whole with the last of them, and what may begin a text to stop at once it does not */
  readonly text: string
}

/** Why writing ended. */
export type Why =
  /** the id that ends texts came */
  | 'eos'
  /** one of `stop` came */
  | 'stop'
  /** there were enough tokens */
  | 'tokens'
  /** the context is full */
  | 'context'
  /** what the text is bound to is whole, and nothing may follow */
  | 'done'
  /** the signal said so */
  | 'signal'
  /** the loop was left */
  | 'break'

/** Everything that was written. */
export interface Writing {
  /** without the prompt */
  readonly ids: Int32Array
  /** of each token, as in {@link WrittenToken} */
  readonly logProbabilities: Float32Array
  readonly why: Why
}

/** Everything that was written, with a tokenizer. */
export interface WritingText extends Writing {
  /** without the id that ends it and the text that stopped it */
  readonly text: string
}

/** A token that is guessed to come next. */
export interface Drafted {
  readonly token: number
  /** the probabilities it was drawn by; none where it was not drawn */
  readonly by?: Float64Array | undefined
}

/** The use of each of the numbers drawn for a token. */
const draws = { token: 0, accept: 1, instead: 2 } as const

/** One text under way. */
export class Writer {
  readonly ids: number[]
  readonly written: number[] = []
  readonly #logs: number[] = []
  readonly #pieces: TextPieces | undefined
  readonly #stops: StopTexts
  readonly #most: number
  readonly #least: number
  readonly #key: ReturnType<typeof keyOf>
  readonly #drawn = new Float32Array(4)
  #text = ''
  #state: State | undefined
  why: Why = 'break'
  ended = false

  constructor(
    readonly prompt: readonly number[],
    private readonly settings: Settings,
    private readonly model: Pick<LanguageModel, 'context' | 'vocabulary'>,
    { seed, sample }: { readonly seed: number; readonly sample: number },
  ) {
    this.ids = [...prompt]
    this.#pieces = settings.tokenizer && new TextPieces(settings.tokenizer, prompt)
    this.#stops = new StopTexts(settings.stopTexts)
    this.#most = mostTokens(settings, prompt.length)
    this.#least = Math.max(settings.minTokens, settings.minLength - prompt.length)
    const key = keyOf(seed, 'generate')
    this.#key = sample === 0 ? key : keyBelow(key, sample)
    this.#state = settings.constraint?.start
    if (this.#most === 0) this.end('tokens')
  }

  /** Scores once everything that forbids or changes one has been at them, for the token after some `further` ones. */
  ruled(scores: ArrayLike<number>, further: readonly number[] = []): ArrayLike<number> {
    const { sampling, eos, beginSuppressTokens, forcedEos } = this.settings
    const written = further.length > 0 ? [...this.written, ...further] : this.written
    let left = penalized(scores, sampling, { prompt: this.prompt, written })
    if (written.length < this.#least) left = forbidTokens(left, eos)
    if (forcedEos.length > 0 && written.length === this.#most - 1) left = forceTokens(left, forcedEos)
    if (beginSuppressTokens.length > 0 && written.length === 0) left = forbidTokens(left, beginSuppressTokens)
    const { constraint } = this.settings
    return constraint ? constraint.mask(left, this.#stateAfter(further)!, eos) : left
  }

  /** Where the text stands after some further tokens; nowhere where they may not follow. An end leads on to nothing else. */
  #stateAfter(further: readonly number[]): State | undefined {
    const { constraint, eos } = this.settings
    let state = this.#state
    for (const token of further) if (state && !eos.includes(token)) state = constraint!.after(state, token)
    return state
  }

  /** The number of [0, 1) that decides about the next token. */
  #draw(use: keyof typeof draws): number {
    return uniform(this.#key, this.written.length, this.#drawn)[draws[use]]!
  }

  /**
   * The token that comes next by its scores. One that was drafted with probability q is taken with probability min(1, p/q), else another is drawn from
   * max(0, p − q): each comes as likely as without a draft [Leviathan 2023].
   */
  choose(scores: ArrayLike<number>, drafted?: Drafted): number {
    const ruled = this.ruled(scores)
    const best = highestScore('generate', ruled)
    if (!this.settings.draws) return best
    const p = drawnBy(ruled, this.settings.sampling)
    if (!drafted?.by) return drawFrom(p, this.#draw('token'))
    const { token, by: q } = drafted
    if (this.#draw('accept') * q[token]! < p[token]!) return token
    return drawFrom(
      p.map((share, id) => Math.max(0, share - q[id]!)),
      this.#draw('instead'),
    )
  }

  /** A guess at the token after some `further` ones, by the scores of another model, and how likely that model holds it. */
  guess(given: Float32Array, further: readonly number[]): Drafted & { readonly sure: number } {
    let scores = given
    if (given.length !== this.model.vocabulary) {
      scores = new Float32Array(this.model.vocabulary).fill(Number.NEGATIVE_INFINITY)
      scores.set(given.subarray(0, this.model.vocabulary))
    }
    const ruled = this.ruled(scores, further)
    const best = highestScore('generate: draft', ruled)
    if (!this.settings.draws) return { token: best, sure: 1 / weightsOf(ruled).total }
    const by = drawnBy(ruled, this.settings.sampling)
    // what was drawn for a guess that was refused is never drawn with again
    const key = keyBelow(this.#key, 'draft', this.written.length)
    const token = drawFrom(by, uniform(key, further.length, this.#drawn)[0]!)
    return { token, by, sure: by[token]! }
  }

  /** How many more tokens may come. */
  get left(): number {
    return this.#most - this.written.length
  }

  /** Whether nothing can come after some further tokens. */
  endsAfter(further: readonly number[]): boolean {
    const { eos, stopIds, constraint } = this.settings
    const last = further.at(-1)!
    if (eos.includes(last) || stopIds.includes(last) || further.length >= this.left) return true
    if (!constraint) return false
    const state = this.#stateAfter(further)
    return !state || (state.whole && constraint.allowed(state).count === 0)
  }

  /** Writes a token, with its log p by the model. */
  add(token: number, log: number): WrittenToken {
    this.ids.push(token)
    this.written.push(token)
    this.#logs.push(log)
    this.#endAfter(token)
    if (!this.#pieces) return { token, logProbability: log }
    const { text, stopped } = this.#stops.add(this.why === 'eos' ? this.#pieces.rest() : this.#pieces.add(token, this.ended))
    if (stopped) this.end('stop')
    const all = this.ended && !stopped ? text + this.#stops.rest() : text
    this.#text += all
    return { token, logProbability: log, text: all } as WrittenText
  }

  #endAfter(token: number): void {
    const { eos, stopIds, slide } = this.settings
    if (eos.includes(token)) {
      this.end('eos')
      return
    }
    const { constraint } = this.settings
    if (constraint) {
      this.#state = constraint.after(this.#state!, token)!
      if (this.#state.whole && constraint.allowed(this.#state).count === 0) {
        this.end('done')
        return
      }
    }
    if (stopIds.includes(token)) this.end('stop')
    else if (this.written.length >= this.#most) this.end('tokens')
    else if (!slide && this.ids.length > this.model.context) this.end('context')
  }

  end(why: Why): void {
    this.why = why
    this.ended = true
  }

  get result(): Writing {
    // a text that stopped holds nothing back
    const rest = this.why === 'signal' || this.why === 'break' ? (this.#pieces?.rest() ?? '') : ''
    const text = this.#pieces && this.#text + (rest === '' ? '' : this.#stops.add(rest).text) + this.#stops.rest()
    return defined({ ids: Int32Array.from(this.written), logProbabilities: Float32Array.from(this.#logs), why: this.why, text })
  }
}
