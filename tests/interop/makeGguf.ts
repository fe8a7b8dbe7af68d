/** GGUF files for tests, written plainly after the format's description. */
import { writeFileSync } from 'node:fs'

/** A value with the number of its type in the file. */
export type Entry = readonly [key: string, type: number, value: unknown]

/** A tensor with the bytes that are to stand in the file; shape as in Hugging Face, the slowest axis first. */
export interface Made {
  readonly name: string
  readonly shape: readonly number[]
  readonly kind: number
  readonly bytes: Uint8Array
}

const text = (value: string): Buffer => {
  const bytes = Buffer.from(value)
  return Buffer.concat([u64(bytes.length), bytes])
}
export const u32 = (value: number): Buffer => {
  const b = Buffer.alloc(4)
  b.writeUInt32LE(value)
  return b
}
export const u64 = (value: number | bigint): Buffer => {
  const b = Buffer.alloc(8)
  b.writeBigUInt64LE(BigInt(value))
  return b
}
const f32 = (value: number): Buffer => Buffer.from(new Float32Array([value]).buffer)

/** The bytes of a value of a type: 4 u32, 5 i32, 6 f32, 7 bool, 8 text, [9, inner] a list. */
function bytesOf(type: number, value: unknown): Buffer {
  if (type === 4 || type === 5) return u32((value as number) >>> 0)
  if (type === 6) return f32(value as number)
  if (type === 7) return Buffer.from([value ? 1 : 0])
  if (type === 8) return text(value as string)
  const [inner, list] = value as [number, readonly unknown[]]
  return Buffer.concat([u32(inner), u64(list.length), ...list.map((v) => bytesOf(inner, v))])
}

/** The bytes of a file. */
export function gguf(entries: readonly Entry[], tensors: readonly Made[], alignment = 32): Buffer {
  const head = [Buffer.from('GGUF'), u32(3), u64(tensors.length), u64(entries.length)]
  for (const [key, type, value] of entries) head.push(text(key), u32(type), bytesOf(type, value))
  let offset = 0
  const data: Buffer[] = []
  for (const { name, shape, kind, bytes } of tensors) {
    head.push(text(name), u32(shape.length), ...[...shape].reverse().map((size) => u64(size)), u32(kind), u64(offset))
    const padding = -bytes.length & (alignment - 1)
    data.push(Buffer.from(bytes), Buffer.alloc(padding))
    offset += bytes.length + padding
  }
  const start = Buffer.concat(head)
  return Buffer.concat([start, Buffer.alloc(-start.length & (alignment - 1)), ...data])
}

/** Writes a file and gives its path. */
export function writeGguf(path: string, entries: readonly Entry[], tensors: readonly Made[]): string {
  writeFileSync(path, gguf(entries, tensors))
  return path
}
