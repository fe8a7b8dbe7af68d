/**
 * ONNX Runtime's C API: where the library is, which of its functions are used, and how its errors become ours.
 *
 * `OrtGetApiBase()` leads to `GetApi(version)`, and that to a table of function pointers which only ever grows: once
 * released, a function keeps its index for good. Handles are plain addresses; nothing in this file owns memory.
 */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import koffi from 'koffi'
import { openLibrary, systemFunction } from '../../host/library.js'
import { HebbError } from '../../tensor/errors.js'
import { OrtError } from '../backend.js'

const errorCodes = [
  ...['OK', 'FAIL', 'INVALID_ARGUMENT', 'NO_SUCHFILE', 'NO_MODEL', 'ENGINE_ERROR', 'RUNTIME_EXCEPTION', 'INVALID_PROTOBUF'],
  ...['MODEL_LOADED', 'NOT_IMPLEMENTED', 'INVALID_GRAPH', 'EP_FAIL', 'MODEL_LOAD_CANCELED', 'MODEL_REQUIRES_COMPILATION', 'NOT_FOUND'],
]

/** The address of something inside ONNX Runtime: an OrtSession, an OrtValue, an OrtStatus; 0 is none. */
export type Handle = number | bigint
/** Where a function writes the handle, count or pointer it makes. */
type Out = BigInt64Array

/** A C function, called on this thread, or with `.async` on one of libuv's. */
interface Native<A extends unknown[], R> {
  (...args: A): R
  async(...args: [...A, done: (error: Error | null, result: R) => void]): void
}

/** Everything used of the C API, under the names of onnxruntime_c_api.h. */
export type OrtApi = ReturnType<typeof open>

const apiVersion = 22
const tableSize = 170

function open() {
  const file = libraryFile()
  const library = openLibrary(file)
  const base: bigint = library.func('void *OrtGetApiBase()')()
  const [getApi, getVersion]: [bigint, bigint] = koffi.decode(base, 'void *', 2)
  const pointers: bigint | null = koffi.call(getApi, koffi.proto('void *', ['uint32_t']), apiVersion)
  const version: string = koffi.call(getVersion, koffi.proto('str', []))
  if (pointers === null) throw new OrtError('FAIL', `ONNX Runtime ${version} at ${file} is too old: it has no C API ${apiVersion}`)
  const table: bigint[] = koffi.decode(pointers, 'void *', tableSize)

  const native = <A extends unknown[], R>(index: number, result: string, types: string[]): Native<A, R> =>
    koffi.decode(table[index], koffi.proto(result, types))
  const call = <A extends unknown[]>(index: number, ...types: string[]) => native<A, Handle>(index, handle, types)
  const release = (index: number) => native<[Handle], void>(index, 'void', [handle])
  const handle = 'int64_t'
  const memory = 'void *'
  const path = process.platform === 'win32' ? 'str16' : 'str'

  return {
    version,
    /** held, as koffi unloads a library that nobody holds, whoever may still call into it */
    library,
    /** gives free memory back to the system; glibc has it, and keeps nearly all of what sessions took without it */
    malloc_trim: systemFunction('int malloc_trim(size_t)'),
    GetErrorCode: native<[status: Handle], number>(1, 'int', [handle]),
    GetErrorMessage: native<[status: Handle], string>(2, 'str', [handle]),
    CreateEnv: call<[logLevel: number, id: string, env: Out]>(3, 'int', 'str', memory),
    CreateEnvWithGlobalThreadPools: call<[logLevel: number, id: string, options: Handle, env: Out]>(119, 'int', 'str', handle, memory),
    CreateThreadingOptions: call<[options: Out]>(121, memory),
    ReleaseThreadingOptions: release(122),
    SetGlobalIntraOpNumThreads: call<[options: Handle, threads: number]>(147, handle, 'int'),
    SetGlobalInterOpNumThreads: call<[options: Handle, threads: number]>(148, handle, 'int'),
    SetGlobalSpinControl: call<[options: Handle, spin: number]>(149, handle, 'int'),
    CreateArenaCfgV2: call<[keys: readonly string[], values: BigInt64Array, count: number, settings: Out]>(
      164,
      'const char **',
      memory,
      'size_t',
      memory,
    ),
    CreateAndRegisterAllocator: call<[env: Handle, memory: Handle, settings: Handle]>(144, handle, handle, handle),
    DisablePerSessionThreads: call<[options: Handle]>(120, handle),
    CreateSessionFromArray: call<[env: Handle, model: Uint8Array, bytes: number, options: Handle, session: Out]>(
      8,
      handle,
      memory,
      'size_t',
      handle,
      memory,
    ),
    /** CreateSessionFromArray by addresses, for another thread: what lies there must stay there meanwhile */
    LoadSession: call<[env: Handle, model: Handle, bytes: number, options: Handle, session: Handle]>(
      8,
      handle,
      handle,
      'size_t',
      handle,
      handle,
    ),
    /** LoadSession, with weights laid out for the processor that sessions have in common */
    LoadSessionPacked: call<[env: Handle, model: Handle, bytes: number, options: Handle, packed: Handle, session: Handle]>(
      169,
      handle,
      handle,
      'size_t',
      handle,
      handle,
      handle,
    ),
    AddInitializer: call<[options: Handle, name: string, value: Handle]>(150, handle, 'str', handle),
    CreatePrepackedWeightsContainer: call<[container: Out]>(166, memory),
    ReleasePrepackedWeightsContainer: release(167),
    CreateSessionOptions: call<[options: Out]>(10, memory),
    EnableProfiling: call<[options: Handle, prefix: string]>(14, handle, path),
    DisableMemPattern: call<[options: Handle]>(17, handle),
    SetSessionLogSeverityLevel: call<[options: Handle, level: number]>(22, handle, 'int'),
    SetSessionGraphOptimizationLevel: call<[options: Handle, level: number]>(23, handle, 'int'),
    SetIntraOpNumThreads: call<[options: Handle, threads: number]>(24, handle, 'int'),
    SessionGetInputCount: call<[session: Handle, count: Out]>(30, handle, memory),
    SessionGetOutputCount: call<[session: Handle, count: Out]>(31, handle, memory),
    SessionGetInputName: call<[session: Handle, index: number, allocator: Handle, name: Out]>(36, handle, 'size_t', handle, memory),
    SessionGetOutputName: call<[session: Handle, index: number, allocator: Handle, name: Out]>(37, handle, 'size_t', handle, memory),
    CreateTensorWithDataAsOrtValue: call<
      [memory: Handle, data: Handle, bytes: number, shape: BigInt64Array, rank: number, type: number, value: Out]
    >(49, handle, handle, 'size_t', memory, 'size_t', 'int', memory),
    CreateCpuMemoryInfo: call<[allocator: number, memoryType: number, info: Out]>(69, 'int', 'int', memory),
    AllocatorFree: call<[allocator: Handle, pointer: Handle]>(76, handle, handle),
    GetAllocatorWithDefaultOptions: call<[allocator: Out]>(78, memory),
    ReleaseStatus: release(93),
    ReleaseSession: release(95),
    ReleaseValue: release(96),
    ReleaseSessionOptions: release(100),
    SessionEndProfiling: call<[session: Handle, allocator: Handle, file: Out]>(110, handle, handle, memory),
    AddFreeDimensionOverrideByName: call<[options: Handle, name: string, size: number]>(124, handle, 'str', 'int64_t'),
    AddSessionConfigEntry: call<[options: Handle, key: string, value: string]>(130, handle, 'str', 'str'),
    RunWithBinding: call<[session: Handle, runOptions: Handle, binding: Handle]>(133, handle, handle, handle),
    CreateIoBinding: call<[session: Handle, binding: Out]>(134, handle, memory),
    ReleaseIoBinding: release(135),
    BindInput: call<[binding: Handle, name: string, value: Handle]>(136, handle, 'str', handle),
    BindOutput: call<[binding: Handle, name: string, value: Handle]>(137, handle, 'str', handle),
  }
}

