/** A conversation in a terminal, or through a pipe: lines in, answers out as they are written. */
import { createInterface, type Interface } from 'node:readline'
import { HebbError } from '../../tensor/errors.js'
import { runCommand } from './commands.js'
import type { Talk } from './talk.js'

/** Where it takes place: `process` itself, or alike. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean | undefined }
  readonly output: NodeJS.WritableStream & { readonly isTTY?: boolean | undefined }
  /** where what is no answer is shown where no one sits before it */
  readonly errors: NodeJS.WritableStream
}

/**
 * Talks until the input ends (Ctrl-D) or /exit. Ctrl-C stops the answer under way, and not the program. Lines that come meanwhile wait for their turn. False where
 * something failed in a pipe, where nobody could mend it.
 */
export async function talkIn({ input, output, errors }: Terminal, talk: Talk): Promise<boolean> {
  const isShown = input.isTTY === true && output.isTTY === true
  const lines = createInterface({ input, output: isShown ? output : undefined, terminal: isShown, prompt: '> ', historySize: 1000 })
  let answering: AbortController | undefined
  const interrupt = (): void => {
    if (answering) answering.abort()
    else if (isShown) {
      output.write('\n(Ctrl-D ends, /help lists the commands)\n')
      lines.prompt()
    }
  }
  // a terminal in raw mode hands Ctrl-C to the line editor, a pipe to the process
  lines.on('SIGINT', interrupt)
  process.on('SIGINT', interrupt)
  const note = (text: string): unknown => (isShown ? output : errors).write(`${text}\n`)
  let isWell = true
  try {
    if (isShown) lines.prompt()
    for await (const line of queued(lines)) {
      if (line.trim() !== '') {
        answering = new AbortController()
        try {
          if (line.startsWith('/')) {
            const shown = await runCommand(talk, line)
            if (shown === 'end') break
            note(shown)
          } else {
            for await (const piece of talk.say(line, answering.signal)) output.write(piece)
            output.write('\n')
            if (answering.signal.aborted) note('(stopped)')
          }
        } catch (error) {
          if (!(error instanceof HebbError)) throw error
          note(error.message)
          isWell = isShown
        }
        answering = undefined
      }
      if (isShown) lines.prompt()
    }
  } finally {
    process.off('SIGINT', interrupt)
    lines.close()
  }
  if (isShown) output.write('\n')
  return isWell
}

/** Lines as they come, those that came while nobody asked too. */
async function* queued(lines: Interface): AsyncGenerator<string, void, undefined> {
  const waiting: string[] = []
  let isClosed = false
  let wake = (): void => undefined
  lines.on('line', (line) => {
    waiting.push(line)
    wake()
  })
  lines.on('close', () => {
    isClosed = true
    wake()
  })
  for (;;) {
    const line = waiting.shift()
    if (line !== undefined) yield line
    else if (isClosed) return
    else
      await new Promise<void>((resolve) => {
        wake = resolve
      })
  }
}
