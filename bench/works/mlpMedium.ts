/** A perceptron with two hidden layers of 512. */
import type { MlpWork } from './work.js'

export const mlpMedium: MlpWork = {
  kind: 'mlp',
  name: 'mlp-medium',
  title: 'MLP 784-512-512-10, N 128',
  sizes: [784, 512, 512, 10],
  activation: 'relu',
  batch: 128,
}
