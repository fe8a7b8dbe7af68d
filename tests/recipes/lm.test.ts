import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Outcome, runRecipe } from '../../src/cli/run.js'
import { generate } from '../../src/index.js'
import { dial, loadLLM } from '../../src/llm/index.js'
import { lmRecipe } from '../../src/recipes/pretraining/lm.js'
import { powerLaw } from '../../src/recipes/pretraining/scaling.js'
import { trainTokenizer } from '../../src/tokenize/index.js'

const home = mkdtempSync(join(tmpdir(), 'hebb-lm-'))
const before = process.cwd()
beforeAll(() => {
  process.chdir(home)
  const tale = Array.from(
    { length: 2000 },
    (_, i) => `The ${['cat', 'dog', 'owl'][i % 3]} said ${['yes', 'no'][i % 2]} to the ${['sun', 'moon', 'rain', 'wind'][i % 4]}.`,
  )
  writeFileSync('tale.txt', tale.join('\n'))
  mkdirSync('many')
  for (let i = 0; i < 25; i++) writeFileSync(`many/${String(i).padStart(2, '0')}.txt`, tale.slice(i * 80, (i + 1) * 80).join('\n'))
})
afterAll(() => {
  process.chdir(before)
  rmSync(home, { recursive: true, force: true })
})

const small = { depth: 1, vocabulary: 300, context: 16, steps: 20, measured: 500 }
const trained = (
  name: string,
  given: Record<string, string | number | boolean> = {},
  signal = new AbortController().signal,
): Promise<Outcome> => runRecipe(lmRecipe, { given: { data: 'tale.txt', ...small, ...given }, name }, signal)
const failure = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no error',
    (error: Error) => error.message,
  )
const at = (run: string, file: string): string => join('runs', run, file)

