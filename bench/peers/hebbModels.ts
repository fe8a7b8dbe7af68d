/** The models of the works in Hebb, as a user writes them. */
import type { Layer, Tensor } from '../../src/index.js'
import type { CnnWork, GptWork, MlpWork, NetworkWork, RecurrentWork, ResnetWork, VitWork } from '../works/work.js'

export type Hebb = typeof import('../../src/index.js')

/** The network of a work. */
export function network(hebb: Hebb, work: NetworkWork): Layer {
  if (work.kind === 'mlp') return mlp(hebb, work)
  if (work.kind === 'cnn') return cnn(hebb, work)
  if (work.kind === 'resnet') return resnet(hebb, work)
  if (work.kind === 'vit') return vit(hebb, work)
  return work.kind === 'recurrent' ? recurrent(hebb, work) : gpt(hebb, work)
}

const stack = ({ Linear }: Hebb, sizes: readonly number[], activation: (x: Tensor) => Tensor): (Layer | ((x: Tensor) => Tensor))[] =>
  sizes.slice(1).flatMap((size, i) => [...(i ? [activation] : []), new Linear(sizes[i]!, size)])

const mlp = (hebb: Hebb, { sizes, activation }: MlpWork): Layer => hebb.sequential(...stack(hebb, sizes, hebb[activation]))

function cnn(hebb: Hebb, { channels, side, sizes }: CnnWork): Layer {
  const { Conv2d, MaxPool2d, Flatten, relu, sequential } = hebb
  const blocks = channels.slice(1).flatMap((after, i) => [new Conv2d(channels[i]!, after, 3, { padding: 1 }), relu, new MaxPool2d(2)])
  const flat = channels.at(-1)! * (side >> (channels.length - 1)) ** 2
  return sequential(...blocks, new Flatten(), ...stack(hebb, [flat, ...sizes], relu))
}

function resnet(hebb: Hebb, { widths, blocks, classes }: ResnetWork): Layer {
  const { BatchNorm2d, Conv2d, GlobalAvgPool, Linear, relu, residual, sequential } = hebb
  const conv = (before: number, after: number, size: number, stride: number) =>
    sequential(new Conv2d(before, after, size, { stride, padding: size >> 1, bias: false }), new BatchNorm2d(after))
  const pair = (before: number, after: number, stride: number) => sequential(conv(before, after, 3, stride), relu, conv(after, after, 3, 1))
  const stages = widths.flatMap((width, i) =>
    Array.from({ length: blocks }, (_, b) => {
      if (b > 0 || i === 0) return sequential(residual(pair(width, width, 1)), relu)
      return sequential(residual(pair(widths[i - 1]!, width, 2), { shortcut: conv(widths[i - 1]!, width, 1, 2) }), relu)
    }),
  )
  return sequential(conv(3, widths[0]!, 3, 1), relu, ...stages, new GlobalAvgPool(), new Linear(widths.at(-1)!, classes))
}

function recurrent(hebb: Hebb, { cell, inputs, width, classes }: RecurrentWork): Layer {
  const layer = cell === 'lstm' ? new hebb.LSTM(inputs, width) : new hebb.GRU(inputs, width)
  const head = new hebb.Linear(width, classes)
  return { layer, head, forward: (x: Tensor) => head.forward(hebb.at(layer.forward(x).hidden, 0)) } as Layer
}

function vit(hebb: Hebb, { side, patch, layers, heads, width, classes }: VitWork): Layer {
  const { Conv2d, LayerNorm, Linear, Param, concat, init } = hebb
  const places = (side / patch) ** 2
  const embed = new Conv2d(3, width, patch, { stride: patch })
  const [token, position] = [new Param([1, 1, width], init.normal(0.02)), new Param([places + 1, width], init.normal(0.02))]
  const blocks = Array.from({ length: layers }, () => block(hebb, { heads, width, causal: false }))
  const [norm, head] = [new LayerNorm(width), new Linear(width, classes)]
  const forward = (x: Tensor): Tensor => {
    const patches = embed.forward(x).flatten(2).transpose(1, 2)
    const h: Tensor = concat([token.expand([x.shape[0]!, 1, width]), patches], 1).add(position)
    return head.forward(
      norm.forward(
        blocks
          .reduce((y, layer) => layer.forward(y), h)
          .slice([null, [0, 1]])
          .reshape([-1, width]),
      ),
    )
  }
  return { embed, token, position, blocks, norm, head, forward } as Layer
}

function gpt(hebb: Hebb, { layers, heads, width, time, vocabulary, checkpoint = false }: GptWork): Layer {
  const { LayerNorm, Linear, Param, embedding, init } = hebb
  const small = init.normal(0.02)
  const [token, position] = [new Param([vocabulary, width], small), new Param([time, width], small)]
  const blocks = Array.from({ length: layers }, () => block(hebb, { heads, width, causal: true }))
  const [norm, head] = [new LayerNorm(width), new Linear(width, vocabulary, { bias: false })]
  const steps = blocks.map((layer) => {
    const step = (x: Tensor): Tensor => layer.forward(x)
    return checkpoint ? hebb.recompute(step) : step
  })
  const forward = (ids: Tensor): Tensor =>
    head.forward(norm.forward(steps.reduce((x, step) => step(x), embedding(token, ids).add(position) as Tensor)))
  return { token, position, blocks, norm, head, forward } as Layer
}

/** One block: attention, then a wide MLP, each added to what came in. */
function block(hebb: Hebb, { heads, width, causal }: { heads: number; width: number; causal: boolean }): Layer {
  const { LayerNorm, Linear, gelu, scaledDotProductAttention, unbind } = hebb
  const [norm1, qkv, project] = [new LayerNorm(width), new Linear(width, 3 * width), new Linear(width, width)]
  const [norm2, up, down] = [new LayerNorm(width), new Linear(width, 4 * width), new Linear(4 * width, width)]
  const forward = (x: Tensor): Tensor => {
    const three = qkv.forward(norm1.forward(x)).reshape([x.shape[0]!, x.shape[1]!, 3, heads, width / heads])
    const [q, k, v] = unbind(three.transpose([2, 0, 3, 1, 4]))
    const mixed = scaledDotProductAttention(q!, k!, v!, { causal })
    const y = x.add(project.forward(mixed.transpose(1, 2).reshape(x.shape)))
    return y.add(down.forward(gelu(up.forward(norm2.forward(y)))))
  }
  return { norm1, qkv, project, norm2, up, down, forward } as Layer
}
