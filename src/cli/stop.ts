/** Stopping a command by signals: the first in good order, the second at once. */

/** What the first signal sets, and the exit code that goes with it. */
export interface Stop {
  readonly signal: AbortSignal
  /** 130 after SIGINT, 143 after SIGTERM */
  code(): number
}

/** From now on the first SIGINT or SIGTERM sets the signal; the second ends the process. */
export function stopOnSignals(): Stop {
  const controller = new AbortController()
  let exit = 0
  const stop = (signal: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(exit)
    exit = signal === 'SIGINT' ? 130 : 143
    controller.abort()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  return { signal: controller.signal, code: () => exit }
}
