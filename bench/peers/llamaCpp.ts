/** llama.cpp through node-llama-cpp: tokens of a GGUF file of the same weights, on processors alone. */
import { join } from 'node:path'
import type { LlmWork, Work } from '../works/work.js'
import { loadModule } from './modules.js'
import { type Library, randomIds, type Step, serve } from './serve.js'

/** Of the library, what is used here. */
interface Sequence {
  evaluateWithoutGeneratingNewTokens(tokens: readonly number[]): Promise<void>
  evaluateWithMetadata(
    tokens: readonly number[],
    metadata: { readonly confidence: true },
    options: { readonly temperature: number; readonly yieldEogToken: boolean },
  ): AsyncGenerator<{ readonly token: number; readonly confidence: number }>
  eraseContextTokenRanges(ranges: readonly { readonly start: number; readonly end: number }[]): Promise<void>
}
interface Model {
  createContext(options: object): Promise<{ getSequence(): Sequence }>
}
interface Llama {
  loadModel(options: object): Promise<Model>
}
interface Module {
  getLlama(options: object): Promise<Llama>
}

async function begin({ getLlama }: Module, work: LlmWork, threads: number): Promise<Step> {
  const { task, time, bits, folder, of } = work
  if (task === 'lora' || task === 'full') throw new Error('it does not train')
  const llama = await getLlama({ gpu: false, build: 'never', maxThreads: threads, logLevel: 'error' })
  const model = await llama.loadModel({ modelPath: join(folder!, bits === 4 ? 'model-4.gguf' : 'model.gguf'), gpuLayers: 0 })
  const context = await model.createContext({ contextSize: 1088, batchSize: 512, threads: { ideal: threads, min: threads } })
  const sequence = context.getSequence()
  const text = [...randomIds(time, of.vocabulary)]
  const kept = task === 'prompt' ? 0 : time - 1
  if (kept > 0) await sequence.evaluateWithoutGeneratingNewTokens(text.slice(0, kept))
  let asked = text.slice(kept)
  return async () => {
    const written = sequence.evaluateWithMetadata(asked, { confidence: true }, { temperature: 0, yieldEogToken: true })
    for await (const { token, confidence } of written) {
      if (task === 'token') asked = [token]
      await sequence.eraseContextTokenRanges([{ start: kept, end: time }])
      return -Math.log(confidence)
    }
    throw new Error('it wrote nothing')
  }
}

const open = async (): Promise<Library> => {
  const { module, version } = await loadModule<Module>('node-llama-cpp')
  return {
    version,
    begin(work: Work, threads: number) {
      if (work.kind !== 'llm') throw new Error('it has language models alone')
      return begin(module, work, threads)
    },
  }
}

await serve(open)
