/** Actor and critic on a shared trunk beside PyTorch's numbers: objectives that share weights, and ones that do not. */
import { expect, test } from 'vitest'
import {
  adam,
  adamW,
  Linear,
  learner,
  logSoftmax,
  meanSquaredError,
  stopGradient,
  type Tensor,
  takeAlong,
  tensor,
} from '../../../src/index.js'
import { expectClose } from '../../compare.js'
import { bytesOf } from '../task.js'
import { expectParameters, fill, wave } from './waves.js'

// What these numbers are from, PyTorch 1.13 in f64:
//
// import math, sys, torch
// from torch import nn
// torch.set_default_dtype(torch.float64)
// shared = sys.argv[1] == 'shared'
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
// trunk, actor, critic = nn.Linear(3, 5), nn.Linear(5, 3), nn.Linear(5, 1)
// fill(trunk, 1); fill(actor, 11); fill(critic, 21)
// if shared:
//     o = torch.optim.Adam([*trunk.parameters(), *actor.parameters(), *critic.parameters()], lr=0.02)
//     oa = oc = o
// else:
//     oa = torch.optim.Adam([*trunk.parameters(), *actor.parameters()], lr=0.02)
//     oc = torch.optim.AdamW(critic.parameters(), lr=0.05, weight_decay=0.1)
// for t in range(5):
//     x, returns = wave(4, 3, t), wave(4, 1, 50 + t)
//     a = torch.tensor([(t + i) % 3 for i in range(4)])
//     h = torch.tanh(trunk(x))
//     adv = (returns - critic(h)).detach().view(-1)
//     logp = torch.log_softmax(actor(h), 1)
//     entropy = -(logp.exp() * logp).sum(1).mean()
//     la = -(logp.gather(1, a.view(-1, 1)).view(-1) * adv).mean() - 0.01 * entropy
//     oa.zero_grad(set_to_none=True); la.backward(); oa.step()
//     h = torch.tanh(trunk(x))
//     if not shared: h = h.detach()
//     lc = 0.5 * ((critic(h) - returns) ** 2).mean()
//     oc.zero_grad(set_to_none=True)
//     for p in (*trunk.parameters(), *actor.parameters()): p.grad = None
//     lc.backward(); oc.step()
//     print([round(v.item(), 8) for v in (la, entropy, lc)], ',')
// for name, net in (('trunk', trunk), ('actor', actor), ('critic', critic)):
//     for k, v in net.state_dict().items(): print(f"'{name}.{k}': {[round(x, 6) for x in v.flatten().tolist()]},")
const apart = {
  losses: [
    [0.20088978, 1.02195852, 0.2823626],
    [0.30498806, 0.98404934, 0.16138396],
    [0.39332304, 1.02689349, 0.30576393],
    [0.04755406, 1.08961791, 0.16345198],
    [-0.26134403, 1.08297654, 0.16166532],
  ],
  weights: {
    'trunk.weight': [
      0.497153, 0.552135, 0.588038, 0.486127, 0.470049, 0.43578, 0.27739, 0.206315, 0.125073, -0.056864, -0.144892, -0.226235, -0.399733,
      -0.463258, -0.497516,
    ],
    'trunk.bias': [0.247057, 0.136877, 0.01888, -0.101065, -0.21776],
    'actor.weight': [
      0.511974, 0.476975, 0.419203, 0.450781, 0.412886, 0.193059, 0.077974, -0.037635, -0.066355, -0.18247, -0.246103, -0.336634, -0.409428,
      -0.59403, -0.67165,
    ],
    'actor.bias': [0.006179, -0.027185, -0.15539],
    'critic.weight': [0.338628, 0.276225, 0.230991, 0.431277, 0.265453],
    'critic.bias': [-0.010815],
  },
} as const
const shared = {
  losses: [
    [0.20088978, 1.02195852, 0.2823626],
    [0.28710742, 1.00015451, 0.16483116],
    [0.40059387, 1.03913939, 0.29377604],
    [0.12699305, 1.09444366, 0.19626389],
    [-0.08813852, 1.08315629, 0.14268078],
  ],
  weights: {
    'trunk.weight': [
      0.479361, 0.52422, 0.491743, 0.459128, 0.439393, 0.344631, 0.244157, 0.171079, 0.038812, -0.091293, -0.178551, -0.299487, -0.436737,
      -0.495565, -0.547709,
    ],
    'trunk.bias': [0.258548, 0.131163, 0.005627, -0.118144, -0.238594],
    'actor.weight': [
      0.50989, 0.474402, 0.415992, 0.457811, 0.415917, 0.190438, 0.074964, -0.041946, -0.067527, -0.181296, -0.244454, -0.334934, -0.408321,
      -0.601482, -0.675045,
    ],
    'actor.bias': [0.006054, -0.027527, -0.155249],
    'critic.weight': [0.435424, 0.362877, 0.288539, 0.309144, 0.174054],
    'critic.bias': [-0.109561],
  },
} as const

