/** A generative adversarial network beside PyTorch's numbers: two objectives, each moving its own net. */
import { expect, test } from 'vitest'
import {
  adam,
  BatchNorm1d,
  binaryCrossEntropyWithLogits,
  Linear,
  leakyRelu,
  learner,
  type Model,
  ones,
  parameters,
  sequential,
  type Tensor,
  tanh,
  trainStep,
  zeros,
} from '../../../src/index.js'
import { expectClose } from '../../compare.js'
import { bytesOf } from '../task.js'
import { expectParameters, fill, wave } from './waves.js'

// What these numbers are from, PyTorch 1.13 in f64:
//
// import math, torch
// from torch import nn
// torch.set_default_dtype(torch.float64)
// def fill(net, start):
//     k = start
//     with torch.no_grad():
//         for p in net.parameters():
//             flat = p.view(-1)
//             for i in range(flat.numel()):
//                 flat[i] = 0.6 * math.sin(1.3 * k + 0.2 * i);
//             k += 1
// def wave(n, width, turn):
//     return torch.tensor([math.sin(0.7 * i * i + turn) for i in range(n * width)]).view(n, width)
// g = nn.Sequential(nn.Linear(2, 6, bias=False), nn.BatchNorm1d(6), nn.Tanh(), nn.Linear(6, 2))
// d = nn.Sequential(nn.Linear(2, 6), nn.LeakyReLU(0.2), nn.Linear(6, 1))
// fill(g, 1); fill(d, 11)
// og = torch.optim.Adam(g.parameters(), lr=0.02, betas=(0.5, 0.999))
// od = torch.optim.Adam(d.parameters(), lr=0.05, betas=(0.5, 0.999))
// bce = nn.BCEWithLogitsLoss()
// ones, zeros = torch.ones(5, 1), torch.zeros(5, 1)
// for t in range(6):
//     real, z = wave(5, 2, t) + 1, wave(5, 2, 100 + t)
//     od.zero_grad(set_to_none=True)
//     ld = bce(d(real), ones) + bce(d(g(z).detach()), zeros)
//     ld.backward()
//     norm = nn.utils.clip_grad_norm_(d.parameters(), 0.1)
//     od.step()
//     og.zero_grad(set_to_none=True)
//     lg = bce(d(g(z)), ones)
//     lg.backward()
//     og.step()
//     print([round(v.item(), 8) for v in (ld, norm, lg)], ',')
// for name, net in (('generator', g), ('discriminator', d)):
//     for k, v in net.state_dict().items(): print(f"'{name}.{k}': {[round(x, 6) for x in v.flatten().tolist()]},")
const losses = [
  [2.35503484, 1.98292646, 0.84613405],
  [2.30508942, 2.24601018, 0.74569558],
  [1.91595197, 1.73554141, 0.69724381],
  [1.53411281, 0.91812948, 0.66468926],
  [1.3660242, 0.43525713, 0.66523926],
  [1.29119325, 0.31700597, 0.70350163],
] as const
const weights = {
  'generator.0.weight': [
    0.539371, 0.637276, 0.556852, 0.606008, 0.480015, 0.485485, 0.330981, 0.286389, 0.147224, 0.033627, -0.136442, -0.167565,
  ],
  'generator.1.weight': [0.318962, 0.2101, 0.039815, 0.034264, -0.111917, -0.296469],
  'generator.1.bias': [-0.37336, -0.436531, -0.454965, -0.521012, -0.586916, -0.585199],
  'generator.1.running_mean': [-0.028501, -0.028192, -0.023422, -0.014987, -0.00473, 0.00742],
  'generator.1.running_var': [0.547788, 0.5405, 0.46019, 0.355223, 0.290717, 0.300692],
  'generator.1.num_batches_tracked': [12],
  'generator.3.weight': [
    -0.490995, -0.426762, -0.343795, -0.24548, -0.136744, -0.014733, 0.083397, 0.196866, 0.303394, 0.397384, 0.475468, 0.544716,
  ],
  'generator.3.bias': [0.09613, 0.239876],
  'discriminator.0.weight': [
    0.279621, 0.264308, 0.204121, 0.136115, 0.119938, -0.03177, -0.061587, -0.343349, -0.300066, -0.577537, -0.520132, -0.775897,
  ],
  'discriminator.0.bias': [-0.260421, -0.372592, -0.379445, -0.417848, -0.517393, -0.601382],
  'discriminator.2.weight': [-0.264517, -0.318192, -0.389228, -0.940837, -0.886989, -0.821413],
  'discriminator.2.bias': [-0.223942],
}