describe('hebb train lm', () => {
  test('from text to a folder that loadLLM reads', { timeout: 120_000 }, async () => {
    let ticks = 0
    const timer = setInterval(() => ticks++, 1)
    const { result, folder } = await trained('first')
    clearInterval(timer)
    expect(ticks).toBeGreaterThan(50)
    expect(result!.numbers.bitsPerByte).toBeLessThan(3)
    const [whole, in8, in4] = ['bitsPerByte', 'bitsPerByteIn8Bits', 'bitsPerByteIn4Bits'].map((name) => Number(result!.numbers[name]))
    // rounded weights change little, but something: they were read as they are asked for
    expect(new Set([whole, in8, in4]).size).toBe(3)
    expect(Math.abs(in8! / whole! - 1)).toBeLessThan(0.005)
    expect(Math.abs(in4! / whole! - 1)).toBeLessThan(0.1)
    const model = await loadLLM(folder)
    const { parameters } = dial(1, { vocabulary: model.tokenizer!.size })
    expect(result!.numbers).toMatchObject({ parameters, steps: 20, depth: 1 })
    expect((await generate(model, 'The cat', { tokenizer: model.tokenizer!, tokens: 5 })).ids.length).toBeGreaterThan(0)
    const config = JSON.parse(readFileSync(at('first', 'config.json'), 'utf8')) as Record<string, unknown>
    expect(config).toMatchObject({
      recipe: 'lm',
      depth: 1,
      model_type: 'llama',
      hidden_size: 64,
      eos_token_id: model.tokenizer!.special.eos,
    })
    expect(JSON.parse(readFileSync(at('first', 'corpus.json'), 'utf8'))).toMatchObject({
      heldOut: 'ends',
      vocabulary: model.tokenizer!.size,
    })
    expect(readFileSync(at('first', 'report.html'), 'utf8')).toContain('Bits per byte')
    expect(readdirSync(join('runs', 'first')).filter((name) => name.startsWith('.'))).toEqual([])
  })

  test('stopped and gone on with it leaves the same files', { timeout: 120_000 }, async () => {
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 1500)
    const { result } = await trained('halted', { steps: 60 }, stop.signal)
    const resumed = result ? undefined : await runRecipe(lmRecipe, { given: {}, resume: 'halted' }, new AbortController().signal)
    await trained('straight', { steps: 60 })
    expect((resumed?.result ?? result)!.headline).toMatch(/bits per byte/)
    for (const file of ['model.safetensors', 'tokenizer.json', 'train.bin', 'validation.bin'])
      expect(readFileSync(at('halted', file)).equals(readFileSync(at('straight', file)))).toBe(true)
  })

  test('a folder of many documents, a tokenizer taken along, and two runs at once', { timeout: 120_000 }, async () => {
    mkdirSync('mine')
    await (await trainTokenizer([readFileSync('tale.txt', 'utf8')], { vocabulary: 270 })).save('mine')
    const [one, two] = await Promise.all([
      trained('one', { data: 'many', tokenizer: 'mine' }),
      trained('two', { data: 'many', tokenizer: 'mine' }),
    ])
    expect(one.result!.headline).toBe(two.result!.headline)
    expect(readFileSync(at('one', 'model.safetensors')).equals(readFileSync(at('two', 'model.safetensors')))).toBe(true)
    expect(JSON.parse(readFileSync(at('one', 'corpus.json'), 'utf8'))).toMatchObject({ heldOut: 'documents' })
    expect(readFileSync(at('one', 'tokenizer.json')).equals(readFileSync('mine/tokenizer.json'))).toBe(true)
  })

  test('--scale trains the smaller depths too and fits a law', { timeout: 120_000 }, async () => {
    const { result } = await trained('scale', { depth: 2, scale: true, steps: 4 })
    expect(result!.numbers.exponent).toEqual(expect.any(Number))
    expect(existsSync(at('scale', 'parts/depth-1/metrics.jsonl'))).toBe(true)
    expect(readFileSync(at('scale', 'report.html'), 'utf8')).toContain('How loss goes with size')
    expect((await loadLLM(join('runs', 'scale'))).config).toMatchObject({ num_hidden_layers: 2 })
  })

  test.each<[string, Record<string, string | number>, RegExp]>([
    ['an empty file', { data: 'empty.txt' }, /empty\.txt is empty/],
    ['a folder without text', { data: 'nothing' }, /nothing holds no text/],
    ['what is not there', { data: 'missing' }, /cannot read missing: there is no such file/],
    ['bytes that are no text', { data: 'noise.bin' }, /noise\.bin: it is no text in UTF-8/],
    ['a text that is too short', { data: 'short.txt', context: 256 }, /tokens hold no two windows of 256/],
    ['a tokenizer that is none', { tokenizer: 'many' }, /has no tokenizer\.json/],
    ['a tokenizer without an end of text', { tokenizer: 'endless' }, /the tokenizer has no eos/],
    ['a vocabulary too small for bytes', { vocabulary: 100 }, /a vocabulary of 100 is not between 257/],
  ])('%s is told in one message', { timeout: 60_000 }, async (name, given, message) => {
    writeFileSync('empty.txt', '')
    writeFileSync('short.txt', 'Hello, world! '.repeat(3))
    writeFileSync(
      'noise.bin',
      Uint8Array.from({ length: 5000 }, (_, i) => (i * 37) % 256),
    )
    for (const folder of ['nothing', 'endless']) mkdirSync(folder, { recursive: true })
    const { files } = await trainTokenizer(['some text'], { vocabulary: 260 })
    writeFileSync('endless/tokenizer.json', files['tokenizer.json']!)
    writeFileSync('endless/tokenizer_config.json', JSON.stringify({ tokenizer_class: 'PreTrainedTokenizerFast' }))
    expect(await failure(trained(name.replaceAll(' ', '-'), given))).toMatch(message)
    expect(existsSync(at(name.replaceAll(' ', '-'), 'model.safetensors'))).toBe(false)
  })

  test('a disk that takes no more ends in one message, nothing half-written', { timeout: 120_000 }, async (context) => {
    if (process.platform === 'win32') context.skip('needs a shell with ulimit')
    const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
    const tsx = fileURLToPath(new URL('../../node_modules/tsx/dist/esm/index.mjs', import.meta.url))
    const words = [
      'train',
      'lm',
      '--data',
      'tale.txt',
      '--depth',
      '2',
      '--context',
      '16',
      '--steps',
      '3',
      '--vocabulary',
      '300',
      '--name',
      'full',
    ]
    const limited = ['-c', 'trap "" XFSZ; ulimit -f 1024; exec "$@"', 'limited', process.execPath, '--import', tsx, main, ...words]
    const { code, stderr } = await promisify(execFile)('bash', limited).then(
      () => ({ code: 0, stderr: '' }),
      (error: { code: number; stderr: string }) => error,
    )
    expect([code, stderr.match(/hebb: cannot write .*/)?.[0]]).toEqual([2, expect.stringMatching(/runs\/full\/checkpoint\.safetensors/)])
    expect(readdirSync(join('runs', 'full')).every((name) => !name.includes('.tmp') && statSync(at('full', name)).size < 1 << 20)).toBe(
      true,
    )
    expect(existsSync(at('full', 'model.safetensors'))).toBe(false)
  })
})

test('a power law is found from its own points', () => {
  const { factor, exponent, spread, at: law } = powerLaw([1e6, 1e7, 1e9].map((x) => ({ x, y: 3.5 * x ** -0.08 })))
  expect([factor, exponent, spread, law(1e8)].map((n) => Number(n.toFixed(6)))).toEqual([
    3.5,
    0.08,
    0,
    Number((3.5 * 1e8 ** -0.08).toFixed(6)),
  ])
})
