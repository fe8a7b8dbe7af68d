/** The convolutional network one would train on MNIST. */
import type { CnnWork } from './work.js'

export const mnistCnn: CnnWork = {
  kind: 'cnn',
  name: 'mnist-cnn',
  title: 'MNIST CNN 32-64-128, N 64',
  side: 28,
  channels: [1, 32, 64],
  sizes: [128, 10],
  batch: 64,
}
