/** What a server of many texts and adapters does: `node --import tsx bench/serving/main.ts [one part of: clients adapters resident rude]`. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { polite, rude, together } from './clients.js'

const resident = 200
const parts = process.argv.slice(2)
const asked = (part: string): boolean => parts.length === 0 || parts.includes(part)
const mark = (what: string, value: number, limit: string, good: boolean): void =>
  console.log(`${what.padEnd(64)} ${value.toFixed(3).padStart(9)}  (mark ${limit}) ${good ? 'reached' : 'MISSED'}`)
const pause = (ms: number): Promise<void> => new Promise((go) => setTimeout(go, ms))

const script = fileURLToPath(new URL('./server.ts', import.meta.url))
const child = (...words: readonly string[]): ChildProcess =>
  spawn(process.execPath, ['--import', 'tsx', script, ...words], { stdio: ['ignore', 'pipe', 'inherit'] })

async function start(): Promise<{ readonly url: string; readonly process: ChildProcess; rss(): number; stop(): Promise<void> }> {
  const server = child('serve')
  const url = await new Promise<string>((settle, fail) => {
    server.stdout!.once('data', (data: Buffer) => settle(String(data).trim()))
    server.once('exit', () => fail(new Error('the server ended')))
  })
  return {
    url,
    process: server,
    rss: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))![1]) * 1024,
    stop: () =>
      new Promise((go) => {
        server.once('exit', () => go())
        server.kill('SIGTERM')
      }),
  }
}

const load = async (url: string, folder: string, kind: string, count: number): Promise<number> => {
  let bytes = 0
  for (let i = 0; i < count; i++) {
    const response = await fetch(`${url}/v1/adapters`, {
      method: 'POST',
      body: JSON.stringify({ name: `${kind}${i}`, path: join(folder, kind, `${kind}${i}`) }),
    })
    const made = (await response.json()) as { readonly bytes: number; readonly error?: { readonly message: string } }
    if (made.error) throw new Error(made.error.message)
    bytes += made.bytes
  }
  return bytes
}

const folder = process.env.HEBB_BENCH_ADAPTERS ?? mkdtempSync(join(tmpdir(), 'hebb-serving-'))
if ((asked('adapters') || asked('resident')) && !existsSync(join(folder, 'all', 'all0')))
  await new Promise<void>((go, fail) =>
    child('adapters', folder, String(resident)).once('exit', (code) =>
      code === 0 ? go() : fail(new Error('the adapters could not be made')),
    ),
  )

const server = await start()
const { url } = server
type Way = readonly [clients: number, options: (i: number) => Parameters<typeof polite>[1]]
/** the best of some rounds of each of two ways, in turn, once programs are compiled */
const best = async (...ways: readonly [Way, Way]): Promise<readonly [number, number]> => {
  const most: [number, number] = [0, 0]
  for (let n = 0; n < 6; n++)
    for (const [w, [clients, options]] of ways.entries()) {
      const found = await together(url, clients, options)
      if (n > 0) most[w] = Math.max(most[w]!, found)
    }
  return most
}

if (asked('clients'))
  for (const temperature of [0, 1]) {
    const [one, many] = await best([1, (i) => ({ seed: i, temperature })], [16, (i) => ({ seed: i, temperature })])
    console.log(`temperature ${temperature}: one client ${one.toFixed(1)} tokens/s, 16 clients ${many.toFixed(1)}`)
    mark(`16 clients to one, temperature ${temperature}`, many / one, '>= 4', many / one >= 4)
  }

if (asked('adapters'))
  for (const kind of ['qv', 'all']) {
    await load(url, folder, kind, 16)
    const [one, mixed] = await best([16, (i) => ({ seed: i, model: `${kind}0` })], [16, (i) => ({ seed: i, model: `${kind}${i}` })])
    console.log(`${kind}: one adapter ${one.toFixed(1)} tokens/s, 16 adapters ${mixed.toFixed(1)}`)
    mark(`16 adapters (${kind}) to one`, mixed / one, '>= 0.85', mixed / one >= 0.85)
  }

if (asked('resident')) {
  const other = await start()
  // everything that comes with the first adapter is there
  await load(other.url, folder, 'qv', 1)
  await polite(other.url, { model: 'qv0' })
  await pause(5000)
  const before = other.rss()
  let bytes = 0
  for (let i = 1; i <= resident; i++) {
    const response = await fetch(`${other.url}/v1/adapters`, {
      method: 'POST',
      body: JSON.stringify({ name: `more${i}`, path: join(folder, 'qv', `qv${i % resident}`) }),
    })
    bytes += ((await response.json()) as { readonly bytes: number }).bytes
  }
  await pause(5000)
  const more = other.rss() - before
  console.log(`${resident} adapters of ${(bytes / 1e6).toFixed(1)} MB: ${(more / 1e6).toFixed(1)} MB more of memory`)
  mark('memory of 200 adapters to their bytes', more / bytes, '<= 1.05', more / bytes <= 1.05)
  await other.stop()
}

if (asked('rude')) {
  const port = Number(new URL(url).port)
  const round = (): Promise<number> => together(url, 8, (i) => ({ seed: i, tokens: 48 }))
  for (let n = 0; n < 3; n++) await round()
  await pause(5000)
  const before = server.rss()
  const alone = Math.max(await round(), await round())
  const kinds = Object.values(rude)
  let left = 500
  const rudeOnes = Promise.all(
    Array.from({ length: 50 }, async () => {
      while (left > 0) {
        const at = left--
        await kinds[at % kinds.length]!(port)
      }
    }),
  )
  let over = false
  void rudeOnes.then(() => {
    over = true
  })
  let [rounds, lost] = [0, 0]
  while (!over) {
    rounds++
    await round().catch((error: unknown) => {
      lost++
      console.error(String(error))
    })
  }
  for (let n = 0; n < 20; n++) {
    const { texts, waiting } = (await (await fetch(`${url}/health`)).json()) as { readonly texts: number; readonly waiting: number }
    if (texts + waiting === 0) break
    await pause(1000)
  }
  const after = await round()
  await pause(10_000)
  console.log(`500 rude clients beside ${8 * rounds} polite ones; alone ${alone.toFixed(1)} tokens/s, afterwards ${after.toFixed(1)}`)
  mark('polite answers lost', lost, '0', lost === 0)
  mark('memory afterwards to before', server.rss() / before, '<= 1.05', server.rss() / before <= 1.05)
}
await server.stop()