class Gan {
  readonly generator = sequential(new Linear(2, 6, { bias: false }), new BatchNorm1d(6), tanh, new Linear(6, 2))
  readonly discriminator = sequential(new Linear(2, 6), (x: Tensor) => leakyRelu(x, { slope: 0.2 }), new Linear(6, 1))
  constructor() {
    fill(this.generator, 1)
    fill(this.discriminator, 11)
  }
  judge = ({ real, z }: { real: Tensor; z: Tensor }): Tensor =>
    binaryCrossEntropyWithLogits(this.discriminator.forward(real), ones([real.shape[0]!, 1])).add(
      binaryCrossEntropyWithLogits(this.discriminator.forward(this.generator.forward(z)), zeros([z.shape[0]!, 1])),
    )
  fool = ({ z }: { z: Tensor }): Tensor =>
    binaryCrossEntropyWithLogits(this.discriminator.forward(this.generator.forward(z)), ones([z.shape[0]!, 1]))
}

/** What optimizers move, without running statistics. */
const weightsOf = (model: Model): string =>
  [...parameters(model).values()].flatMap((p) => (p.trainable ? [...p.storage.array!] : [])).join()
const batch = (t: number) => ({ real: wave(5, 2, t).add(1), z: wave(5, 2, 100 + t) })

test('losses, norms, weights and running statistics are those of PyTorch with two optimizers', async () => {
  const gan = new Gan()
  const both = learner(gan, adam({ lr: 0.02, beta1: 0.5, groups: [{ match: 'discriminator', hyper: { lr: 0.05 } }] }))
  const judge = both.objective('judge', gan.judge, { only: 'discriminator', clip: { norm: 0.1 } })
  const fool = both.objective('fool', gan.fool, { only: 'generator' })
  for (const [t, [judged, norm, fooled]] of losses.entries()) {
    const { real, z } = batch(t)
    const maker = weightsOf(gan.generator)
    const first = await judge({ real, z })
    expect(weightsOf(gan.generator)).toBe(maker)
    const judging = weightsOf(gan.discriminator)
    const second = await fool({ z })
    expect(weightsOf(gan.discriminator)).toBe(judging)
    expectClose([first.loss, first.gradientNorm!, second.loss], [judged, norm, fooled], { atol: 1e-5, rtol: 1e-5, label: `round ${t}` })
    expect([first.step, second.step, judge.step, fool.step]).toEqual([t + 1, t + 1, t + 1, t + 1])
    expect([first.lr, second.lr, second.gradientNorm]).toEqual([0.05, 0.02, undefined])
  }
  expectParameters(gan, weights)
})

test('one learner and two steps on the same model give the same weights', async () => {
  const [one, two] = [new Gan(), new Gan()]
  const both = learner(one, adam({ lr: 0.02 }), { seed: 1 })
  const steps = [
    both.objective('judge', one.judge, { only: 'discriminator' }),
    both.objective('fool', one.fool, { only: 'generator' }),
    trainStep(two, adam({ lr: 0.02 }), two.judge, { only: /^discriminator/, statistics: true }),
    trainStep(two, adam({ lr: 0.02 }), two.fool, { only: /^generator/, statistics: true }),
  ] as const
  for (let t = 0; t < 4; t++) {
    const { real, z } = batch(t)
    for (const step of [steps[0], steps[2]]) await step({ real, z })
    for (const step of [steps[1], steps[3]]) await step({ z })
  }
  expect(bytesOf(one)).toBe(bytesOf(two))
})
