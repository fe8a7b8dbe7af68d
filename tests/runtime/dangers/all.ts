/** What ends or hangs a process inside ONNX Runtime's kernels where nothing guards it: integers at the ends of their range, and everything of which there is nothing. */
import type { Situation } from '../children.js'
import { ways } from './danger.js'
import { divisions } from './integers.js'
import { loops, losses, nothings } from './nothing.js'
import { convolutions, products } from './products.js'
import { recurrent } from './recurrent.js'

export function* situations(): Generator<Situation> {
  for (const family of [divisions, products, convolutions, nothings, losses, loops]) for (const danger of family()) yield* ways(danger)
  yield* recurrent()
}
