// target[ids[n]] += rows[n], row by row in order: the gradient of an embedding. Negative ids count from the end, as in ONNX Gather.
// All ids are checked first, so nothing is added when one is bad.
import { get, put } from './lanes'

// @ts-ignore: decorator
@inline
function idAt(ids: usize, n: i32, wide: bool): i64 {
  return wide ? i64.load(ids + (<usize>n << 3)) : <i64>i32.load(ids + (<usize>n << 2))
}

// @ts-ignore: decorator
@inline
function addAt(target: usize, row: usize, whole: bool): void {
  put(target, f32x4.add(get(target, whole), get(row, whole)), whole)
}

// @ts-ignore: decorator
@inline
function scatter(target: usize, ids: usize, rows: usize, count: i32, width: i32, height: i32, wide: bool): i32 {
  const end = <i64>height
  for (let n = 0; n < count; n++) {
    const id = idAt(ids, n, wide)
    if (id < -end || id >= end) return n
  }
  const whole = (<usize>width & ~3) << 2
  const bytes = <usize>width << 2
  for (let n = 0; n < count; n++) {
    const id = idAt(ids, n, wide)
    const into = target + <usize>(id < 0 ? id + end : id) * bytes
    const from = rows + <usize>n * bytes
    let i: usize = 0
    for (; i < whole; i += 16) addAt(into + i, from + i, true)
    for (; i < bytes; i += 4) addAt(into + i, from + i, false)
  }
  return -1
}

export function scatterAddRows(target: usize, ids: usize, rows: usize, count: i32, width: i32, height: i32): i32 {
  return scatter(target, ids, rows, count, width, height, false)
}

export function scatterAddRows64(target: usize, ids: usize, rows: usize, count: i32, width: i32, height: i32): i32 {
  return scatter(target, ids, rows, count, width, height, true)
}
