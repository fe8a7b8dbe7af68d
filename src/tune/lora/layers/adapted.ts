/** What all layers that stand in front of one of the base are. */
import type { Param } from '../../../nn/index.js'
import type { Layer } from '../../../nn/module.js'
import type { Tensor } from '../../../tensor/index.js'
import type { Initialisation } from '../start/names.js'
import type { Start } from '../start/start.js'
import { adaptersOff } from './off.js'

/** Adapters that a layer computes with now, each with its weight. */
export type Active = readonly { readonly name: string; readonly weight: number }[]

/** How one adapter enters one layer. */
export interface Entry {
  readonly rank: number
  /** what the product BA is scaled by */
  readonly scale: number
  readonly dropout: number
  /** whether B has a bias */
  readonly bias: boolean
  /** whether it has a magnitude */
  readonly dora: boolean
  readonly initialisation: Initialisation
  /** first values that are made together, or of the weights; undefined where each is drawn by itself */
  readonly start?: Start | undefined
}

/** What all wrappers are: a base that is seen through, and adapters by name. */
export abstract class Adapted<L extends Layer = Layer> {
  static readonly through: string = 'base'
  /** those that are computed with; a new list when they change, so that programs know */
  active: Active = []
  /** whether the base's weights hold them now */
  merged = false

  constructor(readonly base: L) {}

  forward(x: Tensor): Tensor {
    const y = this.base.forward(x)
    if (this.merged || adaptersOff()) return y
    return this.active.filter(({ name }) => this.has(name)).reduce((sum, { name, weight }) => this.adapted(x, sum, name, weight), y)
  }

  /** Whether an adapter is in this layer. */
  abstract has(name: string): boolean
  /** Takes an adapter out. */
  abstract drop(name: string): void
  /** An adapter's tensors by what files call them behind the layer's path. */
  abstract tensors(name: string): Map<string, Param>
  /** What the layer gives with an adapter, of what it gives without. */
  protected abstract adapted(x: Tensor, y: Tensor, name: string, weight: number): Tensor
  /** Gives a magnitude that was just put there the lengths that the weights have with the adapter; everything has numbers by now. */
  measure(_name: string): void {
    // only what has a magnitude has something to measure
  }
  /** The base's tensors with an adapter in them, of what is there without. */
  abstract mergedInto(name: string, weight: number, now: (p: Param) => Tensor): [Param, Tensor][]
}

/** Things by the name of their adapter. */
export type Named<T> = Record<string, T>
/** What holds weights, as files name them. */
export interface Weighted {
  readonly weight: Param
  readonly bias?: Param
}
