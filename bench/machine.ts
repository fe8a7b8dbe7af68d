/** The machine the numbers come from, and what else it was doing. */
import { readFileSync } from 'node:fs'
import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os'

/** What a table of results says of its machine. */
export interface Machine {
  readonly processor: string
  readonly cores: number
  readonly memoryGb: number
  readonly system: string
  readonly node: string
}

export const machine = (): Machine => ({
  processor: cpus()[0]?.model.trim() ?? 'unknown processor',
  cores: cpus().length,
  memoryGb: Math.round(totalmem() / 2 ** 30),
  system: `${platform()} ${arch()} ${release()}`,
  node: process.version,
})

/** Processor time since the machine started, in ticks. */
interface Ticks {
  /** all of it */
  readonly total: number
  /** spent on anything but idling; time the host gave to other guests included */
  readonly busy: number
}

function ticks(): Ticks | undefined {
  if (platform() !== 'linux') return undefined
  const [user, nice, system, idle, wait, irq, soft, steal] = /^cpu +(.*)$/m
    .exec(readFileSync('/proc/stat', 'utf8'))![1]!
    .split(' ')
    .map(Number)
  const busy = user! + nice! + system! + irq! + soft! + (steal ?? 0)
  return { total: busy + idle! + wait!, busy }
}

/** Ticks a process, its threads and its children that have ended have used; 0 for one that is gone. */
function ticksOf(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0)
  } catch {
    return 0
  }
}

/** Ticks of this process alone: its children are counted one by one, before they end. */
function ownTicks(): number {
  const { user, system } = process.cpuUsage()
  return Math.round((user + system) / 1e4)
}

/** Watches how much of the machine goes to processes that are not ours. */
export class Watch {
  readonly load = loadavg()[0]!
  readonly #start = ticks()
  #own = 0
  readonly #self = ownTicks()

  /** Counts what a process of ours has used; call it once, before the process ends. */
  count(pid: number): void {
    this.#own += ticksOf(pid)
  }

  /** Share of the machine that others used since the watch began; undefined where the system does not tell. */
  others(): number | undefined {
    const end = ticks()
    if (!this.#start || !end) return undefined
    const own = this.#own + ownTicks() - this.#self
    return Math.max(0, end.busy - this.#start.busy - own) / Math.max(1, end.total - this.#start.total)
  }
}
