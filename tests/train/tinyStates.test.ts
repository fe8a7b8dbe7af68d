import { expect, test } from 'vitest'
import { adam, Linear, sgd, type Tensor, tensor, trainStep } from '../../src/index.js'

/** Steps with one input alive and then dead: its gradient is 0 from then on, and the running mean shrinks. */
async function means(optimizer: Parameters<typeof trainStep>[1], dead: number): Promise<number[]> {
  const model = new Linear(2, 1)
  const step = trainStep(model, optimizer, ({ x }: { x: Tensor }) => model.forward(x).sum())
  await step({ x: tensor([[1, 1]]) })
  for (let i = 0; i < dead; i++) await step({ x: tensor([[0, 1]]) })
  return [...step.learner.trained.state(0)[0]!]
}

for (const [name, optimizer] of [
  ['adam', adam()],
  ['momentum', sgd({ lr: 1e-3, momentum: 0.9 })],
] as const)
  test(`${name}: the mean of a gradient that stays 0 gets to 0, and is never subnormal`, async () => {
    const [shrunk, alive] = await means(optimizer, 600)
    // 0.9⁶⁰⁰ is about 3e-28, too much to be dropped
    expect(shrunk).toBeGreaterThan(1e-30)
    expect(alive).toBeGreaterThan(0.5)
    const [gone] = await means(optimizer, 1000)
    expect(gone).toBe(0)
  })
