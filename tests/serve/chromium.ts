/** A page in Chromium, driven through a pipe; no package is needed for it. */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'

const program = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path))

/** Whether there is a Chromium here. */
export const hasChromium = program !== undefined

type Json = Readonly<Record<string, unknown>>

/** A page of the size of a telephone. */
export interface Page {
  /** what an expression of the page gives, awaited */
  evaluate(expression: string): Promise<unknown>
  /** a picture of it, PNG */
  screenshot(): Promise<Buffer>
  /** errors and refusals that the console told of */
  readonly errors: string[]
  /** addresses that were asked */
  readonly asked: string[]
  close(): Promise<void>
}

/** Opens an address, 390 × 844. */
export async function openPage(url: string): Promise<Page> {
  const profile = mkdtempSync(join(tmpdir(), 'hebb-chromium-'))
  const flags = [
    '--headless=new',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--remote-debugging-pipe',
    `--user-data-dir=${profile}`,
  ]
  const child = spawn(program!, flags, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] })
  const [to, from] = [child.stdio[3] as Writable, child.stdio[4] as Readable]
  const waiting = new Map<number, (answer: Json) => void>()
  const [errors, asked]: [string[], string[]] = [[], []]
  let rest = ''
  let session: string | undefined
  let loaded = (): void => {}
  from.on('data', (data: Buffer) => {
    const messages = (rest + data.toString()).split('\0')
    rest = messages.pop()!
    for (const text of messages) {
      const message = JSON.parse(text) as Json
      if (typeof message.id === 'number') waiting.get(message.id)?.(message)
      const params = message.params as Json | undefined
      if (message.method === 'Page.loadEventFired') loaded()
      if (message.method === 'Runtime.exceptionThrown') errors.push(JSON.stringify(params))
      if (message.method === 'Log.entryAdded' && (params!.entry as Json).level === 'error')
        errors.push(String((params!.entry as Json).text))
      if (message.method === 'Network.requestWillBeSent') asked.push(String((params!.request as Json).url))
    }
  })
  let last = 0
  const send = (method: string, params: Json = {}): Promise<Json> =>
    new Promise((settle, fail) => {
      const id = ++last
      waiting.set(id, ({ result, error }) => (error ? fail(new Error(JSON.stringify(error))) : settle(result as Json)))
      to.write(`${JSON.stringify({ id, method, params, ...(session && { sessionId: session }) })}\0`)
    })
  const { targetId } = await send('Target.createTarget', { url: 'about:blank' })
  session = (await send('Target.attachToTarget', { targetId, flatten: true })).sessionId as string
  for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await send(`${domain}.enable`)
  await send('Emulation.setDeviceMetricsOverride', { width: 390, height: 844, deviceScaleFactor: 2, mobile: true })
  const isLoaded = new Promise<void>((go) => {
    loaded = go
  })
  await send('Page.navigate', { url })
  await isLoaded
  return {
    errors,
    asked,
    async evaluate(expression) {
      const { result, exceptionDetails } = await send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })
      if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails))
      return (result as Json).value
    },
    screenshot: async () => Buffer.from(String((await send('Page.captureScreenshot')).data), 'base64'),
    close: () =>
      new Promise((go) => {
        child.once('exit', () => {
          rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
          go()
        })
        child.kill()
      }),
  }
}