class ActorCritic {
  readonly trunk = new Linear(3, 5)
  readonly actor = new Linear(5, 3)
  readonly critic = new Linear(5, 1)
  constructor() {
    fill(this.trunk, 1)
    fill(this.actor, 11)
    fill(this.critic, 21)
  }
  features = (x: Tensor): Tensor => this.trunk.forward(x).tanh()

  act = ({ x, actions, returns }: { x: Tensor; actions: Tensor; returns: Tensor }) => {
    const h = this.features(x)
    const advantages = stopGradient(returns.sub(this.critic.forward(h)))
    const logp = logSoftmax(this.actor.forward(h))
    const entropy = logp.exp().mul(logp).sum(1).mean().neg()
    const gain = takeAlong(logp, actions, 1).mul(advantages).mean()
    return { loss: gain.neg().sub(entropy.mul(0.01)), entropy }
  }
  value = ({ x, returns }: { x: Tensor; returns: Tensor }): Tensor =>
    meanSquaredError(this.critic.forward(this.features(x)), returns).mul(0.5)
}

const batch = (t: number) => ({
  x: wave(4, 3, t),
  returns: wave(4, 1, 50 + t),
  actions: tensor(Int32Array.from({ length: 4 }, (_, i) => (t + i) % 3)).reshape([4, 1]),
})

test('each moves weights of its own: the critic has another optimizer, and its loss leaves the trunk alone', async () => {
  const net = new ActorCritic()
  const both = learner(net, adam({ lr: 0.02, groups: [{ match: 'critic', optimizer: adamW({ lr: 0.05, weightDecay: 0.1 }) }] }))
  const act = both.objective('act', net.act, { only: ['trunk', 'actor'] })
  const value = both.objective('value', net.value, { only: 'critic' })
  for (const [t, [acted, entropy, valued]] of apart.losses.entries()) {
    const { x, actions, returns } = batch(t)
    const critic = bytesOf(net.critic)
    const first = await act({ x, actions, returns })
    expect(bytesOf(net.critic)).toBe(critic)
    const rest = bytesOf({ trunk: net.trunk, actor: net.actor })
    const second = await value({ x, returns })
    expect(bytesOf({ trunk: net.trunk, actor: net.actor })).toBe(rest)
    expectClose([first.loss, first.metrics.entropy!, second.loss], [acted, entropy, valued], { label: `round ${t}` })
  }
  expectParameters(net, apart.weights)
})

test('both move the trunk, which counts the updates of both; neither moves what its loss does not depend on', async () => {
  const net = new ActorCritic()
  const both = learner(net, adam({ lr: 0.02 }))
  const act = both.objective('act', net.act)
  const value = both.objective('value', net.value)
  for (const [t, [acted, entropy, valued]] of shared.losses.entries()) {
    const { x, actions, returns } = batch(t)
    const first = await act({ x, actions, returns })
    const second = await value({ x, returns })
    expectClose([first.loss, first.metrics.entropy!, second.loss], [acted, entropy, valued], { label: `round ${t}` })
  }
  expectParameters(net, shared.weights)
  expect([act.step, value.step]).toEqual([5, 5])
})
