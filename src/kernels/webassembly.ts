/** The little of WebAssembly that kernels need. Its types come with neither ECMAScript nor Node, and with much else in the DOM. */

/** A WebAssembly memory, seen as the bytes it holds. */
export interface Memory {
  readonly buffer: ArrayBuffer
}

declare const WebAssembly: {
  readonly Memory: new (pages: { initial: number; maximum: number }) => Memory
  readonly Module: new (binary: Uint8Array) => object
  readonly Instance: new (module: object, imports: { env: { memory: Memory } }) => { readonly exports: object }
}

const pageBytes = 65536

/** A memory of at least `bytes` bytes, all zero, that never grows (growing would move the numbers away from under everyone who points at them). */
export function newMemory(bytes: number): Memory {
  const pages = Math.max(1, Math.ceil(bytes / pageBytes))
  return new WebAssembly.Memory({ initial: pages, maximum: pages })
}

/** Compiles a module once; the function it gives back makes one instance on a memory and returns its exports. */
export function compile(binary: Uint8Array): (memory: Memory) => object {
  const module = new WebAssembly.Module(binary)
  return (memory) => new WebAssembly.Instance(module, { env: { memory } }).exports
}
