/** The models of the works in Hebb, as a user writes them. */
import type { Layer, Tensor } from '../../src/index.js'
import type { CnnWork, GptWork, MlpWork } from '../works/work.js'

export type Hebb = typeof import('../../src/index.js')

const stack = ({ Linear }: Hebb, sizes: readonly number[], activation: (x: Tensor) => Tensor): (Layer | ((x: Tensor) => Tensor))[] =>
  sizes.slice(1).flatMap((size, i) => [...(i ? [activation] : []), new Linear(sizes[i]!, size)])

export const mlp = (hebb: Hebb, { sizes, activation }: MlpWork): Layer => hebb.sequential(...stack(hebb, sizes, hebb[activation]))

export function cnn(hebb: Hebb, { channels, side, sizes }: CnnWork): Layer {
  const { Conv2d, MaxPool2d, Flatten, relu, sequential } = hebb
  const blocks = channels.slice(1).flatMap((after, i) => [new Conv2d(channels[i]!, after, 3, { padding: 1 }), relu, new MaxPool2d(2)])
  const flat = channels.at(-1)! * (side >> (channels.length - 1)) ** 2
  return sequential(...blocks, new Flatten(), ...stack(hebb, [flat, ...sizes], relu))
}

export function gpt(hebb: Hebb, { layers, heads, width, time, vocabulary }: GptWork): Layer {
  const { LayerNorm, Linear, Param, embedding, init } = hebb
  const small = init.normal(0.02)
  const [token, position] = [new Param([vocabulary, width], small), new Param([time, width], small)]
  const blocks = Array.from({ length: layers }, () => block(hebb, { heads, width }))
  const [norm, head] = [new LayerNorm(width), new Linear(width, vocabulary, { bias: false })]
  const forward = (ids: Tensor): Tensor =>
    head.forward(norm.forward(blocks.reduce((x, layer) => layer.forward(x), embedding(token, ids).add(position))))
  return { token, position, blocks, norm, head, forward } as Layer
}

/** One block: causal attention, then a wide MLP, each added to what came in. */
function block(hebb: Hebb, { heads, width }: { heads: number; width: number }): Layer {
  const { LayerNorm, Linear, gelu, scaledDotProductAttention, split } = hebb
  const [norm1, qkv, project] = [new LayerNorm(width), new Linear(width, 3 * width), new Linear(width, width)]
  const [norm2, up, down] = [new LayerNorm(width), new Linear(width, 4 * width), new Linear(4 * width, width)]
  const apart = (x: Tensor): Tensor => x.reshape([x.shape[0]!, x.shape[1]!, heads, width / heads]).transpose(1, 2)
  const forward = (x: Tensor): Tensor => {
    const [q, k, v] = split(qkv.forward(norm1.forward(x)), width, -1).map(apart)
    const mixed = scaledDotProductAttention(q!, k!, v!, { causal: true })
    const y = x.add(project.forward(mixed.transpose(1, 2).reshape(x.shape)))
    return y.add(down.forward(gelu(up.forward(norm2.forward(y)))))
  }
  return { norm1, qkv, project, norm2, up, down, forward } as Layer
}
