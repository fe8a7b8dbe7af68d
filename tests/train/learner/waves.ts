/** Numbers without chance, the same here and in PyTorch. */
import { type Model, type Param, parameters, type Tensor, tensor } from '../../../src/index.js'
import { expectClose } from '../../compare.js'

/** (n, width): sin(0.7·i² + turn) */
export const wave = (n: number, width: number, turn: number): Tensor =>
  tensor(
    Float32Array.from({ length: n * width }, (_, i) => Math.sin(0.7 * i * i + turn)),
    { shape: [n, width] },
  )

/** The k-th parameter from `start` on is 0.6·sin(1.3·k + 0.2·i). */
export function fill(model: Model, start: number): void {
  const trained: Param[] = [...parameters(model).values()].filter(({ trainable }) => trainable)
  for (const [k, p] of trained.entries())
    p.storage.array = Float32Array.from({ length: p.size }, (_, i) => 0.6 * Math.sin(1.3 * (start + k) + 0.2 * i))
}

/** Parameters by path beside PyTorch's, which are of f64. */
export function expectParameters(model: Model, wanted: Readonly<Record<string, readonly number[]>>): void {
  const found = parameters(model)
  expectSameNames([...found.keys()], Object.keys(wanted))
  for (const [path, values] of Object.entries(wanted))
    expectClose(Array.from(found.get(path)!.storage.array!, Number), values, { atol: 2e-5, rtol: 2e-5, label: path })
}

function expectSameNames(found: readonly string[], wanted: readonly string[]): void {
  if ([...found].sort().join() !== [...wanted].sort().join()) throw new Error(`parameters are ${found.join()}, not ${wanted.join()}`)
}
