/** Recurrent networks: one layer over a sequence, its last state classified. */
import type { RecurrentWork } from './work.js'

const recurrent = (cell: RecurrentWork['cell'], title: string): RecurrentWork => ({
  ...{ kind: 'recurrent', name: cell, title, cell, time: 128, batch: 64, inputs: 128, width: 256, classes: 10 },
})

export const lstm = recurrent('lstm', 'LSTM T 128, N 64, 128 → 256')
export const gru = recurrent('gru', 'GRU T 128, N 64, 128 → 256')
