/** A loop of short programs, which run without leaving the thread, lets timers, signals and messages have their turn. */
import { expect, test } from 'vitest'
import { compile, type Tensor, tensor } from '../../src/index.js'

test('a timer ticks while short programs run one after another', async () => {
  const double = compile((x: Tensor) => x.mul(2))
  const x = tensor([1, 2, 3])
  let ticked = false
  const timer = setTimeout(() => {
    ticked = true
  }, 1)
  // each run takes microseconds: without a turn of the event loop this would never see the timer
  for (let run = 0; !ticked && run < 2_000_000; run++) await double(x)
  clearTimeout(timer)
  expect(ticked).toBe(true)
}, 120_000)
