/** What OpenAI's own client makes of the server: answers, streams, errors, retries. */
import { join } from 'node:path'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { generate } from '../../src/index.js'
import { type LLM, loadLLM } from '../../src/llm/index.js'
import { type Serving, serve } from '../../src/serve/index.js'
import { goldenPath } from '../goldens.js'

const folder = goldenPath('models')
describe.runIf(folder)('the openai client', () => {
  let model: LLM
  let server: Serving
  let client: OpenAI
  const messages = [{ role: 'user' as const, content: 'Hello there' }]
  beforeAll(async () => {
    model = await loadLLM(join(folder!, 'qwen2'), { frozen: true })
    server = await serve(model, { port: 0, apiKeys: ['secret'] })
    client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'secret' })
  })
  afterAll(() => server.close(0))

  test('a chat is what generate writes after the template', async () => {
    const prompt = model.chat!.render(messages, { addGenerationPrompt: true })
    const { text, ids } = await generate(model, prompt, { tokenizer: model.tokenizer!, tokens: 12, temperature: 0 })
    const answer = await client.chat.completions.create({ model: 'qwen2', messages, max_tokens: 12, temperature: 0 })
    expect(answer.choices[0]!.message.content).toBe(text)
    expect(answer.usage).toMatchObject({ prompt_tokens: model.tokenizer!.encode(prompt).length, completion_tokens: ids.length })
    const stream = await client.chat.completions.create({
      model: 'qwen2',
      messages,
      max_tokens: 12,
      temperature: 0,
      stream: true,
      stream_options: { include_usage: true },
    })
    let streamed = ''
    let completion = 0
    for await (const { choices, usage } of stream) {
      streamed += choices[0]?.delta.content ?? ''
      completion += usage?.completion_tokens ?? 0
    }
    expect(streamed).toBe(text)
    expect(completion).toBe(ids.length)
  })

  test('errors are those the client knows', async () => {
    const ask = (body: object, key = 'secret'): Promise<unknown> =>
      new OpenAI({ baseURL: `${server.url}/v1`, apiKey: key, maxRetries: 0 }).chat.completions.create({
        model: 'qwen2',
        messages,
        max_tokens: 1,
        ...body,
      })
    await expect(ask({}, 'wrong')).rejects.toThrow(OpenAI.AuthenticationError)
    await expect(ask({ model: 'other' })).rejects.toMatchObject({ status: 404, code: 'model_not_found', param: 'model' })
    await expect(ask({ temperature: 3 })).rejects.toMatchObject({ status: 400, param: 'temperature', type: 'invalid_request_error' })
    await expect(ask({ messages: [] })).rejects.toMatchObject({ status: 400, param: 'messages' })
    expect((await client.models.list()).data.map(({ id }) => id)).toEqual(['qwen2'])
  })
})
