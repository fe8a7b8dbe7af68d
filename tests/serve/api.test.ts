/** The interface: every way to ask, what is refused, who is let in, what happens to those that go. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { generate } from '../../src/index.js'
import { type LLM, loadLLM } from '../../src/llm/index.js'
import { type Serving, serve } from '../../src/serve/index.js'
import { lora, saveAdapter } from '../../src/tune/index.js'
import { expectClose } from '../compare.js'
import { goldenPath } from '../goldens.js'

const folder = goldenPath('models')
const path = folder ? longer(join(folder, 'qwen2')) : ''

/** A copy of a golden model whose context has room for tools. */
function longer(from: string): string {
  const to = join(mkdtempSync(join(tmpdir(), 'hebb-longer-')), 'qwen2')
  cpSync(from, to, { recursive: true })
  const config = JSON.parse(readFileSync(join(to, 'config.json'), 'utf8')) as object
  writeFileSync(join(to, 'config.json'), JSON.stringify({ ...config, max_position_embeddings: 1024 }))
  return to
}
const messages = [{ role: 'user' as const, content: 'Hello' }]
const tools = [
  {
    type: 'function' as const,
    function: {
      name: 'add',
      parameters: {
        type: 'object',
        properties: { a: { type: 'integer', minimum: 0, maximum: 9 } },
        required: ['a'],
        additionalProperties: false,
      },
    },
  },
]

