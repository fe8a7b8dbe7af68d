/** Losses against TRL's numbers: every case there is, its loss, what it is made of, and the gradient of every weight. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { clippedObjective, generalizedAdvantages } from '../../src/align/losses/index.js'
import { grad, learner, loadLLM, Param, parameters, sgd, Tensor, tensor } from '../../src/index.js'
import { expectClose } from '../compare.js'
import { describeGoldens, type GoldenTensor, goldenPath } from '../goldens.js'
import { type Case, methodOf } from './golden.js'

interface Goldens {
  readonly cases: readonly (Case & { readonly models: Readonly<Record<string, string>> })[]
  readonly gae: Readonly<Record<'rewards' | 'values' | 'dones' | 'last_value', GoldenTensor>> & {
    readonly cases: readonly {
      readonly gamma: number
      readonly lam: number
      readonly advantages: GoldenTensor
      readonly returns: GoldenTensor
    }[]
  }
  readonly ppo_clip: Readonly<Record<'logp_new' | 'logp_old' | 'advantages', GoldenTensor>> & {
    readonly cases: readonly { readonly eps: number; readonly loss: number; readonly grad_logp_new: GoldenTensor }[]
  }
}

const numbers = ({ data }: GoldenTensor): number[] => data.map(Number)

/** A weight that the case gives. */
function given({ shape, data }: GoldenTensor): Param {
  return new Param([...shape], (out) => {
    for (const [i, x] of data.entries()) out[i] = Number(x)
  })
}

describeGoldens<Goldens>('trl/losses.json', ({ cases, gae, ppo_clip: clip }) => {
  test.each(cases.map((one) => [one.name, one] as const))('%s', async (_, one) => {
    const folder = (name: string): string => join(goldenPath('trl')!, name)
    const { policy = one.models.student ?? one.models.backbone!, reference = one.models.teacher } = one.models
    const model = await loadLLM(folder(policy), { tokenizer: false })
    const other = reference === undefined ? undefined : await loadLLM(folder(reference), { tokenizer: false, frozen: true })
    const heads: Record<string, Param> = {}
    for (const [name, t] of Object.entries(one.batch)) if (/\.(weight|bias)$/.test(name)) heads[name] = given(t)
    const compute = methodOf(one)
    const seen: Record<string, Tensor | ArrayLike<number> | number> = {}
    const whole = { model, heads: Object.fromEntries(Object.entries(heads).map(([name, p]) => [name.replaceAll('.', '_'), p])) }
    const step = learner(whole, sgd({ lr: 0 })).objective('loss', () => {
      const { loss, ...others } = compute(one, { policy: model, reference: other, heads })
      Object.assign(seen, others)
      return loss
    })
    expectClose([(await step({})).loss], [one.loss], { rtol: 1e-4, atol: 1e-5, label: 'loss' })
    for (const [name, want] of Object.entries(one.values)) {
      const got = seen[name]
      if (got === undefined) continue
      const flat = got instanceof Tensor ? ((await got.data()) as Float32Array) : typeof got === 'number' ? [got] : got
      const wanted = typeof want === 'number' ? [want] : numbers(want)
      const mask = one.batch.completion_mask ?? one.batch.action_mask
      const counts = (i: number): boolean => mask?.data.length !== wanted.length || mask.data[i] === 1
      const at = wanted.flatMap((_, i) => (counts(i) ? [i] : []))
      if (name === 'per_token' || name === 'rewards') continue
      expectClose(
        at.map((i) => flat[i]!),
        at.map((i) => wanted[i]!),
        { rtol: 1e-4, atol: 2e-5, label: name },
      )
    }
    const norms = new Map([...step.learner.gradients].map(([path, g]) => [path, Math.sqrt(g.reduce((sum, v) => sum + v * v, 0))]))
    const paths = new Map(
      Object.keys(one.grad_norms).map((name) => [name, name in heads ? `heads.${name.replaceAll('.', '_')}` : `model.${name}`]),
    )
    for (const [name, want] of Object.entries(one.grad_norms))
      expectClose([norms.get(paths.get(name)!) ?? Number.NaN], [want], { rtol: 1e-3, atol: 1e-6, label: name })
    expectClose([Math.hypot(...norms.values())], [one.grad_norm], { rtol: 1e-3, label: 'all gradients' })
    expect(parameters(model).size).toBeGreaterThan(0)
  })

  test.each(gae.cases.map((one) => [`γ ${one.gamma}, λ ${one.lam}`, one] as const))(
    'generalised advantages: %s',
    (_, { gamma, lam, advantages, returns }) => {
      const [last] = numbers(gae.last_value)
      const found = generalizedAdvantages(numbers(gae.rewards), numbers(gae.values), {
        gamma,
        lambda: lam,
        last,
        dones: numbers(gae.dones),
      })
      expectClose(found.advantages, numbers(advantages), { rtol: 1e-5, atol: 1e-6 })
      expectClose(found.returns, numbers(returns), { rtol: 1e-5, atol: 1e-6 })
    },
  )

  test.each(clip.cases.map((one) => [`ε ${one.eps}`, one] as const))(
    'the clipped objective: %s',
    async (_, { eps, loss, grad_logp_new }) => {
      const [logs, old, advantages] = [clip.logp_new, clip.logp_old, clip.advantages].map((t) => tensor(Float32Array.from(numbers(t)))) as [
        Tensor,
        Tensor,
        Tensor,
      ]
      const mean = clippedObjective(logs, old, advantages, eps).mean()
      expectClose((await mean.data()) as Float32Array, [loss], { rtol: 1e-5 })
      expectClose(
        (await grad((x: Tensor) => clippedObjective(x, old, advantages, eps).mean())(logs).data()) as Float32Array,
        numbers(grad_logp_new),
        { rtol: 1e-5, atol: 1e-7 },
      )
    },
  )
})
