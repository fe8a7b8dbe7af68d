import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { formatSafetensors } from '../../src/files/safetensors/bytes.js'
import { hubFolder } from '../../src/interop/hub.js'
import { openWeights } from '../../src/interop/weights.js'
import { gguf } from './makeGguf.js'
import { type HubFile, refuse, SmallHub, send } from './smallHub.js'

const root = mkdtempSync(join(tmpdir(), 'hebb-hub-'))
afterAll(() => rmSync(root, { recursive: true }))

const bytes = (length: number, seed: number): Buffer => Buffer.from(Uint8Array.from({ length }, (_, i) => (i * seed + (i >> 8)) & 255))
const weight = (name: string): Buffer =>
  Buffer.from(formatSafetensors({ [name]: { dtype: 'f32', shape: [50_000], data: new Float32Array(50_000).fill(1) } }))
const model = (): Map<string, HubFile> =>
  new Map<string, HubFile>([
    ['config.json', { bytes: Buffer.from('{"model_type":"llama"}') }],
    ['tokenizer.json', { bytes: Buffer.from('{}') }],
    ['README.md', { bytes: Buffer.from('read me') }],
    [
      'model.safetensors.index.json',
      {
        bytes: Buffer.from(
          JSON.stringify({ weight_map: { a: 'model-00001-of-00002.safetensors', b: 'model-00002-of-00002.safetensors' } }),
        ),
      },
    ],
    ['model-00001-of-00002.safetensors', { bytes: weight('a'), large: true }],
    ['model-00002-of-00002.safetensors', { bytes: weight('b'), large: true }],
    ['pytorch_model.bin', { bytes: bytes(1000, 3), large: true }],
    ['original/consolidated.pth', { bytes: bytes(1000, 5), large: true }],
  ])

const names = [
  'HF_ENDPOINT',
  'HF_TOKEN',
  'HF_TOKEN_PATH',
  'HF_HOME',
  'HF_HUB_CACHE',
  'HF_HUB_OFFLINE',
  'HUGGING_FACE_HUB_TOKEN',
  'HUGGINGFACE_HUB_CACHE',
  'TRANSFORMERS_OFFLINE',
  'XDG_CACHE_HOME',
] as const
const before = Object.fromEntries(names.map((name) => [name, process.env[name]]))
let hub: SmallHub
let home: string
let count = 0

beforeEach(async () => {
  for (const name of names) delete process.env[name]
  hub = await new SmallHub('owner/tiny', model()).start()
  home = join(root, String(count++))
  process.env.HF_HOME = home
  process.env.HF_ENDPOINT = hub.address
})
afterEach(async () => {
  await hub.stop()
  for (const name of names) {
    if (before[name] === undefined) delete process.env[name]
    else process.env[name] = before[name]
  }
})

const failure = async (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'nothing thrown',
    (e: Error) => e.message,
  )
/** Waits until so many bytes of a file are there. */
async function arrived(path: string, size: number): Promise<void> {
  while ((existsSync(path) ? statSync(path).size : 0) < size) await new Promise((go) => setTimeout(go, 20))
}
const store = (): string => join(home, 'hub', 'models--owner--tiny')