describe.runIf(folder)('the interface', () => {
  let model: LLM
  let server: Serving
  let client: OpenAI
  const raw = (at: string, init: RequestInit = {}): Promise<Response> => fetch(`${server.url}${at}`, init)
  beforeAll(async () => {
    model = await loadLLM(path, { frozen: true })
    server = await serve(model, { port: 0, bodyBytes: 10_000, texts: 4, waiting: 4, log: () => {} })
    client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 0 })
  })
  afterAll(() => server.close(0))

  test('completions: texts and ids, several at once, log p, echo', async () => {
    const prompt = 'To be or not'
    const alone = await generate(model, prompt, { tokenizer: model.tokenizer!, tokens: 6, temperature: 0 })
    const ids = [...model.tokenizer!.encode(prompt)]
    const { choices, usage } = await client.completions.create({
      model: 'qwen2',
      prompt: [prompt, prompt],
      n: 2,
      max_tokens: 6,
      temperature: 0,
      logprobs: 3,
    })
    expect(choices.map(({ index, text }) => [index, text])).toEqual([0, 1, 2, 3].map((i) => [i, alone.text]))
    expectClose(choices[3]!.logprobs!.token_logprobs!, alone.logProbabilities, { atol: 1e-4 })
    expect(Math.max(...Object.values(choices[0]!.logprobs!.top_logprobs![0]!))).toBeCloseTo(choices[0]!.logprobs!.token_logprobs![0]!, 5)
    expect(usage).toMatchObject({ prompt_tokens: 2 * ids.length, completion_tokens: 24 })
    const echoed = await client.completions.create({ model: 'qwen2', prompt: ids, max_tokens: 6, temperature: 0, echo: true })
    expect(echoed.choices[0]!.text).toBe(prompt + alone.text)
  })

  test('the same seed draws the same, a bias decides, a text stops', async () => {
    const ask = async (more: object): Promise<string> =>
      (await client.chat.completions.create({ model: 'qwen2', messages, max_tokens: 12, ...more })).choices[0]!.message.content!
    expect(await ask({ seed: 5, temperature: 1.5 })).toBe(await ask({ seed: 5, temperature: 1.5 }))
    expect(await ask({ seed: 5, temperature: 1.5 })).not.toBe(await ask({ seed: 6, temperature: 1.5 }))
    const [id] = model.tokenizer!.encode('a')
    expect(await ask({ logit_bias: { [id!]: 100 }, max_tokens: 5 })).toBe('aaaaa')
    expect(await ask({ logit_bias: { [id!]: 100 }, stop: 'aaa' })).toBe('')
  })

  test('log p of a chat, streamed as at once', async () => {
    const body = { model: 'qwen2', messages, max_tokens: 5, temperature: 0, logprobs: true, top_logprobs: 2 } as const
    const { choices } = await client.chat.completions.create(body)
    const whole = choices[0]!.logprobs!.content!
    const pieces: unknown[] = []
    for await (const chunk of await client.chat.completions.create({ ...body, stream: true }))
      pieces.push(...(chunk.choices[0]?.logprobs?.content ?? []))
    expect(pieces).toEqual(whole)
    expect(whole[0]!.top_logprobs).toHaveLength(2)
    expect(whole[0]!.top_logprobs[0]!.token).toBe(whole[0]!.token)
  })

  test('JSON that fits a schema; a call that has to come', async () => {
    const schema = { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'], additionalProperties: false }
    const { choices } = await client.chat.completions.create({
      model: 'qwen2',
      messages,
      max_tokens: 60,
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema } },
    })
    expect(typeof JSON.parse(choices[0]!.message.content!).ok).toBe('boolean')
    const named = { type: 'function', function: { name: 'add' } } as const
    const called = await client.chat.completions.create({ model: 'qwen2', messages, tools, tool_choice: named, max_tokens: 80 })
    const [call] = called.choices[0]!.message.tool_calls!
    expect(called.choices[0]).toMatchObject({ finish_reason: 'tool_calls', message: { content: null } })
    expect(call).toMatchObject({ type: 'function', function: { name: 'add' } })
    expect(JSON.parse((call as { function: { arguments: string } }).function.arguments).a).toBeGreaterThanOrEqual(0)
    let [streamed, text] = ['', '']
    for await (const { choices } of await client.chat.completions.create({
      model: 'qwen2',
      messages,
      tools,
      tool_choice: 'required',
      max_tokens: 80,
      stream: true,
    })) {
      streamed += choices[0]?.delta.tool_calls?.[0]?.function?.name ?? ''
      text += choices[0]?.delta.content ?? ''
    }
    expect([streamed, text]).toEqual(['add', ''])
    // and the talk goes on with what the function gave
    const on = await client.chat.completions.create({
      model: 'qwen2',
      messages: [...messages, called.choices[0]!.message, { role: 'tool', tool_call_id: call!.id, content: '4' }],
      tools,
      max_tokens: 2,
    })
    expect(on.choices).toHaveLength(1)
  })

  test('embeddings are of length 1, in numbers and in base64', async () => {
    const input = ['one', 'another text']
    const { data } = await client.embeddings.create({ model: 'qwen2', input, encoding_format: 'float' })
    const other = await client.embeddings.create({ model: 'qwen2', input })
    for (const [i, { embedding }] of data.entries()) {
      expect(Math.hypot(...embedding)).toBeCloseTo(1, 5)
      expectClose(other.data[i]!.embedding, embedding, { atol: 1e-6 })
    }
    expect(data[0]!.embedding).toHaveLength(48)
  })

  test('adapters are loaded, asked and dropped while the server runs', async () => {
    const own = mkdtempSync(join(tmpdir(), 'hebb-serve-'))
    const other = await loadLLM(path)
    await saveAdapter(lora(other, { rank: 4, targets: 'all-linear', initialisation: false }), own)
    const post = (body: object): Promise<Response> => raw('/v1/adapters', { method: 'POST', body: JSON.stringify(body) })
    expect((await post({ name: 'mine', path: own })).status).toBe(201)
    expect((await client.models.list()).data.map(({ id }) => id)).toEqual(['qwen2', 'mine'])
    const prompt = model.chat!.render(messages, { addGenerationPrompt: true })
    const alone = await generate(other, prompt, { tokenizer: model.tokenizer!, tokens: 8, temperature: 0 })
    const ask = (name: string): Promise<string | null> =>
      client.chat.completions
        .create({ model: name, messages, max_tokens: 8, temperature: 0 })
        .then(({ choices }) => choices[0]!.message.content)
    const [mine, base] = await Promise.all([ask('mine'), ask('qwen2')])
    expect(mine).toBe(alone.text)
    expect(base).not.toBe(mine)
    expect((await post({ name: 'no', path: join(own, 'nowhere') })).status).toBe(400)
    expect((await raw('/v1/adapters/mine', { method: 'DELETE' })).status).toBe(200)
    await expect(ask('mine')).rejects.toMatchObject({ status: 404 })
    rmSync(own, { recursive: true })
  })

  test('what is refused says what and why', async () => {
    const post = (body: string, at = '/v1/chat/completions'): Promise<Response> => raw(at, { method: 'POST', body })
    const bodies: readonly (readonly [number, string | null, object])[] = [
      [400, 'n', { n: 0 }],
      [400, 'top_p', { top_p: 'a' }],
      [400, 'stop', { stop: [''] }],
      [400, 'logit_bias', { logit_bias: { 999: 1 } }],
      [400, 'stream_options', { stream_options: {} }],
      [400, 'messages[0].content[0].type', { messages: [{ role: 'user', content: [{ type: 'image_url' }] }] }],
      [400, 'tools[0].type', { tools: [{ type: 'x' }] }],
      [400, 'response_format.json_schema', { response_format: { type: 'json_schema' } }],
      [400, 'messages', { messages: [{ role: 'user', content: 'word '.repeat(1200) }] }],
      [404, 'model', { model: 'gpt-4' }],
    ]
    for (const [status, param, more] of bodies) {
      const response = await post(JSON.stringify({ model: 'qwen2', messages, ...more }))
      const { error } = (await response.json()) as { readonly error: object }
      expect([response.status, error]).toMatchObject([status, { param, message: expect.any(String) }])
    }
    expect((await post('{')).status).toBe(400)
    expect((await post('[]')).status).toBe(400)
    expect((await post(`{"x":"${'a'.repeat(20_000)}"}`)).status).toBe(413)
    // of unknown length, too
    const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1000)) })
    const chunked = raw('/v1/chat/completions', { method: 'POST', body: endless, duplex: 'half' } as RequestInit)
    expect(
      await chunked.then(
        ({ status }) => status,
        () => 413,
      ),
    ).toBe(413)
    expect((await raw('/v1/nothing')).status).toBe(404)
    expect((await raw('/v1/models', { headers: { Origin: 'https://example.org' } })).status).toBe(403)
  })

  test('who is too many is told when to come again; who goes makes room', async () => {
    const gone = new AbortController()
    const long = { model: 'qwen2', messages, max_tokens: 600, stream: true, logit_bias: { 399: -100 } }
    const all = await Promise.all(
      Array.from({ length: 12 }, () => raw('/v1/chat/completions', { method: 'POST', body: JSON.stringify(long), signal: gone.signal })),
    )
    const refused = all.filter(({ status }) => status === 429)
    expect(refused.length).toBeGreaterThanOrEqual(1)
    expect(Number(refused[0]!.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
    gone.abort()
    await Promise.allSettled(all.map((response) => response.text()))
    await expect.poll(() => server.engine.load, { timeout: 20_000 }).toEqual({ texts: 0, waiting: 0 })
    expect((await client.chat.completions.create({ model: 'qwen2', messages, max_tokens: 1 })).choices).toHaveLength(1)
  })

  test('health, metrics and the page', async () => {
    expect(await (await raw('/health')).json()).toEqual({ status: 'ok', texts: 0, waiting: 0 })
    const metrics = await (await raw('/metrics')).text()
    expect(metrics).toMatch(/^hebb_tokens_written_total [1-9]\d*$/m)
    expect(metrics).toMatch(/^hebb_requests_total\{route="\/v1\/chat\/completions",status="200"\} \d+$/m)
    for (const line of metrics.trim().split('\n')) expect(line).toMatch(/^(# (HELP|TYPE) .+|hebb_\w+(\{(\w+="[^"]*",?)+\})? [\d.e+-]+)$/)
    const page = await raw('/')
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(await page.text()).toContain('<title>qwen2</title>')
  })
})

describe.runIf(folder)('stopping', () => {
  test('what is under way ends, or is told; then nobody is let in', async () => {
    const server = await serve(await loadLLM(path, { frozen: true }), { port: 0 })
    const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 0 })
    const ask = { model: 'qwen2', messages, logit_bias: { 399: -100 } }
    const short = client.chat.completions.create({ ...ask, max_tokens: 3 })
    const stream = await client.chat.completions.create({ ...ask, max_tokens: 100_000, stream: true })
    const whole = (async () => {
      let pieces = 0
      for await (const _ of stream) pieces++
      return pieces
    })()
    const ended = expect(whole.catch((error: Error) => error.message)).resolves.toBeDefined()
    await short
    await server.close(50)
    await ended
    await expect(client.models.list()).rejects.toThrow(OpenAI.APIConnectionError)
  })
})
