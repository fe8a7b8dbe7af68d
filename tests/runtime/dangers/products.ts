/** Products without rows, columns or inner axis; convolutions and pools without images, channels or positions. */

import type { Tensor } from '../../../src/index.js'
import * as hebb from '../../../src/index.js'
import { type Danger, x } from './danger.js'

export function* products(): Generator<Danger> {
  for (const [a, b] of [
    [
      [2, 0],
      [0, 3],
    ],
    [
      [0, 4],
      [4, 3],
    ],
    [
      [2, 4],
      [4, 0],
    ],
    [[0], [0]],
    [
      [3, 2, 0],
      [0, 4],
    ],
    [
      [3, 2, 0],
      [3, 0, 4],
    ],
    [
      [0, 2, 3],
      [0, 3, 4],
    ],
    [[0], [0, 3]],
    [[2, 0], [0]],
  ] as const) {
    yield { name: `matmul (${a.join()}) by (${b.join()})`, inputs: [x(...a), x(...b)], call: (p, q) => p!.matmul(q!) }
    yield {
      name: `matmul of transposes (${a.join()}) by (${b.join()})`,
      inputs: [x(...[...a].reverse()), x(...[...b].reverse())],
      call: (p, q) => p!.transpose([...a.keys()].reverse()).matmul(q!.transpose([...b.keys()].reverse())),
    }
  }
  for (const [n, i, o] of [
    [2, 0, 3],
    [0, 4, 3],
    [2, 4, 0],
    [0, 0, 0],
  ] as const)
    yield { name: `linear of (${n}, ${i}) to ${o}`, inputs: [x(n, i), x(o, i), x(o)], call: (p, w, b) => hebb.linear(p!, w!, b!) }
  for (const [equation, ...shapes] of [
    ['ij,jk->ik', [2, 0], [0, 3]],
    ['bij,bjk->bik', [0, 2, 3], [0, 3, 2]],
    ['ij->', [0, 3]],
    ['i,j->ij', [0], [3]],
    ['ii->i', [0, 0]],
    ['ij,ij->i', [2, 0], [2, 0]],
  ] as [string, ...number[][]][])
    yield {
      name: `einsum ${equation} of ${shapes.map((s) => `(${s.join()})`).join(' ')}`,
      inputs: shapes.map((s) => x(...s)),
      call: (...ts) => hebb.einsum(equation, ...ts),
    }
  for (const [t, s, d] of [
    [2, 0, 3],
    [0, 2, 3],
    [2, 2, 0],
    [0, 0, 3],
  ] as const)
    for (const causal of [false, true])
      yield {
        name: `attention of ${t} queries, ${s} keys, width ${d}${causal ? ', causal' : ''}`,
        inputs: [x(1, 2, t, d), x(1, 2, s, d), x(1, 2, s, 4)],
        call: (q, k, v) => hebb.scaledDotProductAttention(q!, k!, v!, { causal }),
        refused: true,
      }
}

export function* convolutions(): Generator<Danger> {
  for (const [n, c, o, w] of [
    [0, 2, 3, 5],
    [2, 0, 3, 5],
    [2, 2, 0, 5],
    [0, 0, 0, 5],
    [2, 2, 3, 0],
  ] as const)
    for (const dtype of ['f32', 'f64'] as const) {
      const size = `${n} images, ${c} channels to ${o}, width ${w}, ${dtype}`
      const f = (t: Tensor): Tensor => t.cast(dtype)
      yield {
        name: `conv of ${size}`,
        inputs: [x(n, c, w), x(o, c, 3), x(o)],
        call: (a, k, b) => hebb.conv(f(a!), f(k!), { bias: f(b!), padding: 1 }),
        refused: true,
      }
      yield {
        name: `conv in the plane of ${size}`,
        inputs: [x(n, c, w, w), x(o, c, 3, 3)],
        call: (a, k) => hebb.conv(f(a!), f(k!), { stride: 2, padding: 1 }),
        refused: true,
      }
      yield {
        name: `convTranspose of ${size}`,
        inputs: [x(n, c, w), x(c, o, 3), x(o)],
        call: (a, k, b) => hebb.convTranspose(f(a!), f(k!), { bias: f(b!) }),
        refused: true,
      }
    }
  for (const shape of [
    [0, 2, 4, 4],
    [2, 0, 4, 4],
    [2, 2, 0, 4],
  ] as const) {
    const named = `(${shape.join()})`
    yield { name: `maxPool of ${named}`, inputs: [x(...shape)], call: (a) => hebb.maxPool(a!, 2), refused: true }
    yield { name: `avgPool of ${named}`, inputs: [x(...shape)], call: (a) => hebb.avgPool(a!, 2, { padding: 1 }), refused: true }
    yield {
      name: `adaptive pools of ${named}`,
      inputs: [x(...shape)],
      call: (a) => [hebb.adaptiveAvgPool(a!, [3, 2]), hebb.adaptiveMaxPool(a!, [1, 1])],
      refused: true,
    }
    yield {
      name: `interpolate of ${named}`,
      inputs: [x(...shape)],
      call: (a) => hebb.interpolate(a!, { size: [3, 3], mode: 'linear' }),
      refused: true,
    }
    yield {
      name: `pad of ${named}`,
      inputs: [x(...shape)],
      call: (a) =>
        hebb.pad(
          a!,
          [
            [0, 0],
            [0, 0],
            [1, 1],
            [1, 1],
          ],
          { mode: 'circular' },
        ),
      refused: true,
    }
    yield { name: `batchNorm of ${named}`, inputs: [x(...shape)], call: (a) => hebb.batchNorm(a!).y, refused: true }
    yield { name: `groupNorm of ${named}`, inputs: [x(...shape)], call: (a) => hebb.groupNorm(a!, 1), refused: true }
  }
}
