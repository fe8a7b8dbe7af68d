/** What feed-forward nets of language models put between their products, by the names that config.json has. */
import { gelu, hardSwish, leakyRelu, mish, relu, relu6, silu } from '../../functional/index.js'
import { mul, sigmoid, tanh } from '../../ops/index.js'
import type { Tensor } from '../../tensor/index.js'

const exact = (x: Tensor): Tensor => gelu(x)
const byTanh = (x: Tensor): Tensor => gelu(x, { approximate: 'tanh' })

/** By name; several names are one function. */
export const activations = {
  gelu: exact,
  gelu_python: exact,
  gelu_new: byTanh,
  gelu_pytorch_tanh: byTanh,
  gelu_python_tanh: byTanh,
  gelu_fast: byTanh,
  gelu_accurate: byTanh,
  quick_gelu: (x: Tensor): Tensor => mul(x, sigmoid(mul(x, 1.702))),
  silu: (x: Tensor): Tensor => silu(x),
  swish: (x: Tensor): Tensor => silu(x),
  relu: (x: Tensor): Tensor => relu(x),
  relu2: (x: Tensor): Tensor => mul(relu(x), relu(x)),
  relu6: (x: Tensor): Tensor => relu6(x),
  leaky_relu: (x: Tensor): Tensor => leakyRelu(x),
  hardswish: (x: Tensor): Tensor => hardSwish(x),
  mish: (x: Tensor): Tensor => mish(x),
  sigmoid: (x: Tensor): Tensor => sigmoid(x),
  tanh: (x: Tensor): Tensor => tanh(x),
  linear: (x: Tensor): Tensor => x,
} as const satisfies Record<string, (x: Tensor) => Tensor>

/** The name of one of them. */
export type Activation = keyof typeof activations

/** Whether a text names one. */
export const isActivation = (name: string): name is Activation => Object.hasOwn(activations, name)