describe('hubFolder', () => {
  test('fetches what a model needs, once, into the layout of the Python client', async () => {
    process.env.HF_TOKEN = ' secret\n'
    const seen = new Map<string, number>()
    const folder = await hubFolder('owner/tiny', { onProgress: ({ file, bytes }) => seen.set(file, bytes) })
    expect(folder).toBe(join(store(), 'snapshots', hub.commit))
    const wanted = [
      'config.json',
      'model-00001-of-00002.safetensors',
      'model-00002-of-00002.safetensors',
      'model.safetensors.index.json',
      'tokenizer.json',
    ]
    expect(readdirSync(folder).sort()).toEqual(wanted)
    for (const name of wanted) {
      const etag = SmallHub.etagOf(hub.files.get(name)!)
      expect(readlinkSync(join(folder, name))).toBe(join('..', '..', 'blobs', etag))
      expect(readFileSync(join(folder, name)).equals(hub.files.get(name)!.bytes)).toBe(true)
      expect(seen.get(name)).toBe(hub.files.get(name)!.bytes.length)
    }
    expect(readFileSync(join(store(), 'refs', 'main'), 'utf8')).toBe(hub.commit)
    expect(readdirSync(join(store(), 'blobs')).sort()).toEqual(wanted.map((name) => SmallHub.etagOf(hub.files.get(name)!)).sort())
    const weights = await openWeights(folder)
    expect([...weights.tensors.keys()]).toEqual(['a', 'b'])
    await weights.close()
    // the token goes to the hub, and to no other
    expect(new Set(hub.asked.filter(({ host }) => host === 'hub').map(({ token }) => token))).toEqual(new Set(['Bearer secret']))
    expect(new Set(hub.asked.filter(({ host }) => host === 'store').map(({ token }) => token))).toEqual(new Set([undefined]))
    const asked = hub.asked.length
    expect(await hubFolder('owner/tiny@main')).toBe(folder)
    expect(hub.asked.length).toBe(asked + 1)
    expect(await hubFolder(`owner/tiny@${hub.commit}`, { files: ['*.md', 'original/'] })).toBe(folder)
    expect(hub.fetched.slice(-2).sort()).toEqual(['README.md', 'consolidated.pth'])
    expect(readlinkSync(join(folder, 'original', 'consolidated.pth'))).toMatch(/^\.\.\/\.\.\/\.\.\/blobs\//)
  })

  test('finds what Python fetched, and fetches only the rest; a file of the same ETag is linked', async () => {
    const shard = hub.files.get('model-00001-of-00002.safetensors')!
    mkdirSync(join(store(), 'blobs'), { recursive: true })
    writeFileSync(join(store(), 'blobs', SmallHub.etagOf(shard)), shard.bytes)
    const folder = await hubFolder('owner/tiny')
    expect(readFileSync(join(folder, 'model-00001-of-00002.safetensors')).equals(shard.bytes)).toBe(true)
    expect(hub.fetched.filter((name) => name.startsWith('model-00001'))).toEqual([])
  })

  test('goes on where it was interrupted, in the same call and in the next', async () => {
    const name = 'model-00001-of-00002.safetensors'
    const all = hub.files.get(name)!.bytes
    const part = join(store(), 'blobs', `${SmallHub.etagOf(hub.files.get(name)!)}.incomplete`)
    let cuts = 0
    hub.intrude = (asked, response) => {
      if (asked.host !== 'store' || !asked.url.endsWith(name) || cuts > 3) return false
      const from = Number(/=(\d+)-/.exec(asked.range ?? '=0-')![1])
      if (from > 0) response.setHeader('content-range', `bytes ${from}-${all.length - 1}/${all.length}`)
      response.writeHead(from > 0 ? 206 : 200, { 'content-length': all.length - from })
      response.write(all.subarray(from, from + 30_000))
      void arrived(part, from + 30_000).then(() => response.destroy())
      cuts++
      return true
    }
    const folder = await hubFolder('owner/tiny')
    expect(readFileSync(join(folder, name)).equals(all)).toBe(true)
    expect(hub.asked.filter(({ host, url }) => host === 'store' && url.endsWith(name)).map(({ range }) => range !== undefined)).toEqual([
      false,
      true,
      true,
      true,
      true,
    ])
    // what a process that was killed left
    rmSync(store(), { recursive: true })
    mkdirSync(join(store(), 'blobs'), { recursive: true })
    writeFileSync(part, all.subarray(0, 150_000))
    hub.asked.length = 0
    await hubFolder('owner/tiny')
    expect(hub.asked.find(({ host, url }) => host === 'store' && url.endsWith(name))!.range).toBe('bytes=150000-')
    expect(existsSync(part)).toBe(false)
    expect(readFileSync(join(folder, name)).equals(all)).toBe(true)
  })

  test('a process that is killed midway is gone on with, and two at once fetch each file once', { timeout: 120_000 }, async () => {
    const name = 'model-00001-of-00002.safetensors'
    const all = hub.files.get(name)!.bytes
    hub.intrude = (asked, response) => {
      if (asked.host !== 'store' || !asked.url.endsWith(name) || asked.range !== undefined) return false
      response.writeHead(200, { 'content-length': all.length })
      response.write(all.subarray(0, 100_000))
      return true
    }
    const run = (): ReturnType<typeof spawn> =>
      spawn(process.execPath, ['--import', 'tsx', fileURLToPath(new URL('hubRunner.ts', import.meta.url)), 'owner/tiny'], {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: process.env,
      })
    const killed = run()
    const part = join(store(), 'blobs', `${SmallHub.etagOf(hub.files.get(name)!)}.incomplete`)
    await arrived(part, 100_000)
    killed.kill('SIGKILL')
    await new Promise((go) => killed.on('close', go))
    expect(statSync(part).size).toBe(100_000)
    hub.asked.length = 0
    const ended = await Promise.all([run(), run()].map((child) => new Promise<number | null>((go) => child.on('close', go))))
    expect(ended).toEqual([0, 0])
    expect(
      hub.asked.filter(({ host, method, url }) => host === 'store' && method === 'GET' && url.endsWith(name)).map(({ range }) => range),
    ).toEqual(['bytes=100000-'])
    expect(hub.fetched.length).toBe(new Set(hub.fetched).size)
    expect(readFileSync(join(store(), 'snapshots', hub.commit, name)).equals(all)).toBe(true)
  })

  test('damage: another content, another length, a server that ignores ranges', async () => {
    const name = 'model-00002-of-00002.safetensors'
    const all = hub.files.get(name)!.bytes
    const wrong = Buffer.from(all)
    wrong[100]! ^= 1
    let bad = 99
    hub.intrude = (asked, response) => {
      if (asked.host !== 'store' || !asked.url.endsWith(name) || bad-- <= 0) return false
      send({ ...asked, range: undefined }, response, wrong)
      return true
    }
    const said = await failure(hubFolder('owner/tiny'))
    expect(said).toMatch(
      /^owner\/tiny: model-00002-of-00002\.safetensors has the SHA-256 [0-9a-f]{64}, and the hub says [0-9a-f]{64}\. It was thrown away: try again/,
    )
    expect(readdirSync(join(store(), 'blobs')).filter((blob) => blob.endsWith('.incomplete'))).toEqual([])
    // a beginning of another file: thrown away, and fetched anew in the same call
    writeFileSync(join(store(), 'blobs', `${SmallHub.etagOf(hub.files.get(name)!)}.incomplete`), wrong.subarray(0, 1000))
    bad = 0
    const folder = await hubFolder('owner/tiny')
    expect(readFileSync(join(folder, name)).equals(all)).toBe(true)
    rmSync(store(), { recursive: true })
    hub.intrude = (asked, response) => {
      if (asked.host !== 'store' || !asked.url.endsWith(name)) return false
      response.writeHead(200)
      response.end(Buffer.concat([all, all]))
      return true
    }
    expect(await failure(hubFolder('owner/tiny'))).toContain(`the hub sends more than the ${all.length} bytes of the file`)
  })

  test('a busy hub is asked again', async () => {
    let busy = 0
    hub.intrude = (_, response) => {
      if (busy++ >= 3) return false
      response.setHeader('retry-after', busy === 1 ? '0' : new Date(Date.now() - 1000).toUTCString())
      refuse(response, busy === 2 ? 429 : 503, '', '')
      return true
    }
    await hubFolder('owner/tiny')
    expect(hub.asked.slice(0, 4).map(({ url }) => url)).toEqual(Array(4).fill('/api/models/owner/tiny/revision/main'))
  })

  test('what the hub refuses is said with the cure', async () => {
    expect(await failure(hubFolder('owner/tiny@nowhere'))).toContain(
      'owner/tiny: it has no revision "nowhere" (HTTP 404: Invalid rev id: nowhere). See ',
    )
    expect(await failure(hubFolder('owner/other'))).toMatch(
      /^owner\/other: http:.* does not know it, or does not show it: no token was given \(HTTP 401: Repository not found\)\. Check the name; of a private model set HF_TOKEN/,
    )
    hub.intrude = (asked, response) => {
      if (asked.url.startsWith('/api/')) return false
      refuse(response, asked.token ? 403 : 401, 'GatedRepo', 'Access to model owner/tiny is restricted')
      return true
    }
    expect(await failure(hubFolder('owner/tiny'))).toMatch(
      /^owner\/tiny: it is gated, and no token was given \(HTTP 401: .*\)\. Ask for access on http:.*\/owner\/tiny, then set HF_TOKEN/,
    )
    expect(await failure(hubFolder('owner/tiny', { token: 'mine' }))).toContain(
      'it is gated, and the token that was given is not enough (HTTP 403',
    )
    mkdirSync(home, { recursive: true })
    writeFileSync(join(home, 'token'), 'from-file\n')
    await failure(hubFolder('owner/tiny'))
    expect(hub.asked.at(-1)!.token).toBe('Bearer from-file')
    await failure(hubFolder('owner/tiny', { token: false }))
    expect(hub.asked.at(-1)!.token).toBeUndefined()
    hub.intrude = (_, response) => {
      response.end('<html>hello</html>')
      return true
    }
    expect(await failure(hubFolder('owner/tiny'))).toContain('answers, but not as a hub does: check HF_ENDPOINT')
    for (const name of ['../x', 'a/b/c', 'a/..', 'owner/tiny@../x', 'owner/tiny:', '/abs', ''])
      expect(await failure(hubFolder(name))).toMatch(/is no folder here|is no branch|no file behind/)
  })

  test('names that lead out of the folder are refused', async () => {
    for (const name of ['../../evil.json', '/etc/passwd', 'a\\b']) {
      hub.files.set(name, { bytes: Buffer.from('x') })
      expect(await failure(hubFolder('owner/tiny'))).toContain(`is ${JSON.stringify(name)}, which is no path inside a folder`)
      hub.files.delete(name)
    }
    hub.intrude = (asked, response) => {
      if (asked.method !== 'HEAD') return false
      response.setHeader('etag', '"../../../evil"')
      response.end()
      return true
    }
    expect(await failure(hubFolder('owner/tiny'))).toContain('the hub gives no ETag for config.json by which it could be kept')
  })

  test('offline, and where the hub cannot be reached or refuses, what is kept does', async () => {
    process.env.HF_HUB_OFFLINE = '1'
    expect(await failure(hubFolder('owner/tiny'))).toBe(
      `owner/tiny: HF_HUB_OFFLINE is set: nothing is fetched. And ${join(home, 'hub')} holds nothing of owner/tiny at main.`,
    )
    process.env.HF_HUB_OFFLINE = '0'
    const folder = await hubFolder('owner/tiny')
    process.env.HF_HUB_OFFLINE = 'yes'
    const asked = hub.asked.length
    for (const name of ['owner/tiny', `owner/tiny@${hub.commit}`]) expect(await hubFolder(name)).toBe(folder)
    expect(hub.asked.length).toBe(asked)
    delete process.env.HF_HUB_OFFLINE
    const gone = await new SmallHub('owner/tiny', new Map()).start()
    process.env.HF_ENDPOINT = gone.address
    await gone.stop()
    expect(await hubFolder('owner/tiny')).toBe(folder)
    expect(await failure(hubFolder('owner/other'))).toMatch(
      /^owner\/other: the hub cannot be reached \(127\.0\.0\.1:\d+: the connection was refused \(ECONNREFUSED\)\): check the connection and HF_ENDPOINT\. And .* holds nothing of owner\/other at main\.$/,
    )
    process.env.HF_ENDPOINT = hub.address
    hub.intrude = (_, response) => {
      refuse(response, 401, 'RepoNotFound', 'no')
      return true
    }
    expect(await hubFolder('owner/tiny')).toBe(folder)
  })

  test('a signal ends it, and what has arrived stays', async () => {
    const stop = new AbortController()
    const name = 'model-00001-of-00002.safetensors'
    hub.intrude = (asked, response) => {
      if (asked.host !== 'store' || !asked.url.endsWith(name)) return false
      response.writeHead(200, { 'content-length': 1e6 })
      response.write(Buffer.alloc(70_000))
      return true
    }
    const part = join(store(), 'blobs', `${SmallHub.etagOf(hub.files.get(name)!)}.incomplete`)
    const said = failure(hubFolder('owner/tiny', { signal: stop.signal }))
    await arrived(part, 70_000)
    stop.abort(new Error('enough'))
    expect(await said).toBe('enough')
    expect(statSync(part).size).toBe(70_000)
  })

  test('one GGUF file by its name or a part of it; weights of pickle alone, several models', async () => {
    const file = { bytes: gguf([['general.architecture', 8, 'llama']], []), large: true }
    for (const name of ['tiny.Q4_0.gguf', 'tiny.Q4_K_M.gguf', 'big-00001-of-00002.gguf', 'big-00002-of-00002.gguf'])
      hub.files.set(name, file)
    expect(await hubFolder('owner/tiny:q4_0')).toBe(join(store(), 'snapshots', hub.commit, 'tiny.Q4_0.gguf'))
    expect(await hubFolder('owner/tiny@main:big')).toBe(join(store(), 'snapshots', hub.commit, 'big-00001-of-00002.gguf'))
    expect(readdirSync(join(store(), 'snapshots', hub.commit))).toContain('big-00002-of-00002.gguf')
    expect(await failure(hubFolder('owner/tiny:tiny'))).toBe(
      'owner/tiny has several files named "tiny": it has tiny.Q4_0.gguf, tiny.Q4_K_M.gguf',
    )
    expect(await failure(hubFolder('owner/tiny:Q8_0'))).toContain('owner/tiny has no file named "Q8_0": it has config.json, ')
    for (const name of [...hub.files.keys()]) if (name.includes('safetensors')) hub.files.delete(name)
    expect(await failure(hubFolder('owner/tiny'))).toContain('owner/tiny has several models: tiny.Q4_0.gguf, ')
    for (const name of [...hub.files.keys()]) if (name.endsWith('gguf')) hub.files.delete(name)
    expect(await failure(hubFolder('owner/tiny'))).toContain(
      "owner/tiny has its weights in pytorch_model.bin alone, written by Python's pickle",
    )
    expect(await failure(hubFolder('owner/tiny', { files: ['*.onnx'] }))).toContain(
      'owner/tiny has no file like *.onnx. It has config.json, ',
    )
  })
})
