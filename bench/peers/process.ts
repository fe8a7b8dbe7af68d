/** The bench's side of the protocol: one process that holds one library. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { createInterface, type Interface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import type { Answers, Refusal, Request } from './protocol.js'

/** How to start a peer's process. */
export interface Command {
  readonly file: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>> | undefined
}

/** Whoever waits for an answer. */
interface Waiting {
  resolve(line: string): void
  reject(error: Error): void
}

/** A running peer. One request at a time. */
export class PeerProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #lines: Interface
  #complaints = ''
  #waiting: Waiting | undefined
  #end: Error | undefined

  constructor({ file, args, env }: Command) {
    this.#child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } })
    this.#lines = createInterface({ input: this.#child.stdout })
    this.#lines.on('line', (line) => this.#settle()?.resolve(line))
    this.#child.stderr.on('data', (chunk: Buffer) => {
      this.#complaints = (this.#complaints + chunk.toString()).slice(-2000)
    })
    this.#child.stdin.on('error', () => {}) // the exit below says more
    this.#child.on('error', (error) => this.#finish(error))
    this.#child.on('close', (code, signal) =>
      this.#finish(new Error(`its process ended with ${signal ?? `code ${code}`}${this.#complaints && `: ${lastLine(this.#complaints)}`}`)),
    )
  }

  /** processor time of the process id, to be told apart from other work on the machine */
  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Sends a request and waits for its answer. Throws what the peer refuses with, and when its process dies or is silent for `seconds`. */
  async ask<D extends Request['do']>(request: Extract<Request, { do: D }>, seconds = 300): Promise<Answers[D]> {
    if (this.#end) throw this.#end
    let timer: NodeJS.Timeout | undefined
    const line = await new Promise<string>((resolve, reject) => {
      this.#waiting = { resolve, reject }
      timer = setTimeout(() => {
        this.#settle()?.reject(new Error(`no answer in ${seconds} s`))
        this.close()
      }, seconds * 1000)
      this.#child.stdin.write(`${JSON.stringify(request)}\n`)
    }).finally(() => clearTimeout(timer))
    const answer = parsed(line) as Answers[D] | Refusal
    if ('error' in answer) throw new Error(answer.error)
    return answer
  }

  /** Ends the process. */
  close(): void {
    this.#child.stdin.end()
    this.#child.kill('SIGKILL')
  }

  #settle(): Waiting | undefined {
    const waiting = this.#waiting
    this.#waiting = undefined
    return waiting
  }

  #finish(error: Error): void {
    this.#end ??= error
    this.#settle()?.reject(error)
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    throw new Error(`its answer is no JSON: ${line.slice(0, 200)}`)
  }
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1)!
