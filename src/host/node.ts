/** The host that Node is. */
import { availableParallelism } from 'node:os'
import type { Host } from './host.js'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export const nodeHost: Host = {
  cores: availableParallelism(),
  // by the time an immediate runs, timers that were due and messages that were there have run
  turn: () => new Promise((go) => setImmediate(go)),
  setting: (name) => process.env[name],
  atEnd(act) {
    const onSignal = (signal: NodeJS.Signals): void => {
      act()
      const others = process.listenerCount(signal) > 1 // asked before they run: some remove themselves
      undo()
      // nobody else listens: it ends the process as it would have
      if (!others) process.kill(process.pid, signal)
    }
    const undo = (): void => {
      process.removeListener('exit', act)
      for (const signal of signals) process.removeListener(signal, onSignal)
    }
    process.prependListener('exit', act)
    for (const signal of signals) process.prependListener(signal, onSignal)
    return undo
  },
}
