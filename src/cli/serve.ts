/** `hebb serve`: a language model over HTTP. */
import { type Command, InvalidArgumentError } from 'commander'
import { type LoadLLMOptions, loadLLM } from '../llm/index.js'
import { serve } from '../serve/index.js'
import { HebbError } from '../tensor/errors.js'
import { stopOnSignals } from './stop.js'

interface Given {
  readonly model: string
  readonly name?: string
  readonly host: string
  readonly port: number
  readonly apiKey?: readonly string[]
  readonly bits?: number
  readonly adapters?: string
  readonly tokens: number
  readonly cache: number
  readonly prefixes: number
  readonly texts: number
  readonly waiting: number
  readonly seconds: number
  readonly grace: number
}

const whole =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text)
    if (!/^\d+$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`give a whole number from ${least} to ${most}.`)
    return value
  }

/** Adds `serve`. */
export function addServeCommand(program: Command): void {
  program
    .command('serve')
    .description("answer requests over HTTP, as OpenAI's interface has them")
    .requiredOption('--model <model>', 'a folder, a GGUF file, or a name on the hub such as owner/name')
    .option('--name <name>', "what requests call the model (default the last part of the folder's name)")
    .option('--host <host>', 'where to listen; 0.0.0.0 lets other machines in', '127.0.0.1')
    .option('--port <port>', '0 takes one that is free', whole(0, 65_535), 8000)
    .option('--api-key <key...>', 'keys of which every request brings one (or HEBB_API_KEY, by commas)')
    .option('--adapters <folder>', 'a folder of adapters, a folder each; those that come and go later are noticed')
    .option('--bits <bits>', 'bits of each weight of the projections: 4 or 8 (default as they are)', whole(4, 8))
    .option('--texts <n>', 'texts written at once at most', whole(1, 1024), 16)
    .option('--waiting <n>', 'texts that wait at most; more are turned away by 429', whole(0, 100_000), 64)
    .option('--tokens <n>', 'tokens of an answer at most where a request does not say', whole(1, 10_000_000), 2048)
    .option('--cache <mb>', 'memory of keys and values of the texts under way, in MB', whole(1, 10_000_000), 2048)
    .option('--prefixes <mb>', 'memory of keys and values of beginnings that are kept, in MB', whole(0, 10_000_000), 256)
    .option('--seconds <s>', 'an answer may take', whole(1, 86_400), 600)
    .option('--grace <s>', 'that what is under way may take once it is to stop', whole(0, 3600), 10)
    .action(run)
}

async function run(given: Given): Promise<void> {
  const stop = stopOnSignals()
  const { model: source, bits, grace, apiKey, cache, prefixes, ...options } = given
  if (bits !== undefined && bits !== 4 && bits !== 8) throw new HebbError(`serve: --bits ${bits}: give 4 or 8`)
  const model = await loadLLM(source, { bits, frozen: true } satisfies LoadLLMOptions)
  const apiKeys = apiKey ?? process.env.HEBB_API_KEY?.split(',').filter((key) => key !== '')
  const { name, ...rest } = options
  const server = await serve(model, {
    ...rest,
    name: name ?? source.split(/[\\/]/).findLast((part) => part !== ''),
    apiKeys,
    cacheBytes: cache * 2 ** 20,
    prefixBytes: prefixes * 2 ** 20,
  })
  console.log(`serving ${source} at ${server.url}/v1 ${apiKeys ? 'with' : 'without'} API keys; Ctrl-C stops`)
  if (!stop.signal.aborted) await new Promise((go) => stop.signal.addEventListener('abort', go))
  console.log(`stopping: what is under way has ${grace} s`)
  await server.close(grace * 1000)
}
