/**
 * The backend for Node: ONNX Runtime's native kernels, run on JavaScript's own memory without a copy.
 *
 * A binding hands ONNX Runtime the addresses of its slots once; from then on a run is a single C call with three constant
 * arguments. Sessions and bindings that nobody holds any more are released by the garbage collector.
 */
import { onLargePages } from '../../host/largePages.js'
import { newMemory } from '../../kernels/webassembly.js'
import { HebbError } from '../../tensor/errors.js'
import type { Backend, Binding, ProfileEvent, Session, Slot } from '../backend.js'
import { enter, leave, Native } from './native.js'
import { prepare, type Ready } from './numbers.js'
import { addressOf, check, created, createdText, errorOf, type Handle, type OrtApi, ortApi } from './ort-api.js'
import { probeChannelBlock } from './probe.js'
import { takeProfile } from './profile.js'
import { start } from './settings.js'
import { type PlacedSlot, placeSlots } from './slots.js'
import { valueOver } from './value.js'

/** ONNX Runtime on the CPU. */
export const ort: Backend & Required<Pick<Backend, 'sessionNow'>> = {
  name: 'onnxruntime-cpu',
  session: (model, options = {}) =>
    new Promise((resolve, reject) => {
      const api = ortApi()
      const prepared = prepare(options)
      // not the array of `created`, which the next call writes into
      const held = { model, out: new BigInt64Array(1) }
      const done = (error: Error | null, status: Handle): void => {
        leave()
        prepared.release()
        if (error || status) {
          prepared.ended()
          reject(error ?? errorOf(status))
        } else resolve(new OrtSession(Number(held.out[0]), prepared))
      }
      const { settings, pack } = prepared
      enter(() => {
        const bytes = [start().environment, addressOf(model), model.byteLength, settings] as const
        if (pack) api.LoadSessionPacked.async(...bytes, pack, addressOf(held.out), done)
        else api.LoadSession.async(...bytes, addressOf(held.out), done)
      })
    }),
  sessionNow(model, options = {}) {
    const api = ortApi()
    const prepared = prepare(options)
    const { settings, pack } = prepared
    try {
      const { environment } = start()
      const handle = created((out) =>
        pack
          ? api.LoadSessionPacked(environment, addressOf(model), model.byteLength, settings, pack, addressOf(out))
          : api.CreateSessionFromArray(environment, model, model.byteLength, settings, out),
      )
      return new OrtSession(handle, prepared)
    } catch (error) {
      prepared.ended()
      throw error
    } finally {
      prepared.release()
    }
  },
  takesNumbers: true,
  memory: (bytes) => {
    const memory = newMemory(bytes)
    onLargePages(memory.buffer)
    return { memory, at: 0 }
  },
  room: (bytes) => onLargePages(Buffer.allocUnsafeSlow(bytes).buffer as ArrayBuffer),
  channelBlock: () => probeChannelBlock(ort),
  tidy: () => ortApi().malloc_trim?.(0),
}

const abandoned = new FinalizationRegistry<Native>((native) => native.release())

class OrtSession implements Session {
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly #native: Native
  readonly #profile: string | undefined

  constructor(handle: Handle, { ended, profile, kept }: Ready) {
    const api = ortApi()
    const { allocator } = start()
    this.#native = new Native(handle, kept, () => {
      api.ReleaseSession(handle)
      ended()
    })
    this.#profile = profile
    abandoned.register(this, this.#native, this)
    const names = (count: Handle, name: typeof api.SessionGetInputName) =>
      Array.from({ length: Number(count) }, (_, i) => createdText(allocator, (out) => name(handle, i, allocator, out)))
    this.inputs = names(
      created((out) => api.SessionGetInputCount(handle, out)),
      api.SessionGetInputName,
    )
    this.outputs = names(
      created((out) => api.SessionGetOutputCount(handle, out)),
      api.SessionGetOutputName,
    )
  }

  bind(inputs: readonly Slot[], outputs: readonly Slot[]): Binding {
    this.#alive('bind')
    return new OrtBinding(this, this.#native, placeSlots(this, { inputs, outputs }, addressOf))
  }

  async profile(): Promise<ProfileEvent[]> {
    this.#alive('profile')
    if (this.#profile === undefined) throw new HebbError('profile: this session records nothing; open it with { profile: true }')
    const { SessionEndProfiling } = ortApi()
    const { allocator } = start()
    return takeProfile(createdText(allocator, (out) => SessionEndProfiling(this.#native.handle, allocator, out)))
  }

  release(): void {
    abandoned.unregister(this)
    this.#native.release()
  }

  #alive(verb: string): void {
    if (this.#native.released) throw new HebbError(`${verb}: this session was released`)
  }
}

class OrtBinding implements Binding {
  readonly #session: Native
  readonly #native: Native
  readonly #run: OrtApi['RunWithBinding']
  readonly #buffers: readonly { readonly buffer: ArrayBufferLike; readonly bytes: number }[]

  constructor(owner: OrtSession, session: Native, slots: readonly PlacedSlot[]) {
    const api = ortApi()
    const handle = created((out) => api.CreateIoBinding(session.handle, out))
    const native: Native = new Native(handle, [owner, slots], () => {
      api.ReleaseIoBinding(handle)
      session.bindings.delete(native)
    })
    try {
      for (const slot of slots) attach(handle, slot)
    } catch (error) {
      native.release()
      throw error
    }
    session.bindings.add(native)
    abandoned.register(this, native, this)
    this.#session = session
    this.#native = native
    this.#run = api.RunWithBinding
    this.#buffers = [...new Set(slots.map(({ array }) => array.buffer))].map((buffer) => ({ buffer, bytes: buffer.byteLength }))
  }

  runNow(): void {
    this.#ready()
    const status = this.#run(this.#session.handle, 0, this.#native.handle)
    if (status) throw errorOf(status)
  }

  run(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#ready()
      this.#native.running++
      this.#session.running++
      const end = (settle: () => void): void => {
        leave()
        this.#native.settle()
        this.#session.settle()
        settle()
      }
      enter(() => {
        try {
          // by now the memory may have gone
          this.#requireMemory()
          this.#run.async(this.#session.handle, 0, this.#native.handle, (error, status) =>
            end(() => {
              if (error) reject(error)
              else if (status) reject(errorOf(status))
              else resolve()
            }),
          )
        } catch (error) {
          end(() => reject(error as Error))
        }
      })
    })
  }

  release(): void {
    abandoned.unregister(this)
    this.#native.release()
  }

  #ready(): void {
    if (this.#native.released) throw new HebbError('run: this binding or its session was released')
    if (this.#native.running > 0)
      throw new HebbError('run: this binding is still running; await its promise, or bind once more to other memory')
    this.#requireMemory()
  }

  #requireMemory(): void {
    for (const { buffer, bytes } of this.#buffers) {
      if (buffer.byteLength !== bytes)
        throw new HebbError(
          `run: memory of this binding had ${bytes} bytes and now has ${buffer.byteLength}: it was transferred, resized or its WebAssembly memory grew; bind again`,
        )
    }
  }
}

/** Tells the binding `handle` where one input or output lives. */
function attach(handle: Handle, { name, role, address, ...slot }: PlacedSlot): void {
  const api = ortApi()
  const value = valueOver(slot, address)
  try {
    check(role === 'input' ? api.BindInput(handle, name, value) : api.BindOutput(handle, name, value))
  } finally {
    api.ReleaseValue(value) // the binding has its own hold on it
  }
}
