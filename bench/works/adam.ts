/** Adam's update alone: seven passes over memory. */
import type { AdamWork } from './work.js'

export const adam8: AdamWork = { kind: 'adam', name: 'adam-8m', title: 'Adam on 8.4 M numbers', size: 8 << 20 }
export const adam100: AdamWork = { kind: 'adam', name: 'adam-100m', title: 'Adam on 100 M numbers', size: 100_000_000 }
