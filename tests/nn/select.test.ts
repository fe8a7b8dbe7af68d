import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { adamW, initialize, Linear, load, parameters, type Select, save, sgd, type Tensor, tensor, trainStep } from '../../src/index.js'
import { requireNamed, selector } from '../../src/nn/module/select.js'

const paths = ['encoder.0.weight', 'encoder.0.bias', 'encoder2.weight', 'encoder.norm.bias', 'head.weight', 'bias', 'deep.encoder.weight']
const picked = (select: Select<unknown>): string[] => {
  const has = selector('test', select)
  return paths.filter((path) => has(path, undefined))
}

describe('a selection', () => {
  test('by text is a path and what lies below it', () => {
    expect(picked('encoder')).toEqual(['encoder.0.weight', 'encoder.0.bias', 'encoder.norm.bias'])
    expect(picked('encoder.0')).toEqual(['encoder.0.weight', 'encoder.0.bias'])
    expect(picked('encoder.0.bias')).toEqual(['encoder.0.bias'])
    expect(picked('encoder.0.bia')).toEqual([])
    expect(picked('bias')).toEqual(['bias'])
  })
  test('has * for letters of a field and ** for fields', () => {
    expect(picked('encoder.*.bias')).toEqual(['encoder.0.bias', 'encoder.norm.bias'])
    expect(picked('enc*')).toEqual(['encoder.0.weight', 'encoder.0.bias', 'encoder2.weight', 'encoder.norm.bias'])
    expect(picked('**.bias')).toEqual(['encoder.0.bias', 'encoder.norm.bias', 'bias'])
    expect(picked('**.encoder')).toEqual(['encoder.0.weight', 'encoder.0.bias', 'encoder.norm.bias', 'deep.encoder.weight'])
    expect(picked('encoder.**')).toEqual(['encoder.0.weight', 'encoder.0.bias', 'encoder.norm.bias'])
    expect(picked('**')).toEqual(paths)
  })
  test('by RegExp, function or list', () => {
    expect(picked(/norm|head/)).toEqual(['encoder.norm.bias', 'head.weight'])
    const sticky = /weight$/g
    expect([picked(sticky), picked(sticky)]).toEqual([picked(/weight$/), picked(/weight$/)])
    expect(picked((path) => path.length === 4)).toEqual(['bias'])
    expect(picked(['head', /^bias/, (path) => path.startsWith('deep')])).toEqual(['head.weight', 'bias', 'deep.encoder.weight'])
    expect(picked([])).toEqual([])
  })
  test('letters that patterns know stand for themselves', () => {
    expect(selector('test', 'a(b)+c')('a(b)+c', undefined as never)).toBe(true)
    expect(selector('test', 'a(b)+c')('abbc', undefined as never)).toBe(false)
  })
  test('that is none is refused', () => {
    const none: unknown = 3
    expect(() => selector('only', none as string)).toThrowErrorMatchingInlineSnapshot(
      `[HebbError: only: a number chooses nothing: give a path such as 'encoder', a RegExp, a function (path, param) => boolean, or a list of these]`,
    )
    expect(() => selector('only', 'encoder.')).toThrowErrorMatchingInlineSnapshot(
      `[HebbError: only: 'encoder.' is no path: give field names with dots between them, such as 'encoder.0']`,
    )
    expect(() => requireNamed('only', ['head', 'encodr'], paths)).toThrowErrorMatchingInlineSnapshot(
      `[HebbError: only: 'encodr' is no part of the model: did you mean encoder? it has encoder.0.weight, encoder.0.bias, encoder2.weight, encoder.norm.bias, head.weight, bias, deep.encoder.weight]`,
    )
    expect(() => requireNamed('only', /nothing/, paths)).not.toThrow()
  })
})

describe('names weights the same way everywhere', () => {
  const make = () => ({ body: [new Linear(2, 3)], head: new Linear(3, 1) })
  const loss =
    (model: ReturnType<typeof make>) =>
    ({ x }: { x: Tensor }) =>
      model.head.forward(model.body[0]!.forward(x)).square().mean()
  const x = tensor([[1, -2]])
  const moved = async (optimizer: ReturnType<typeof sgd>, only?: Select): Promise<string[]> => {
    const model = make()
    const step = trainStep(model, optimizer, loss(model), { ...(only && { only }) })
    const before = new Map([...parameters(model)].map(([path, p]) => [path, p.storage.array!.slice()]))
    await step({ x })
    return [...parameters(model)].filter(([path, p]) => p.storage.array!.some((v, i) => v !== before.get(path)![i])).map(([path]) => path)
  }

  test('in only', async () => {
    expect(await moved(sgd({ lr: 0.1 }), 'head')).toEqual(['head.weight', 'head.bias'])
    expect(await moved(sgd({ lr: 0.1 }), '**.bias')).toEqual(['body.0.bias', 'head.bias'])
    await expect(moved(sgd(), 'haed')).rejects.toThrow("trainStep: only: 'haed' is no part of the model: did you mean head?")
  })
  test('in groups', async () => {
    expect(await moved(sgd({ lr: 0.1, groups: [{ match: ['body'], hyper: { lr: 0 } }] }))).toEqual(['head.weight', 'head.bias'])
    const decay = adamW({ lr: 0, groups: [{ match: /bias/, hyper: { weightDecay: 0 } }] })
    expect(await moved(decay)).toEqual([])
    await expect(moved(sgd({ groups: [{ match: 'boby', hyper: { lr: 1 } }] }))).rejects.toThrow(
      "sgd: match: 'boby' is no part of the model: did you mean body?",
    )
  })
  test('in load', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'hebb-select-')), 'whole.safetensors')
    const [from, to] = [make(), { ...make(), head: new Linear(3, 5), extra: new Linear(1, 1) }]
    initialize(from, { seed: 1 })
    await save(from, path)
    expect(await load(to, path, { only: 'body' })).toEqual({
      loaded: ['body.0.weight', 'body.0.bias'],
      missing: [],
      left: ['head.bias', 'head.weight'],
    })
    expect([...to.body[0]!.weight.storage.array!]).toEqual([...from.body[0]!.weight.storage.array!])
    await expect(load(to, path, { only: ['body', 'extra'] })).rejects.toThrow('missing in the file: extra.weight, extra.bias')
    await expect(load(to, path, { only: 'boby' })).rejects.toThrow("load: only: 'boby' is no part of the model: did you mean body?")
    rmSync(dirname(path), { recursive: true })
  })
})