let opened: OrtApi | undefined
/** The C API of the library that onnxruntime-node brings; loaded at the first call. */
export function ortApi(): OrtApi {
  opened ??= open()
  return opened
}

/** @throws OrtError with the status's code and message, if it is one; the status is released */
export function check(status: Handle): void {
  if (status) throw errorOf(status)
}

const noKernel =
  "ONNX Runtime has no kernel of this node for the dtype here: an op of your own names those there are in its definition, kernels: ['f32']"

/** The error a status stands for; the status is released. */
export function errorOf(status: Handle): OrtError {
  const api = ortApi()
  const code = errorCodes[api.GetErrorCode(status)] ?? 'UNKNOWN'
  const cure = code === 'NOT_IMPLEMENTED' ? `. ${noKernel}` : ''
  const error = new OrtError(code, `${api.GetErrorMessage(status)}${cure}`)
  api.ReleaseStatus(status)
  return error
}

const out = new BigInt64Array(1)
/** What `make` writes into its last argument. */
export function created(make: (out: BigInt64Array) => Handle): Handle {
  check(make(out))
  return Number(out[0])
}

/** The text `make` allocates and points its last argument to; freed once read. */
export function createdText(allocator: Handle, make: (out: BigInt64Array) => Handle): string {
  const pointer = created(make)
  const text: string = koffi.decode(out, 'str')
  check(ortApi().AllocatorFree(allocator, pointer))
  return text
}

/** Where an array's first byte is. The array must live as long as the address is used. */
export const addressOf = (array: ArrayBufferView): number => Number(koffi.address(array))

function libraryFile(): string {
  const names: Partial<Record<NodeJS.Platform, string>> = {
    linux: 'libonnxruntime.so.1',
    darwin: 'libonnxruntime.1.dylib',
    win32: 'onnxruntime.dll',
  }
  const name = names[process.platform]
  const machine = `${process.platform}-${process.arch}`
  if (name === undefined) throw new HebbError(`ONNX Runtime has no library for ${machine}: linux, darwin and win32 have one`)
  const home = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'))
  const file = join(home, 'bin', 'napi-v6', process.platform, process.arch, name)
  if (!existsSync(file)) throw new HebbError(`onnxruntime-node brings no library for ${machine}: ${file} does not exist`)
  return file
}
