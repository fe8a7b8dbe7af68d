/** A perceptron with three hidden layers of 1024. */
import type { MlpWork } from './work.js'

export const mlpLarge: MlpWork = {
  kind: 'mlp',
  name: 'mlp-large',
  title: 'MLP 784-1024-1024-1024-10, N 256',
  sizes: [784, 1024, 1024, 1024, 10],
  activation: 'relu',
  batch: 256,
}
