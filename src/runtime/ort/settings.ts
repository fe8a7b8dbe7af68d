/** What ONNX Runtime is told: once for the process, and for each session. */
import { availableParallelism } from 'node:os'
import { HebbError } from '../../tensor/errors.js'
import type { SessionOptions } from '../backend.js'
import { check, created, type Handle, type OrtApi, ortApi } from './ort-api.js'
import { profilePrefix } from './profile.js'

const optimizations = { none: 0, basic: 1, extended: 2, all: 99 } as const
/** ONNX Runtime prints nothing short of a crash: its errors are thrown here, and would be said twice. */
const fatalOnly = 4
/** kinds of allocator, as OrtAllocatorType counts them */
const [plain, arena] = [0, 1]

/** What lives once per process. */
interface Process {
  readonly environment: Handle
  /** allocates names and paths */
  readonly allocator: Handle
  /** describes memory that is not ONNX Runtime's */
  readonly memory: Handle
  /** threads of the pool that sessions share; 0 where there is none */
  readonly pool: number
}
let started: Process | undefined

/**
 * Starts ONNX Runtime at the first call: one pool of threads and one arena of memory for all sessions, so that a further session costs neither. The
 * threads of the pool sleep at once when there is nothing to do: awake, they take the time of those that compute.
 */
export function start(): Process {
  if (started) return started
  const api = ortApi()
  const threads = availableParallelism()
  const environment = environmentWithPool(api, threads)
  const shared = created((out) => api.CreateCpuMemoryInfo(arena, 0, out))
  check(api.CreateAndRegisterAllocator(environment, shared, arenaSettings(api)))
  started = {
    environment,
    allocator: created((out) => api.GetAllocatorWithDefaultOptions(out)),
    memory: created((out) => api.CreateCpuMemoryInfo(plain, 0, out)),
    pool: hasPool(api, environment) ? threads : 0,
  }
  return started
}

/**
 * How the arena grows: by what is asked for, and by no more than 64 MB beyond it where it would double; and a free piece is cut where more than 1 MB of it
 * would lie idle. By ONNX Runtime's own measures, 1 GB and 128 MB, a step of large tensors holds half as much again as it uses.
 */
function arenaSettings(api: OrtApi): Handle {
  const settings = { max_dead_bytes_per_chunk: 1 << 20, max_power_of_two_extend_bytes: 1 << 26 }
  const values = BigInt64Array.from(Object.values(settings), BigInt)
  return created((out) => api.CreateArenaCfgV2(Object.keys(settings), values, values.length, out))
}

/**
 * Whether the environment has a pool: there is one for the process, and whoever loads ONNX Runtime first makes it. A session that wants the pool is
 * refused for that before its model is looked at, which here is none.
 */
function hasPool(api: OrtApi, environment: Handle): boolean {
  const settings = created((out) => api.CreateSessionOptions(out))
  try {
    check(api.DisablePerSessionThreads(settings))
    check(api.CreateSessionFromArray(environment, new Uint8Array(1), 1, settings, new BigInt64Array(1)))
    return true
  } catch (error) {
    return !(error as Error).message.includes('EnvCreatedWithGlobalThreadPools')
  } finally {
    api.ReleaseSessionOptions(settings)
  }
}

function environmentWithPool(api: OrtApi, threads: number): Handle {
  const options = created((out) => api.CreateThreadingOptions(out))
  try {
    check(api.SetGlobalIntraOpNumThreads(options, threads))
    check(api.SetGlobalInterOpNumThreads(options, 1))
    check(api.SetGlobalSpinControl(options, 0))
    return created((out) => api.CreateEnvWithGlobalThreadPools(fatalOnly, 'hebb', options, out))
  } finally {
    api.ReleaseThreadingOptions(options)
  }
}

/**
 * Threads that the first sessions have of their own, beside the pool. They wait awake for a moment, and one example through a network takes half
 * the time then; of hundreds of sessions each with such threads the machine would have hundreds, so the others share the pool.
 */
const mostOwnThreads = 4
let ownThreads = 0

/** Threads for one session: `own` are its alone, to be given back when it ends. */
function threadsFor(threads: number, pool: number): { own: number; shared: boolean } {
  const own = threads - 1
  const shared = own > 0 && threads === pool && ownThreads > 0 && ownThreads + own > mostOwnThreads
  return { own: shared ? 0 : own, shared }
}

/** What a session is made with, to be let go of: the settings once it is there, its threads when it ends. */
export interface Prepared {
  readonly settings: Handle
  /** what the session's profile file begins with; undefined where nothing is recorded */
  readonly profile: string | undefined
  release(): void
  giveThreads(): void
}

/** The settings of a session. One thread needs no pool, and a number other than the pool's is made of threads of its own. */
export function sessionSettings({
  threads = 1,
  profile = false,
  optimize = 'all',
  spinning = 50,
  planned = true,
  symbolic = {},
}: SessionOptions): Prepared {
  if (!Number.isInteger(threads) || threads < 1) throw new HebbError(`session: threads must be an integer of at least 1, not ${threads}`)
  if (typeof spinning === 'number' && !(Number.isInteger(spinning) && spinning >= 0))
    throw new HebbError(`session: spinning must be a whole number of microseconds, true or false, not ${spinning}`)
  const api = ortApi()
  const { own, shared } = threadsFor(threads, start().pool)
  const settings = created((out) => api.CreateSessionOptions(out))
  const prefix = profile ? profilePrefix() : undefined
  const entry = (key: string, value: string): void => check(api.AddSessionConfigEntry(settings, key, value))
  try {
    if (shared) check(api.DisablePerSessionThreads(settings))
    else check(api.SetIntraOpNumThreads(settings, threads))
    check(api.SetSessionGraphOptimizationLevel(settings, optimizations[optimize]))
    check(api.SetSessionLogSeverityLevel(settings, fatalOnly))
    entry('session.use_env_allocators', '1')
    if (spinning === false) entry('session.intra_op.allow_spinning', '0')
    else if (spinning !== true) entry('session.intra_op.spin_duration_us', `${spinning}`)
    if (!planned) check(api.DisableMemPattern(settings))
    if (prefix !== undefined) check(api.EnableProfiling(settings, prefix))
    for (const [name, size] of Object.entries(symbolic)) check(api.AddFreeDimensionOverrideByName(settings, name, size))
  } catch (error) {
    api.ReleaseSessionOptions(settings)
    throw error
  }
  ownThreads += own
  return {
    settings,
    profile: prefix,
    release: () => api.ReleaseSessionOptions(settings),
    giveThreads() {
      ownThreads -= own
    },
  }
}
