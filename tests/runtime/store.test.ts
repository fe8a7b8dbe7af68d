/** The store of programs: what it keeps, what it drops and when, and that nobody notices. */
import { afterEach, describe, expect, test } from 'vitest'
import { placeholder } from '../../src/graph/leaf.js'
import {
  clearPrograms,
  compile,
  grad,
  initialize,
  Linear,
  limitPrograms,
  programBytes,
  relu,
  scan,
  sequential,
  type Tensor,
  tensor,
  zeros,
} from '../../src/index.js'
import { BoundProgram } from '../../src/runtime/bound.js'
import { compileCount } from '../../src/runtime/index.js'
import { type Keepable, programs } from '../../src/runtime/store.js'

afterEach(() => limitPrograms(256e6))

/** Something to keep that says when it goes. */
class Thing implements Keepable {
  static readonly gone: string[] = []
  constructor(
    readonly name: string,
    readonly bytes = 100e6,
  ) {}
  release(): void {
    Thing.gone.push(this.name)
  }
}
const use = (owner: object, name: string, run: () => Promise<unknown> = async () => name): Promise<unknown> =>
  programs.use(owner, name, () => new Thing(name), run)

describe('the store', () => {
  test('drops what was used least recently, never what runs, and keeps the few used last however large', async () => {
    clearPrograms()
    Thing.gone.length = 0
    const owner = {}
    let end = (): void => undefined
    const running = use(owner, 'runs', () => new Promise<void>((done) => (end = done)))
    for (const name of ['a', 'b', 'c', 'd', 'e']) await use(owner, name)
    expect(Thing.gone).toEqual(['a'])
    await use(owner, 'b')
    await use(owner, 'f')
    expect(Thing.gone).toEqual(['a', 'c'])
    end()
    await running
    await use(owner, 'g')
    expect(Thing.gone).toEqual(['a', 'c', 'runs', 'd'])
    clearPrograms()
    expect(Thing.gone.sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'runs'])
  })

  test('makes one program for one owner and key, uses it by one at a time, and again after an error', async () => {
    const owner = {}
    let [made, open] = [0, 0]
    const one = (fail: boolean): Promise<number> =>
      programs.use(
        owner,
        'k',
        () => new Thing(`made ${++made}`, 1),
        async () => {
          expect(++open).toBe(1)
          await new Promise((done) => setTimeout(done, 1))
          open--
          if (fail) throw new Error('failed')
          return made
        },
      )
    const all = await Promise.allSettled([one(false), one(true), one(false), one(true), one(false)])
    expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled'])
    expect(made).toBe(1)
    await programs.use(
      {},
      'k',
      () => new Thing(`made ${++made}`, 1),
      async () => undefined,
    )
    expect(made).toBe(2)
  })

  test('keeps nothing of what could not be made', async () => {
    const owner = {}
    let tries = 0
    const broken = (): Promise<unknown> =>
      programs.use(
        owner,
        'k',
        (): Thing => {
          throw new Error(`try ${++tries}`)
        },
        async () => undefined,
      )
    await expect(broken()).rejects.toThrow('try 1')
    await expect(broken()).rejects.toThrow('try 2')
  })

  test('frees what runs when it is done, and makes it anew for the next', async () => {
    Thing.gone.length = 0
    const owner = {}
    let end = (): void => undefined
    const running = use(owner, 'x', () => new Promise<void>((done) => (end = done)))
    clearPrograms()
    expect(Thing.gone).not.toContain('x')
    const next = use(owner, 'x')
    end()
    await running
    await next
    expect(Thing.gone.filter((name) => name === 'x')).toEqual(['x'])
  })
})

describe('programs', () => {
  test('of one structure share a session, whoever owns them, with memory of their own', async () => {
    const model = sequential(new Linear(3, 4), relu, new Linear(4, 2))
    initialize(model)
    const make = (): BoundProgram => {
      const x = placeholder([5, 3], 'f32')
      return new BoundProgram([x], [model.forward(x)])
    }
    const first = make()
    await first.run()
    const before = compileCount()
    const others = Array.from({ length: 5 }, make)
    for (const [i, program] of others.entries()) program.set(0, new Float32Array(15).fill(i))
    await Promise.all(others.map((program) => program.run()))
    expect(compileCount()).toBe(before)
    for (const [i, program] of others.entries()) {
      const alone = await model.forward(tensor(new Float32Array(15).fill(i), { shape: [5, 3] })).data()
      expect(program.results[0]).toEqual(alone)
      program.release()
    }
    first.release()
  })

  test('are loaded again when all were cleared, before, between and during runs', async () => {
    const f = compile((x: Tensor) => x.matmul(x).sum())
    const x = tensor(new Float32Array(200 * 200).fill(0.5), { shape: [200, 200] })
    const wanted = await (await f(x)).item()
    const bound = (() => {
      const p = placeholder([200, 200], 'f32')
      return new BoundProgram([p], [p.matmul(p).sum()])
    })()
    bound.set(0, new Float32Array(200 * 200).fill(0.5))
    for (let i = 0; i < 4; i++) {
      const answers = [f(x), f(x), bound.run()] as const
      if (i % 2) clearPrograms()
      await Promise.resolve()
      clearPrograms()
      expect(await (await answers[0]).item()).toBe(wanted)
      expect(await (await answers[1]).item()).toBe(wanted)
      await answers[2]
      expect(bound.results[0]![0]).toBe(wanted)
    }
    bound.release()
  })

  test('are those of the graph as it was traced, whatever is computed before they are loaded', async () => {
    const make = (values: number[]): { bound: BoundProgram; part: Tensor; loss: Tensor; x: Tensor } => {
      const [p, x] = [placeholder([2], 'f32'), tensor(values)]
      const part = x.mul(3)
      const loss = scan((c: Tensor, row: Tensor) => [c.add(row.square()), c] as const, part, zeros([2, 2])).carry
      return { bound: new BoundProgram([p], [p.add(part).add(loss)]), part, loss, x }
    }
    const [first, second] = [make([1, 2]), make([10, 20])]
    await first.part.data()
    await grad((v: Tensor) => v.add(first.loss).sum())(tensor([0, 0])).data()
    await first.loss.data()
    for (let turn = 0; turn < 2; turn++) {
      for (const [{ bound }, wanted] of [
        [first, [6, 12]],
        [second, [60, 120]],
      ] as const) {
        await bound.run()
        expect([...bound.results[0]!]).toEqual(wanted)
      }
      clearPrograms()
    }
  })

  test('stay within the bytes they are given, and answers are the same', async () => {
    limitPrograms(3e6)
    const f = compile((x: Tensor) => x.mul(2).sum())
    for (let turn = 0; turn < 2; turn++)
      for (let n = 1; n <= 60; n++) expect(await (await f(tensor(new Float32Array(n * 100).fill(1)))).item()).toBe(200 * n)
    expect(programBytes()).toBeLessThan(3e6)
    clearPrograms()
    expect(programBytes()).toBe(0)
    expect(() => limitPrograms(Number.NaN)).toThrow('is no number of bytes')
  })
})
