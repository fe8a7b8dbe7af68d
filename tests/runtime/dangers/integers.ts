/** Integers divided at the ends of their range. */
import * as hebb from '../../../src/index.js'
import { type Tensor, tensor } from '../../../src/index.js'
import type { Dtype } from '../../../src/tensor/dtype.js'
import type { Danger } from './danger.js'

const least: Readonly<Record<string, bigint>> = { i32: -(2n ** 31n), i64: -(2n ** 63n), u8: 0n }
const most: Readonly<Record<string, bigint>> = { i32: 2n ** 31n - 1n, i64: 2n ** 63n - 1n, u8: 255n }

const whole = (values: readonly bigint[], dtype: Dtype): Tensor =>
  tensor(values.map((v) => (dtype === 'i64' ? v : Number(v))) as number[], { dtype })

/** Quotients toward zero, remainders with the divisor's sign, both 0 for a divisor of 0, wrapped around at the ends. */
export function* divisions(): Generator<Danger> {
  for (const dtype of ['i32', 'i64', 'u8'] as const) {
    const [low, high] = [least[dtype]!, most[dtype]!]
    const numbers = dtype === 'u8' ? [0n, 1n, 7n, high] : [low, low + 1n, -7n, -1n, 0n, 1n, 7n, high]
    const pairs = numbers.flatMap((a) => numbers.map((b) => [a, b] as const))
    const [as, bs] = [0, 1].map((k) => pairs.map((p) => p[k]!)) as [bigint[], bigint[]]
    const wrapped = (v: bigint): number | bigint => {
      if (dtype === 'u8') return Number(v)
      const w = BigInt.asIntN(dtype === 'i32' ? 32 : 64, v)
      return dtype === 'i64' ? w : Number(w)
    }
    const rest = (a: bigint, b: bigint): bigint => (b === 0n ? 0n : ((a % b) + b) % b)
    const inputs = [whole(as, dtype), whole(bs, dtype)]
    yield {
      name: `floorDiv of ${dtype} at the ends`,
      inputs,
      call: (a, b) => a!.floorDiv(b!),
      want: pairs.map(([a, b]) => wrapped(b === 0n ? 0n : (a - rest(a, b)) / b)),
    }
    yield { name: `mod of ${dtype} at the ends`, inputs, call: (a, b) => a!.mod(b!), want: pairs.map(([a, b]) => wrapped(rest(a, b))) }
    for (const b of dtype === 'u8' ? [0, 255] : [0, -1])
      yield { name: `${dtype} by the number ${b}`, inputs: [whole(numbers, dtype)], call: (a) => [a!.floorDiv(b), a!.mod(b)] }
    yield { name: `a number by ${dtype}`, inputs: [whole(numbers, dtype)], call: (a) => [hebb.floorDiv(7, a!), hebb.mod(a!, a!)] }
  }
}
