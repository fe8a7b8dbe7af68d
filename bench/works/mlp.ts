/** Perceptrons, from the smallest network there is, where all the time is overhead, to one that is all products. */
import type { MlpWork } from './work.js'

const mlp = (
  name: string,
  title: string,
  sizes: readonly number[],
  batch: number,
  activation: MlpWork['activation'] = 'relu',
): MlpWork => ({
  ...{ kind: 'mlp', name, title, sizes, activation, batch },
})

export const xor = mlp('xor', 'XOR 2-8-2, N 4', [2, 8, 2], 4, 'tanh')
export const mlpSmall = mlp('mlp-small', 'MLP 784-128-10, N 32', [784, 128, 10], 32)
export const mlpMedium = mlp('mlp-medium', 'MLP 784-512-512-10, N 128', [784, 512, 512, 10], 128)
export const mlpLarge = mlp('mlp-large', 'MLP 784-1024-1024-1024-10, N 256', [784, 1024, 1024, 1024, 10], 256)
