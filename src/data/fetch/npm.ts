/** npm packages as a source of data: fetched by the user's own npm, so that its registry, proxy and login apply. */
import { spawn } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf } from '../../files/fileError.js'
import { HebbError } from '../../tensor/errors.js'
import { onDisk } from './disk.js'

/** How a package is fetched. */
export interface PackOptions {
  readonly signal?: AbortSignal | undefined
  /** milliseconds from npm's first word until the registry must have answered; 10 000 */
  readonly answerTimeout?: number | undefined
}

/** milliseconds npm may take to say its first word */
const startTimeout = 30_000

/** Prefix of the folders packages are fetched into. */
export const packPrefix = '.npm-'

/**
 * Runs `npm pack` for `spec` (name@version) into a fresh folder inside `folder`, and gives the path of the .tgz to `use`; the folder is
 * removed afterwards. No script of the package runs. Throws HebbError with npm's reason, when npm is missing, and when no registry answers.
 */
export async function withPackage<T>(spec: string, folder: string, options: PackOptions, use: (tgz: string) => Promise<T>): Promise<T> {
  const place = await onDisk(folder, () => mkdtemp(join(folder, packPrefix)))
  try {
    await pack(spec, place, options)
    const tgz = (await readdir(place)).find((name) => name.endsWith('.tgz'))
    if (!tgz) throw new HebbError(`npm pack ${spec} made no .tgz`)
    return await use(join(place, tgz))
  } finally {
    await rm(place, { recursive: true, force: true }).catch(() => {})
  }
}

function pack(spec: string, place: string, { signal, answerTimeout = 10_000 }: PackOptions): Promise<void> {
  signal?.throwIfAborted()
  const windows = process.platform === 'win32'
  const flags = [
    '--loglevel=verbose',
    '--ignore-scripts',
    '--dry-run=false',
    '--fetch-retries=1',
    '--fetch-retry-mintimeout=1000',
    '--color=false',
  ]
  // the path goes through the environment, so that it need not survive a shell
  const env = { ...process.env, npm_config_pack_destination: place, npm_config_update_notifier: 'false' }
  return new Promise((resolve, reject) => {
    // npm on Windows is a script that only a shell can run; spec is a constant of ours without special characters
    const child = spawn('npm', ['pack', spec, ...flags], { env, shell: windows, stdio: ['ignore', 'ignore', 'pipe'], windowsHide: true })
    let log = ''
    let answered = false
    let why: string | undefined
    const stop = (): void => void child.kill()
    const within = (ms: number, reason: string): NodeJS.Timeout =>
      setTimeout(() => {
        if (answered) return
        why = reason
        stop()
      }, ms)
    // a busy machine may be slow to start npm; only the registry is expected to be quick
    let timer = within(startTimeout, `npm did not start within ${startTimeout / 1000} s`)
    signal?.addEventListener('abort', stop)
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (log === '') {
        clearTimeout(timer)
        timer = within(answerTimeout, `the npm registry gave no answer within ${answerTimeout / 1000} s`)
      }
      log = (log + text).slice(-20_000)
      answered ||= /http fetch .* [1-5]\d\d /.test(log)
    })
    const end = (error?: unknown): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
      if (error === undefined) resolve()
      else reject(error)
    }
    child.on('error', (error) => {
      const missing = codeOf(error) === 'ENOENT'
      end(new HebbError(missing ? 'npm is not installed, or not on the PATH' : `npm cannot be run (${codeOf(error)})`, { cause: error }))
    })
    child.on('close', (code, killed) => {
      if (code === 0) end()
      else if (signal?.aborted) end(signal.reason)
      else if (why) end(new HebbError(why))
      else end(new HebbError(`npm pack failed: ${reasonIn(log) || (killed ? `ended by ${killed}` : `exit code ${code}`)}`))
    })
  })
}

/** The first lines of npm's own complaint. */
function reasonIn(log: string): string {
  const said = [...log.matchAll(/^npm (?:error|ERR!) (.+)$/gm)].map(([, line]) => line!.trim())
  const lines = said.filter(
    (line) => !/^(A complete log|This is a problem related|In most cases|If you are behind|'proxy' config)/.test(line),
  )
  return lines.slice(0, 2).join(': ')
}
