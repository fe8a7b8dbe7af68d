import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { BatchNorm1d, earlyStopping, type FitOptions, fit, Linear, readSafetensors, sequential, writeSafetensors } from '../../src/index.js'
import { bytesOf, network, settings, task } from './task.js'

const folder = mkdtempSync(join(tmpdir(), 'hebb-damage-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const at = (name: string): string => join(folder, name)

const failure = (f: () => Promise<unknown>): Promise<Error | undefined> =>
  f().then(
    () => undefined,
    (error: Error) => error,
  )
const says = async (f: () => Promise<unknown>): Promise<string> =>
  ((await failure(f))?.message ?? 'nothing was thrown').replaceAll(folder, '…')
const train = async (model: ReturnType<typeof network>, options: Partial<FitOptions> = {}): Promise<void> => {
  for await (const _ of fit(model, task(), { ...settings(), ...options }));
}

interface SavedRun {
  readonly parts: Readonly<Record<string, object>>
}
/** A change of some fields of a part. */
const lie =
  (part: string, fields: object) =>
  (state: SavedRun): unknown => ({ ...state, parts: { ...state.parts, [part]: { ...state.parts[part], ...fields } } })
/** A change of some fields of the learner's one objective. */
const objective = (fields: object) => lie('learner', { objectives: { '': { step: 1, pending: 0, summed: null, ...fields } } })

/** Each byte changed, each in another way, and the file cut at every length. */
function* damages(whole: Uint8Array): Generator<Uint8Array> {
  for (let i = 0; i < whole.length; i++) {
    const bad = whole.slice()
    bad[i]! ^= 1 + ((i * 37) % 255)
    yield bad
  }
  for (let length = 0; length < whole.length; length += 7) yield whole.subarray(0, length)
}

describe('a checkpoint', () => {
  test('with any byte changed or any end cut off gives one error with the path, and the model stays as it was', async () => {
    const net = (): ReturnType<typeof network> => sequential(new Linear(4, 2))
    const options: Partial<FitOptions> = { epochs: 1, batchSize: 40 }
    await train(net(), { ...options, checkpoint: { path: at('run.safetensors') } })
    const model = net()
    await train(model, { ...options, epochs: 0 })
    const before = bytesOf(model)
    for (const bad of damages(new Uint8Array(readFileSync(at('run.safetensors'))))) {
      writeFileSync(at('bad.safetensors'), bad)
      const error = await failure(() => train(model, { ...options, resume: at('bad.safetensors') }))
      expect(error?.message).toContain(at('bad.safetensors'))
      expect(error?.name).toMatch(/^(File|Hebb)Error$/)
    }
    expect(bytesOf(model)).toBe(before)
    await train(net(), { ...options, resume: at('run.safetensors') })
  }, 60_000)

  test('of the time before checksums goes on', async () => {
    const [straight, model] = [network(), network()]
    await train(straight)
    await train(network(), { epochs: 1, checkpoint: { path: at('old.safetensors') } })
    const { tensors, metadata } = await readSafetensors(at('old.safetensors'))
    await writeSafetensors(at('old.safetensors'), tensors, metadata)
    await train(model, { resume: at('old.safetensors') })
    expect(bytesOf(model)).toBe(bytesOf(straight))
  })

  test.each<[string, (state: SavedRun) => unknown, string]>([
    ['step', (s) => ({ ...s, step: -1 }), 'is damaged: its state step is -1, not a whole number from 0 on'],
    ['seconds', (s) => ({ ...s, seconds: -1 }), 'is damaged: its state seconds is -1, not a number from 0 on'],
    ['settings', (s) => ({ ...s, settings: 3 }), 'is damaged: its state settings is 3, not an object'],
    ['nothing', () => [], 'is damaged: its state is a list, not an object'],
    [
      'a missing part',
      (s) => ({ ...s, parts: { ...s.parts, place: undefined } }),
      'has the parts best, learner, means, stop, this run has',
    ],
    ['another part', (s) => ({ ...s, parts: { ...s.parts, place2: 1 } }), 'has the parts best, learner, means, place, place2, stop'],
    ['updates', objective({ step: -1 }), 'learner: step is -1, not a whole number from 0 on'],
    ['half an update', objective({ step: 1.5 }), 'learner: step is 1.5, not a whole number from 0 on'],
    ['a huge step', objective({ step: 1e300 }), 'learner: step is 1e+300, not a whole number from 0 on'],
    ['pending', objective({ pending: '1' }), 'learner: pending is 1, not a whole number from 0 on'],
    ['too many pending', objective({ pending: 2 }), 'learner: pending is 2, not below accumulate 2'],
    ['no carry', lie('learner', { carry: undefined }), 'learner: carry is undefined, not a list'],
    ['clocks', lie('learner', { clocks: { list: [], of: { '0.weight': 0 } } }), 'learner: clock of 0.weight is 0, not one of 0'],
    ['summed', objective({ summed: { unit: 1, relative: 1, touched: [true] } }), 'learner: summed touched is no list'],
    ['epoch', lie('place', { epoch: null }), 'place: epoch is null, not a whole number'],
    ['batch', lie('place', { batch: -3 }), 'place: batch is -3, not a whole number'],
    ['sums', lie('means', { sums: { loss: { sum: 'x', of: 1 } } }), 'means: the sum of loss sum is x, not a number'],
    ['stop', lie('stop', { memory: { best: 1, bestEpoch: 0.5, waited: 0 } }), 'stop: bestEpoch is 0.5'],
  ])('whose state lies about %s', async (_, change, problem) => {
    await train(network(), { epochs: 1, checkpoint: at('true.safetensors') })
    const { tensors, metadata } = await readSafetensors(at('true.safetensors'))
    const state = JSON.stringify(change(JSON.parse(metadata.state!)))
    await writeSafetensors(at('lie.safetensors'), tensors, { ...metadata, state })
    const model = network()
    await train(model, { epochs: 0 })
    const before = bytesOf(model)
    const said = await says(() => train(model, { resume: at('lie.safetensors') }))
    expect(said).toContain('resume: …/lie.safetensors ')
    expect(said).toContain(problem)
    expect(bytesOf(model)).toBe(before)
  })

  test('of tensors in another form, or of more than the run has', async () => {
    await train(network(), { epochs: 1, checkpoint: { path: at('true.safetensors') } })
    const { tensors, metadata } = await readSafetensors(at('true.safetensors'))
    const weight = tensors.get('learner/model.0.weight')!
    const changed = async (t: typeof weight | undefined, name = 'learner/model.0.weight'): Promise<string> => {
      const all = new Map(tensors)
      if (t) all.set(name, t)
      else all.delete(name)
      await writeSafetensors(at('form.safetensors'), all, metadata)
      return says(() => train(network(), { resume: at('form.safetensors') }))
    }
    expect(await changed({ ...weight, shape: [4, 8] })).toContain('learner: the array model.0.weight is (4, 8) f32, not (8, 4) f32')
    expect(await changed({ ...weight, dtype: 'i32', data: new Int32Array(32) })).toContain('is (8, 4) i32, not (8, 4) f32')
    expect(await changed(undefined)).toContain('learner: there is no array model.0.weight, where (8, 4) f32 was expected')
    expect(await changed(weight, 'learner/optimizer.third.0.weight')).toContain(
      'learner: the array optimizer.third.0.weight is one too many',
    )
  })

  test('of the first format goes on to the same bytes, or says what is wrong', async () => {
    // written by a run that an early stop watched, aborted in its second epoch
    const old = fileURLToPath(new URL('format1.safetensors', import.meta.url))
    const options = (): Partial<FitOptions> => ({ validation: task(12), stop: earlyStopping({ patience: 3 }) })
    const [straight, model] = [network(), network()]
    await train(straight, options())
    await train(model, { ...options(), resume: old })
    expect(bytesOf(model)).toBe(bytesOf(straight))
    const { tensors, metadata } = await readSafetensors(old)
    const state = JSON.parse(metadata.state!)
    const { clocks: _, summed: __, memories: ___, ...oldest } = state
    const sums = Object.fromEntries(Object.entries(state.position.sums as object).map(([name, { sum }]) => [name, sum]))
    await writeSafetensors(at('oldest.safetensors'), tensors, {
      ...metadata,
      state: JSON.stringify({ ...oldest, position: { ...state.position, sums } }),
    })
    const again = network()
    await train(again, { ...options(), resume: at('oldest.safetensors') })
    expect(bytesOf(again)).toBe(bytesOf(straight))
    for (const [change, problem] of [
      [{ step: -1 }, 'is damaged: step is -1'],
      [{ position: { ...state.position, epoch: 0.5 } }, 'place: epoch is 0.5'],
      [{ identity: { ...state.identity, seed: 3 } }, 'is from another run: seed was 3, is 7'],
    ] as const) {
      await writeSafetensors(at('lie.safetensors'), tensors, { ...metadata, state: JSON.stringify({ ...state, ...change }) })
      expect(await says(() => train(network(), { ...options(), resume: at('lie.safetensors') }))).toContain(problem)
    }
  })

  test('keeps sums that are no numbers', async () => {
    const bn = (): ReturnType<typeof network> => sequential(new Linear(4, 2), new BatchNorm1d(2))
    const options: Partial<FitOptions> = { epochs: 2, metrics: { odd: (output) => output.sum().mul(0).div(0) } }
    const stopper = new AbortController()
    for await (const e of fit(bn(), task(), {
      ...settings(),
      ...options,
      every: 1,
      checkpoint: { path: at('nan.safetensors') },
      signal: stopper.signal,
    }))
      if (e.kind === 'step' && e.step === 1) stopper.abort()
    expect(JSON.parse((await readSafetensors(at('nan.safetensors'))).metadata.state!).parts.means.sums.odd.sum).toBe('nan')
    const odd: (number | undefined)[] = []
    for await (const e of fit(bn(), task(), { ...settings(), ...options, resume: at('nan.safetensors') })) odd.push(e.metrics.odd)
    expect(odd).toEqual([Number.NaN, Number.NaN])
  })
})
