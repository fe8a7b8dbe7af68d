/** What is made larger, step by step, to see how cost grows with it: everything else stays. */
import type { GptWork, MlpWork, NetworkWork } from '../works/work.js'

/** One quantity that grows. */
export interface Axis {
  readonly name: 'width' | 'depth' | 'batch' | 'length'
  /** `'MLP of 3 layers, N 256'` */
  readonly title: string
  /** what is counted along the axis */
  readonly quantity: string
  /** how the products grow, in words */
  readonly law: string
  readonly sizes: readonly number[]
  readonly work: (size: number) => NetworkWork
}

const mlp = (name: string, sizes: readonly number[], batch: number): MlpWork => ({
  ...{ kind: 'mlp', name, title: name, sizes, activation: 'relu', batch },
})

const doubled = (from: number, to: number): number[] => (from > to ? [] : [from, ...doubled(2 * from, to)])

export const axes: readonly Axis[] = [
  {
    name: 'width',
    title: 'MLP of 3 layers, N 256',
    quantity: 'width',
    law: 'products grow with width², and so do the weights that Adam moves',
    sizes: doubled(64, 2048),
    work: (width) => mlp(`width-${width}`, Array<number>(4).fill(width), 256),
  },
  {
    name: 'depth',
    title: 'MLP 256 wide, N 128',
    quantity: 'layers',
    law: 'products grow with the layers',
    sizes: doubled(2, 64),
    work: (layers) => mlp(`depth-${layers}`, Array<number>(layers + 1).fill(256), 128),
  },
  {
    name: 'batch',
    title: 'MLP of 3 layers, 512 wide',
    quantity: 'examples in a batch',
    law: 'products grow with the batch; the update of the weights does not',
    sizes: doubled(16, 1024),
    work: (batch) => mlp(`batch-${batch}`, Array<number>(4).fill(512), batch),
  },
  {
    name: 'length',
    title: 'GPT of 2 layers, 128 wide, N 2',
    quantity: 'tokens in a sequence',
    law: "the layers' own products grow with the length, those of attention with its square",
    sizes: doubled(64, 1024),
    work: (time): GptWork => ({
      ...{ kind: 'gpt', name: `length-${time}`, title: `length-${time}` },
      ...{ layers: 2, heads: 4, width: 128, time, batch: 2, vocabulary: 65 },
    }),
  },
]
