/** Made-up sets for examples and tests: points in the plane whose classes are known, the same for the same seed. */

import { Dataset } from '../data/dataset.js'
import { keyOf, normal, uniform } from '../kernels/random.js'
import { HebbError } from '../tensor/errors.js'
import type { Settled } from '../tensor/options.js'

/** Size, noise and seed of a made-up set. */
export interface PointOptions {
  /** examples of each class; 100 */
  readonly perClass?: number | undefined
  /** standard deviation of the noise added to every coordinate */
  readonly noise?: number | undefined
  /** 0 */
  readonly seed?: number | undefined
}

/** Exclusive or: the four points of {0, 1}², x (2) f32, y () i32 is 1 where they differ. No line separates the classes. */
export const xor = (): Dataset<'x' | 'y'> => points(Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1), Int32Array.of(0, 1, 1, 0), 2)

/**
 * Arms of a spiral, one per class: radius r from 0 to 1, angle 2π·class/classes + `turns`·2π·r.
 * x (2) f32, y () i32. `noise` 0.02, `classes` 3, `turns` 0.75.
 */
export function spirals({
  perClass = 100,
  noise = 0.02,
  seed = 0,
  classes = 3,
  turns = 0.75,
}: PointOptions & { classes?: number | undefined; turns?: number | undefined } = {}): Dataset<'x' | 'y'> {
  return scattered('spirals', { perClass, noise, seed, classes }, (c, i) => {
    const r = (i + 0.5) / perClass
    const angle = 2 * Math.PI * (c / classes + turns * r)
    return [r * Math.cos(angle), r * Math.sin(angle)]
  })
}

/** Two half circles that reach into each other: (cos t, sin t) and (1 − cos t, ½ − sin t), t from 0 to π. x (2) f32, y () i32. `noise` 0.1. */
export function moons({ perClass = 100, noise = 0.1, seed = 0 }: PointOptions = {}): Dataset<'x' | 'y'> {
  return scattered('moons', { perClass, noise, seed, classes: 2 }, (c, i) => {
    const t = (Math.PI * (i + 0.5)) / perClass
    return c === 0 ? [Math.cos(t), Math.sin(t)] : [1 - Math.cos(t), 0.5 - Math.sin(t)]
  })
}

/** Two circles around one centre, of radius 1 (class 0) and `inner` (class 1, 0.5). x (2) f32, y () i32. `noise` 0.05. */
export function circles({
  perClass = 100,
  noise = 0.05,
  seed = 0,
  inner = 0.5,
}: PointOptions & { inner?: number | undefined } = {}): Dataset<'x' | 'y'> {
  return scattered('circles', { perClass, noise, seed, classes: 2 }, (c, i) => {
    const angle = (2 * Math.PI * i) / perClass
    const r = c === 0 ? 1 : inner
    return [r * Math.cos(angle), r * Math.sin(angle)]
  })
}

/** Round clouds of standard deviation `noise` (0.5) around centres drawn from [-5, 5]^features. x (features) f32, y () i32. `classes` 3, `features` 2. */
export function blobs({
  perClass = 100,
  noise = 0.5,
  seed = 0,
  classes = 3,
  features = 2,
}: PointOptions & { classes?: number | undefined; features?: number | undefined } = {}): Dataset<'x' | 'y'> {
  const centres = uniform(
    keyOf(seed, 'blobs', 'centres'),
    0,
    new Float32Array(whole('blobs', 'classes', classes) * whole('blobs', 'features', features)),
  )
  return scattered('blobs', { perClass, noise, seed, classes }, (c) =>
    Array.from({ length: features }, (_, k) => 10 * centres[c * features + k]! - 5),
  )
}

/** Example i of class c at `place(c, i)`, moved by noise; classes take turns, so that any beginning of the set is balanced. */
function scattered(
  name: string,
  o: Settled<PointOptions> & { classes: number },
  place: (c: number, i: number) => number[],
): Dataset<'x' | 'y'> {
  const { classes, perClass } = o
  const n = whole(name, 'classes', classes) * whole(name, 'perClass', perClass)
  if (!(o.noise >= 0)) throw new HebbError(`${name}: noise ${o.noise}: give a number of at least 0`)
  const y = Int32Array.from({ length: n }, (_, k) => k % classes)
  const x = Float32Array.from(y.length ? Array.from(y, (c, k) => place(c, Math.floor(k / classes))).flat() : [])
  const moved = normal(keyOf(o.seed, name), 0, new Float32Array(x.length))
  for (let k = 0; k < x.length; k++) x[k]! += o.noise * moved[k]!
  return points(x, y, x.length / n)
}

const points = (x: Float32Array, y: Int32Array, features: number): Dataset<'x' | 'y'> =>
  new Dataset({ x: { data: x, shape: [features], dtype: 'f32' }, y: { data: y, shape: [], dtype: 'i32' } })

function whole(name: string, what: string, value: number): number {
  if (!Number.isInteger(value) || value < 1) throw new HebbError(`${name}: ${what} ${value}: give a whole number of at least 1`)
  return value
}
