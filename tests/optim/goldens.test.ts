import { describe, expect, test } from 'vitest'
import { clipByNorm, clipByValue, type NormOrder, normOf, reduceOnPlateau } from '../../src/optim/index.js'
import { expectClose } from '../compare.js'
import { describeGoldens } from '../goldens.js'
import { evaluateProblem, type Named, type OptimGoldens, type Run } from './problems.js'
import { Stepper } from './stepper.js'
import { optimizerOf, scheduleOf } from './torch.js'

const orderOf = (type: number | 'inf'): NormOrder => (type === 'inf' ? Number.POSITIVE_INFINITY : (type as 1 | 2))
const plain = (arrays: readonly Float32Array[], names: readonly string[]): Named =>
  Object.fromEntries(arrays.map((a, i) => [names[i]!, Array.from(a)]))

describeGoldens<OptimGoldens>('optim.json', ({ problems, runs, clipping, lr_schedules }) => {
  async function replay(run: Run, form: 'kernel' | 'graph'): Promise<void> {
    const problem = problems[run.problem]!
    const names = Object.keys(problem.start)
    const stepper = new Stepper(
      optimizerOf(run.optimizer, run.config),
      names.map((path) => ({ path, shape: problem.start[path]!.shape })),
      form,
    )
    names.forEach((name, i) => {
      stepper.weights[i]!.set(problem.start[name]!.data.map(Number))
    })
    for (let t = 0; t < run.grad_norms.length; t++) {
      const { loss, grads } = evaluateProblem(problem, plain(stepper.weights, names))
      names.forEach((name, i) => {
        stepper.grads[i]!.set(grads[name]!)
      })
      expectClose([loss, normOf(stepper.slices)], [run.losses[t]!, run.grad_norms[t]!], { ...run.tol_losses, label: `loss, norm ${t}` })
      if (run.clip?.kind === 'norm') clipByNorm(stepper.slices, { max: run.clip.max_norm, order: orderOf(run.clip.norm_type) })
      if (run.clip?.kind === 'value') clipByValue(stepper.slices, run.clip.clip_value)
      await stepper.step()
      names.forEach((name, i) => {
        expectClose(stepper.weights[i]!, run.trajectory[name]![t]!, { ...run.tol, label: `${name} after step ${t}` })
      })
    }
    const { loss } = evaluateProblem(problem, plain(stepper.weights, names))
    expectClose([loss], [run.losses.at(-1)!], { ...run.tol_losses, label: 'last loss' })
  }

  describe('kernel form', () => {
    test.each(runs.filter(({ optimizer }) => !optimizer.startsWith('Muon')))('$name', (run) => replay(run, 'kernel'))
  })
  describe('graph form', () => {
    test.each(runs)('$name', (run) => replay(run, 'graph'))
  })

  test.each(clipping)('clipping %#: $kind', (example) => {
    const stepper = new Stepper(
      optimizerOf('SGD', {}),
      example.grads.map(({ shape }, i) => ({ path: `${i}`, shape })),
      'kernel',
    )
    example.grads.forEach(({ data }, i) => {
      stepper.grads[i]!.set(data.map(Number))
    })
    if (example.kind === 'value') clipByValue(stepper.slices, example.clip_value)
    else
      expectClose([clipByNorm(stepper.slices, { max: example.max_norm, order: orderOf(example.norm_type) })], [example.total_norm], {
        atol: 0,
      })
    example.clipped.forEach(({ data }, i) => {
      expectClose(stepper.grads[i]!, data, { rtol: 1e-6, atol: 0 })
    })
  })

  const exact = { rtol: 1e-7, atol: 1e-9 }
  test.each(lr_schedules.filter(({ kind }) => kind !== 'ReduceLROnPlateau'))('$name', (example) => {
    const schedule = scheduleOf(example)
    // transformers begin their warm-ups with a step of rate 0; ours begin with the one after it
    const warmup = (example.config as { num_warmup_steps?: number }).num_warmup_steps ?? 0
    const expected = example.lrs.map((lr, t) => (t < warmup ? example.lrs[t + 1]! : lr))
    expectClose(
      expected.map((_, t) => schedule(t)),
      expected,
      exact,
    )
    if (warmup > 0) expect(schedule(0)).toBeGreaterThan(0)
    if (example.momentums)
      expectClose(
        example.momentums.map((_, t) => schedule.momentum!(t)),
        example.momentums,
        exact,
      )
  })

  test.each(lr_schedules.filter(({ kind }) => kind === 'ReduceLROnPlateau'))('$name', ({ config, base_lr, metrics = [], lrs }) => {
    const options = {
      lr: base_lr,
      mode: config.mode as 'min' | 'max',
      factor: config.factor as number,
      patience: config.patience as number,
      threshold: config.threshold as number,
      thresholdMode: config.threshold_mode === 'rel' ? ('relative' as const) : ('absolute' as const),
      cooldown: config.cooldown as number,
      min: config.min_lr as number,
    }
    let plateau = reduceOnPlateau(options)
    const got = [plateau(0)]
    for (const metric of metrics) {
      // as if the run stopped and went on after every observation
      const next = reduceOnPlateau(options)
      next.state = JSON.parse(JSON.stringify(plateau.state))
      plateau = next
      const before = plateau(0)
      expect(plateau.observe(metric)).toBe(plateau(0) < before)
      got.push(plateau(got.length))
    }
    expectClose(got, lrs, exact)
  })
})
