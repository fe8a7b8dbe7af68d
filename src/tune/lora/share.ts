/** How much of a model is trained. */
import { walkOf } from '../../nn/module/walk.js'
import type { Model } from '../../nn/module.js'

/** How many numbers a model trains, and has. */
export interface TrainableShare {
  readonly trainable: number
  readonly total: number
  /** as PEFT prints it: `trainable params: 1,344 || all params: 86,064 || trainable%: 1.5616` */
  readonly text: string
}

/** How many numbers of a model are trained, and how many there are. */
export function shareOf(model: Model): TrainableShare {
  let [trainable, total] = [0, 0]
  for (const p of walkOf(model).parameters.values()) {
    total += p.size
    if (p.trainable) trainable += p.size
  }
  const text = `trainable params: ${trainable.toLocaleString('en-US')} || all params: ${total.toLocaleString('en-US')} || trainable%: ${((100 * trainable) / total).toFixed(4)}`
  return { trainable, total, text }
}
