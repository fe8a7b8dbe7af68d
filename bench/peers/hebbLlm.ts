/** Language models in Hebb, as a user reads, tunes and asks them. */
import type { Tensor } from '../../src/index.js'
import type { LlmWork } from '../works/work.js'
import type { Hebb } from './hebbModels.js'
import { POOL, randomIds, type Step, surprise, turns } from './serve.js'

/** A batch: ids, and what comes next at each place. */
interface Batch {
  readonly [field: string]: Tensor
  readonly x: Tensor
  readonly y: Tensor
}

/** One call of a work. */
export async function llm(hebb: Hebb, work: LlmWork): Promise<Step> {
  const { task, time, batch, bits, folder } = work
  const { vocabulary } = work.of
  const model = await hebb.loadLLM(folder!, { bits, frozen: task === 'token' || task === 'prompt' })
  if (task === 'lora' || task === 'full') {
    if (task === 'lora') hebb.lora(model, { rank: 8, targets: 'all-linear' })
    const step = hebb.trainStep(model, hebb.adamW(), ({ x, y }: Batch) => hebb.nextTokenCrossEntropy(model.forward(x), y))
    const ids = (seed: number): Tensor => hebb.tensor(randomIds(batch * time, vocabulary, seed), { shape: [batch, time] })
    const next = turns(Array.from({ length: POOL }, (_, i): Batch => ({ x: ids(i + 1), y: ids(i + 9) })))
    return async () => (await step(next())).loss
  }
  const reader = new hebb.TextReader(model)
  const text = [...randomIds(time, vocabulary)]
  const said = surprise()
  if (task === 'prompt')
    return async () => {
      reader.rewind(0)
      return said(await reader.read(text))
    }
  if (time > 1) await reader.read(text.slice(0, -1))
  let token = text.at(-1)!
  return async () => {
    reader.rewind(time - 1)
    const scores = await reader.read([token])
    token = hebb.sampleToken(scores, 0, { temperature: 0 })
    return said(scores)
  }
}
