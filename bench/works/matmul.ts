/** A product of two 1024 × 1024 matrices: the limit of the machine. */
import type { MatmulWork } from './work.js'

export const matmul: MatmulWork = { kind: 'matmul', name: 'matmul', title: 'matmul 1024³', size: 1024 }
