/** A language model against the numbers of another implementation: logits, stream, greedy text, loss and gradients. */
import { expect, test } from 'vitest'
import { generate, type LLM, nextTokenCrossEntropy, parameters, sgd, type Tensor, tensor, trainStep } from '../../src/index.js'
import { expectClose, type Tolerance } from '../compare.js'

/** What is known of one prompt; what is missing is not compared. */
export interface Prompt {
  readonly ids: readonly number[]
  readonly logits_shape: readonly [number, number]
  readonly last_logits: readonly number[]
  readonly logits_mean?: number
  readonly logits_std?: number
  readonly argmax?: readonly number[]
  readonly token_logprobs?: readonly number[]
  readonly hidden_rms?: readonly number[]
  readonly greedy?: { readonly new_ids: readonly number[]; readonly logprobs: readonly number[] }
  readonly loss?: { readonly value: number; readonly grad_norm: number; readonly grad_norms: Readonly<Record<string, number>> }
}

/** What is known of a model. */
export interface Expected {
  readonly num_parameters?: number
  readonly prompts: readonly Prompt[]
  readonly tol: Required<Tolerance>
}

const batch = (ids: readonly number[]): Tensor => tensor([[...ids]], { dtype: 'i32' })
const argmax = (row: Float32Array): number => row.indexOf(Math.max(...row))

/** Tests of one model, which `open` makes or reads anew each time. */
export function agrees({ prompts, tol, num_parameters: count }: Expected, open: () => Promise<LLM>): void {
  let read: Promise<LLM> | undefined
  const model = (): Promise<LLM> => {
    read ??= open()
    return read
  }

  test('logits at every place', async () => {
    if (count !== undefined) expect([...parameters(await model()).values()].reduce((sum, p) => sum + p.size, 0)).toBe(count)
    for (const { ids, logits_shape: shape, last_logits, logits_mean, logits_std, argmax: best, token_logprobs } of prompts) {
      const out = (await model()).forward(batch(ids))
      expect(out.shape.slice(1)).toEqual(shape)
      const logits = (await out.data()) as Float32Array
      const V = shape[1]
      const row = (t: number): Float32Array => logits.subarray(t * V, (t + 1) * V)
      expectClose(row(ids.length - 1), last_logits, tol)
      if (logits_mean === undefined || logits_std === undefined || !token_logprobs) continue
      const mean = logits.reduce((a, b) => a + b, 0) / logits.length
      const deviation = Math.sqrt(logits.reduce((a, b) => a + (b - mean) ** 2, 0) / (logits.length - 1))
      expectClose([mean, deviation], [logits_mean, logits_std], tol)
      expect(ids.map((_, t) => argmax(row(t)))).toEqual(best)
      const logs = (await out.logSoftmax(2).data()) as Float32Array
      const said = ids.slice(1).map((id, t) => logs[t * V + id]!)
      expectClose(said, token_logprobs, tol)
    }
  })

  test.runIf(prompts.some((p) => p.hidden_rms))('what is in the stream after every layer', async () => {
    for (const { ids, hidden_rms } of prompts) {
      const layers = await Promise.all((await model()).hiddenStates(batch(ids)).map((h) => h.data()))
      const rms = layers.map((h) => Math.sqrt((h as Float32Array).reduce((a, b) => a + b * b, 0) / h.length))
      expectClose(rms, hidden_rms!, tol)
    }
  })

  test.runIf(prompts.some((p) => p.greedy))('the same text, greedily, with kept keys and without', async () => {
    for (const { ids, greedy } of prompts) {
      if (!greedy) continue
      const options = { tokens: greedy.new_ids.length, temperature: 0 }
      const { ids: got, logProbabilities } = await generate(await model(), ids, options)
      expect([...got]).toEqual(greedy.new_ids)
      expectClose(logProbabilities, greedy.logprobs, tol)
      expect([...(await generate(await model(), ids, { ...options, cache: false })).ids]).toEqual(greedy.new_ids)
    }
  })

  test.runIf(prompts.some((p) => p.loss))('the same loss and gradients', async () => {
    for (const { ids, loss } of prompts) {
      if (!loss) continue
      const moved = await open()
      const before = new Map([...parameters(moved)].map(([path, p]) => [path, Float32Array.from(p.storage.numbers() as Float32Array)]))
      const step = trainStep(moved, sgd({ lr: 1 }), ({ x, y }: { x: Tensor; y: Tensor }) => nextTokenCrossEntropy(moved.forward(x), y))
      expectClose([(await step({ x: batch(ids.slice(0, -1)), y: batch(ids.slice(1)) })).loss], [loss.value], tol)
      const norms = [...parameters(moved)].map(([path, p]): [string, number] => {
        const now = p.storage.numbers() as Float32Array
        return [path, Math.sqrt(before.get(path)!.reduce((sum, v, i) => sum + (v - now[i]!) ** 2, 0))]
      })
      const names = Object.keys(loss.grad_norms)
      expect(norms.map(([path]) => path).sort()).toEqual([...names].sort())
      const got = Object.fromEntries(norms)
      // a difference of weights of about 1 keeps seven digits of them
      for (const path of names) expectClose([got[path]!], [loss.grad_norms[path]!], { rtol: 1e-3, atol: 1e-4, label: path })
      expectClose([Math.sqrt(norms.reduce((sum, [, n]) => sum + n * n, 0))], [loss.grad_norm], { rtol: 1e-3 })
    }
  })
}
