/** Steps that share weights take turns, so that none starts from weights that another is about to move. */
import type { Storage } from '../../graph/storage.js'
import { HebbError } from '../../tensor/errors.js'

/** One turn for all who share weights, directly or through others. */
export class Turn {
  /** the turn this one was joined with */
  #joined: Turn | undefined
  #busy = 0
  #waiting: (() => void)[] = []
  /** set while the weights shown are no weights to train on */
  blocked: string | undefined

  get root(): Turn {
    let turn: Turn = this
    while (turn.#joined) turn = turn.#joined
    return turn
  }
  join(other: Turn): void {
    const [a, b] = [this.root, other.root]
    if (a === b) return
    a.#busy += b.#busy
    a.#waiting.push(...b.#waiting)
    b.#joined = a
  }
  /** Takes the turn; a promise where others have to end before. In the order of the calls. */
  take(name: string): Promise<void> | undefined {
    const turn = this.root
    if (turn.blocked !== undefined)
      throw new HebbError(`${name}: ${turn.blocked} shows averaged weights of the same model: step when its function has ended`)
    if (turn.#busy === 0) {
      turn.#busy = 1
      return undefined
    }
    return new Promise((go) => turn.#waiting.push(go))
  }
  give(): void {
    const turn = this.root
    if (--turn.#busy > 0) return
    const next = turn.#waiting.shift()
    if (!next) return
    turn.#busy = 1
    next()
  }
}

const turns = new WeakMap<Storage, Turn>()

/** The turn of those who train any of these weights. */
export function turnOf(storages: readonly Storage[]): Turn {
  const turn = new Turn()
  for (const storage of storages) {
    const found = turns.get(storage)
    if (found) turn.join(found)
    turns.set(storage, turn)
  }
  return turn
}
