import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { Linear, sequential, sgd, tensor, trainStep } from '../../src/index.js'
import { meanSquares } from './task.js'

test('10,000 steps leave no memory behind', { retry: 3, timeout: 120_000 }, () => {
  const grown = execFileSync(process.execPath, ['--expose-gc', '--import', 'tsx', fileURLToPath(new URL('longRun.ts', import.meta.url))], {
    encoding: 'utf8',
  })
  expect(Number(grown)).toBeLessThan(5)
})

test('timers tick while long steps run', async () => {
  const model = sequential(new Linear(512, 512), new Linear(512, 512))
  const step = trainStep(model, sgd({ lr: 0.001 }), ({ x, y }: { x: ReturnType<typeof tensor>; y: ReturnType<typeof tensor> }) =>
    meanSquares(model.forward(x), y),
  )
  const batch = {
    x: tensor(new Float32Array(512 * 512).fill(0.1), { shape: [512, 512] }),
    y: tensor(new Float32Array(512 * 512), { shape: [512, 512] }),
  }
  await step(batch)
  let ticks = 0
  const timer = setInterval(() => ticks++, 1)
  for (let i = 0; i < 10; i++) await step(batch)
  clearInterval(timer)
  expect(ticks).toBeGreaterThan(0)
})
