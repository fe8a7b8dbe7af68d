/** The three passes of one convolution, alone: output, gradient of the input, gradient of the weights. */
import type { ConvWork } from './work.js'

const pass = (name: string, pass: ConvWork['pass']): ConvWork => ({
  kind: 'conv',
  name,
  title: `conv 64→64 3×3, 32×32, N 32: ${pass}`,
  pass,
  channels: 64,
  side: 32,
  batch: 32,
})

export const convForward = pass('conv-forward', 'forward')
export const convDx = pass('conv-dx', 'dX')
export const convDw = pass('conv-dw', 'dW')
