/** XOR: the smallest network there is, where all the time is overhead. */
import type { MlpWork } from './work.js'

export const xor: MlpWork = { kind: 'mlp', name: 'xor', title: 'XOR 2-8-2, N 4', sizes: [2, 8, 2], activation: 'tanh', batch: 4 }
