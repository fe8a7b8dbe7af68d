/** Models in models: frozen ones stay as they are, held ones are used and not owned. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import {
  adam,
  BatchNorm1d,
  countParameters,
  crossEntropy,
  Dropout,
  dataset,
  fit,
  frozen,
  grad,
  type Held,
  held,
  initialize,
  Linear,
  load,
  parameters,
  predict,
  relu,
  type Sequential,
  save,
  sequential,
  type Tensor,
  tensor,
  trainStep,
  unfrozen,
} from '../../src/index.js'
import { expectClose, expectSame } from '../compare.js'

const folder = await mkdtemp(join(tmpdir(), 'hebb-held-'))
afterAll(() => rm(folder, { recursive: true }))

const x = tensor(Array.from({ length: 8 }, (_, i) => [Math.sin(i), Math.cos(3 * i), i / 8, -0.5]))
const numbers = (model: object): Map<string, unknown[]> =>
  new Map([...parameters(model)].map(([name, p]) => [name, Array.from(p.storage.array!, Number)]))

describe('frozen', () => {
  const make = () => ({ body: sequential(new Linear(4, 6), new BatchNorm1d(6), relu), head: new Linear(6, 2) })
  type Net = ReturnType<typeof make>
  const train = async (net: Net, steps = 3): Promise<void> => {
    const step = trainStep(net, adam({ lr: 0.1 }), (batch: { x: Tensor }) => net.head.forward(net.body.forward(batch.x)).square().mean())
    for (let i = 0; i < steps; i++) await step({ x })
  }

  test('weights and running statistics stay, the rest trains, all is counted and saved', async () => {
    const net = make()
    expect(frozen(net.body)).toBe(net.body)
    initialize(net)
    const before = numbers(net)
    await train(net)
    const after = numbers(net)
    for (const [name, values] of before) {
      if (name.startsWith('body')) expect(after.get(name), name).toEqual(values)
      else expect(after.get(name), name).not.toEqual(values)
    }
    expect(countParameters(net)).toEqual({ trainable: 14, total: 14 + 30 + 12 + 13 })
    await save(net, join(folder, 'net.safetensors'))
    const other = make()
    await load(other, join(folder, 'net.safetensors'))
    expect(numbers(other)).toEqual(after)
  })

  test('normalises with its running statistics', async () => {
    const net = make()
    frozen(net.body)
    initialize(net)
    const step = trainStep(net, adam(), (batch: { x: Tensor }) => {
      const y = net.body.forward(batch.x)
      return { loss: net.head.forward(y).mean(), first: y.mean() }
    })
    const seen = net.body.forward(x).mean().item()
    const { metrics } = await step({ x })
    expect(metrics.first).toBeCloseTo(Number(await seen), 6)
  })

  test('until it is let go, buffers staying buffers', async () => {
    const net = make()
    unfrozen(frozen(net))
    expect(countParameters(net).trainable).toBe(14 + 30 + 12)
    initialize(net)
    const before = numbers(net)
    await train(net)
    for (const [name, values] of before) expect(numbers(net).get(name), name).not.toEqual(values)
  })

  test('what was frozen when it was drawn trains after it is let go, and predictions follow; frozen again, too', async () => {
    const [a, b] = [0, 1].map(() => sequential(new Linear(4, 600), new BatchNorm1d(600), relu, new Linear(600, 2)))
    initialize(b!, { seed: 1 })
    frozen(a!)
    initialize(a!, { seed: 1 })
    const first = await (await predict(a!, x)).data()
    unfrozen(a!)
    for (let round = 0; round < 2; round++) {
      for (const m of [a!, b!]) {
        const step = trainStep(m, adam({ lr: 0.01 }), (batch: { x: Tensor }) => m.forward(batch.x).square().mean())
        await step({ x })
        await step({ x })
      }
      for (const [name, p] of parameters(b!)) expectSame(parameters(a!).get(name)!.storage.array!, p.storage.array!)
      const now = await (await predict(a!, x)).data()
      expect(now).not.toEqual(first)
      expectSame(now, await (await predict(b!, x)).data())
      frozen(a!)
      // constants are laid out for the processor, whose sums go in another order
      expectClose(await (await predict(a!, x)).data(), now, { rtol: 1e-5, atol: 1e-6 })
      unfrozen(a!)
    }
  })

  test('a head put on later trains', () => {
    const net = frozen(make())
    const model = { ...net, head: new Linear(6, 3) }
    expect(countParameters(model).trainable).toBe(21)
  })

  test('gradients pass through to what comes before', async () => {
    const layer = frozen(new Linear(2, 1))
    initialize(layer)
    const weight = await layer.weight.data()
    expectSame(await grad((v: Tensor) => layer.forward(v).sum())(tensor([[1, 2]])).data(), weight)
  })

  test('a step that was made before says that it is of another model', async () => {
    const net = make()
    const step = trainStep(net, adam(), (batch: { x: Tensor }) => net.head.forward(net.body.forward(batch.x)).mean())
    await step({ x })
    frozen(net.body)
    await expect(step({ x })).rejects.toThrow('trainStep: the model is not the one this step was made for')
    unfrozen(net.body)
    await step({ x })
  })
})

class Student {
  readonly net = new Linear(4, 2)
  readonly teacher: Held<Sequential>
  constructor(teacher: Sequential) {
    this.teacher = held(teacher)
  }
  forward(v: Tensor): Tensor {
    return this.net.forward(v)
  }
}
const makeTeacher = () => sequential(new Linear(4, 5), new BatchNorm1d(5), relu, new Dropout(0.5), new Linear(5, 2))

describe('held', () => {
  test('is neither counted nor saved nor given first values nor trained; it runs in evaluation', async () => {
    const student = new Student(makeTeacher())
    expect([...parameters(student).keys()]).toEqual(['net.weight', 'net.bias'])
    expect(countParameters(student)).toEqual({ trainable: 10, total: 10 })
    initialize(student, { seed: 4 })
    expect([...parameters(student.teacher.model).values()].every((p) => p.storage.array === undefined)).toBe(true)
    initialize(student.teacher.model, { seed: 7 })
    const [before, wanted] = [numbers(student.teacher.model), await student.teacher.model.forward(x).mean().item()]
    const step = trainStep(student, adam({ lr: 0.1 }), (batch: { x: Tensor }) => {
      const target = student.teacher.forward(batch.x)
      return { loss: student.forward(batch.x).sub(target).square().mean(), target: target.mean() }
    })
    const first = await step({ x })
    expect(first.metrics.target).toBeCloseTo(Number(wanted), 5)
    for (let i = 0; i < 30; i++) await step({ x })
    expect((await step({ x })).loss).toBeLessThan(first.loss)
    expect(numbers(student.teacher.model)).toEqual(before)
    await save(student, join(folder, 'student.safetensors'))
    const other = new Student(makeTeacher())
    expect((await load(other, join(folder, 'student.safetensors'))).loaded).toEqual(['net.weight', 'net.bias'])
  })

  test('has first values of its own, drawn when it is used, whatever holds it', async () => {
    const alone = makeTeacher()
    initialize(alone, { seed: 3 })
    const target = held(makeTeacher(), { seed: 3 })
    const model = { deep: { target }, layer: new Linear(2, 2) }
    initialize(model, { seed: 9 })
    expectSame(await model.deep.target.forward(x).data(), await alone.forward(x).data())
  })

  test('is the model itself where it is asked for', async () => {
    const student = new Student(makeTeacher())
    const other = makeTeacher()
    initialize(other, { seed: 2 })
    await save(other, join(folder, 'teacher.safetensors'))
    await load(student.teacher, join(folder, 'teacher.safetensors'))
    expect(numbers(student.teacher)).toEqual(numbers(other))
    expectSame(await (await predict(student.teacher, x)).data(), await (await predict(other, x)).data())
  })

  test('lets gradients through to what it is given, and none to its weights, shared ones either', async () => {
    const judge = sequential(new Linear(4, 3), relu)
    initialize(judge)
    const through = held(judge)
    expectSame(await grad((v: Tensor) => through.forward(v).sum())(x).data(), await grad((v: Tensor) => judge.forward(v).sum())(x).data())
    const net = { layer: new Linear(4, 1), shadow: undefined as Held<Linear> | undefined }
    net.shadow = held(net.layer)
    initialize(net)
    const before = numbers(net)
    const step = trainStep(net, adam({ lr: 0.1 }), (batch: { x: Tensor }) => net.shadow!.forward(batch.x).mean().add(net.layer.bias!.sum()))
    await step({ x })
    expect(numbers(net).get('layer.weight')).toEqual(before.get('layer.weight'))
    expect(Number(numbers(net).get('layer.bias')![0])).toBeCloseTo(Number(before.get('layer.bias')![0]) - 0.1, 5)
  })

  test('is seen when it changes: predictions follow', async () => {
    class Sum {
      layer = new Linear(4, 2)
      other: Held<Linear> | Held<Sequential> = held(new Linear(4, 2), { seed: 1 })
      forward(v: Tensor): Tensor {
        return this.layer.forward(v).add(this.other.forward(v))
      }
    }
    const model = new Sum()
    const first = await (await predict(model, x)).data()
    model.other = held(makeTeacher(), { seed: 2 })
    const second = await (await predict(model, x)).data()
    expect(second).not.toEqual(first)
    expectSame(second, await model.forward(x).data())
    const inner = model.other.model as unknown as Record<number, unknown>
    inner[2] = (v: Tensor) => v
    expectSame(await (await predict(model, x)).data(), await model.forward(x).data())
  })

  test('other methods run in evaluation too, and not later', () => {
    const coder = held({ layer: new Linear(4, 2), drop: new Dropout(0.5), encode: (v: Tensor): Tensor => v })
    expect(coder.use((m) => m.encode(m.drop.forward(x)))).toBe(x)
    expect(() => coder.use(async (m) => m.encode(x))).toThrow('held: use gave a promise')
    // @ts-expect-error a text is no model
    expect(() => held('teacher')).toThrow('held: teacher is no model')
  })

  test('a teacher outside of the model keeps its statistics too', async () => {
    const teacher = sequential(new Linear(4, 2), new BatchNorm1d(2))
    const student = new Linear(4, 2)
    initialize(teacher)
    const before = numbers(teacher)
    const step = trainStep(student, adam(), (batch: { x: Tensor }) =>
      student.forward(batch.x).sub(teacher.forward(batch.x)).square().mean(),
    )
    await step({ x })
    expect(numbers(teacher)).toEqual(before)
  })

  test('fit trains a student beside its teacher', async () => {
    const student = new Student(makeTeacher())
    const before = student.teacher.use((m) => m.forward(x))
    const wanted = await before.data()
    const set = { x: Array.from({ length: 32 }, (_, i) => [i % 3, i % 5, i % 7, 1]), y: Int32Array.from({ length: 32 }, (_, i) => i % 2) }
    await fit(student, dataset(set), { loss: crossEntropy, optimizer: adam(), epochs: 2 })
    expectSame(await student.teacher.forward(x).data(), wanted)
  })
})
