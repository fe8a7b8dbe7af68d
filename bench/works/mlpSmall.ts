/** A small perceptron on MNIST-sized rows. */
import type { MlpWork } from './work.js'

export const mlpSmall: MlpWork = {
  kind: 'mlp',
  name: 'mlp-small',
  title: 'MLP 784-128-10, N 32',
  sizes: [784, 128, 10],
  activation: 'relu',
  batch: 32,
}
