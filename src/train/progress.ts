/**
 * How far a run is, for people watching: one line redrawn in place on a terminal, plain lines now and then in a pipe or log.
 */
import { theHost } from '../host/host.js'
import { type Field, formatDuration, printable, progressLine } from './progressLine.js'

/** Where progress is written: `process.stderr` or anything alike. */
export interface ProgressStream {
  write(text: string): unknown
  readonly isTTY?: boolean | undefined
  /** width of the terminal; default 80 */
  readonly columns?: number | undefined
}

/** What is known beforehand. */
export interface ProgressOptions {
  /** what `done` counts up to; without it there is neither bar nor time left */
  readonly total?: number | undefined
  /** what is going on: `'epoch 1/3'` */
  readonly label?: string | undefined
  /** colours on a terminal; default yes unless the environment sets NO_COLOR */
  readonly color?: boolean | undefined
  /** clock in milliseconds; default `performance.now` */
  readonly now?: (() => number) | undefined
}

/** How far it is. */
export interface ProgressState {
  readonly done: number
  /** shown in the order given; `loss`, rates (`'img/s'`) and shares (`accuracy`, as 0 … 1) are written as fits them */
  readonly fields?: Readonly<Record<string, Field>> | undefined
  /** replaces the label from here on */
  readonly label?: string | undefined
  /** worth a line of its own, an epoch's end say: it stays on the terminal and is always written to a pipe */
  readonly milestone?: boolean | undefined
}

/** Progress being shown. */
export interface ProgressBar {
  update(state: ProgressState): void
  /** a line that stays, without disturbing the bar */
  note(text: string): void
  /** ends the line and gives the cursor back; further calls do nothing */
  done(): void
}

const redrawMs = 100
const lineMs = 10_000
const lineShare = 0.1

/**
 * Shows progress on `stream`: on a terminal one line, redrawn at most ten times a second and never wider than the terminal;
 * elsewhere a line every 10 % or 10 seconds, whichever comes first, and at each milestone.
 *
 * @example
 * const bar = progress(process.stderr, { total: 60_000, label: 'epoch 1/3' })
 * bar.update({ done: 12_800, fields: { loss: 0.31, accuracy: 0.91, 'img/s': 5210 } })
 * bar.done()
 */
export function progress(stream: ProgressStream, options: ProgressOptions = {}): ProgressBar {
  const now = options.now ?? (() => performance.now())
  const { setting, atEnd } = theHost()
  const color = options.color ?? !setting('NO_COLOR')
  const onTerminal = stream.isTTY === true && setting('TERM') !== 'dumb'
  const total = options.total
  const begun = now()
  let label = options.label ?? ''
  let first: { done: number; at: number } | undefined
  let last: ProgressState | undefined
  let drawnAt = Number.NEGATIVE_INFINITY
  let drawnDone = Number.NEGATIVE_INFINITY
  let shown = false // whether the line on display is that of `last`
  let ended = false

  const line = (state: ProgressState, time: string): string =>
    progressLine({
      label,
      done: state.done,
      fields: state.fields ?? {},
      time,
      total,
      width: onTerminal ? Math.max(1, (stream.columns || 80) - 1) : undefined,
      color: onTerminal && color,
    })

  const timeLeft = (done: number, at: number): string => {
    if (total === undefined || !first || done <= first.done || at - first.at < 1000) return ''
    return done >= total ? '' : `${formatDuration(((total - done) * (at - first.at)) / (done - first.done))} left`
  }

  const draw = (state: ProgressState, time: string, stays: boolean): void => {
    if (!onTerminal) stream.write(`${line(state, time)}\n`)
    else stream.write(`${hideCursor}\r${line(state, time)}${clearRest}${stays ? '\n' : ''}`)
    shown = true
  }

  const restore = onTerminal
    ? atEnd(() => {
        if (!ended && last) stream.write(`\n${showCursor}`)
        ended = true
      })
    : () => {}

  return {
    update(state) {
      if (ended) return
      const at = now()
      first ??= { done: state.done, at }
      if (state.label !== undefined) label = state.label
      last = state
      shown = false
      const due = onTerminal
        ? at - drawnAt >= redrawMs
        : at - Math.max(drawnAt, begun) >= lineMs ||
          (total !== undefined && state.done - Math.max(drawnDone, first.done) >= total * lineShare)
      if (!due && !state.milestone) return
      drawnAt = at
      drawnDone = state.done
      draw(state, timeLeft(state.done, at), state.milestone === true)
    },
    note(text) {
      if (ended || !onTerminal || !last) stream.write(`${printable(text)}\n`)
      else {
        stream.write(`\r${printable(text)}${clearRest}\n`)
        draw(last, timeLeft(last.done, now()), false)
      }
    },
    done() {
      if (ended) return
      ended = true
      restore()
      if (last && (onTerminal ? !last.milestone || !shown : !shown)) {
        const whole = total === undefined || last.done >= total
        draw(last, `${whole ? 'in' : 'stopped after'} ${formatDuration(now() - begun)}`, true)
      }
      if (onTerminal && last) stream.write(showCursor)
    },
  }
}

const hideCursor = '\x1b[?25l'
const showCursor = '\x1b[?25h'
const clearRest = '\x1b[K'
