/** What the graphs of one model have in common: constants, and names that are given once. */
import type { Shape } from '../../tensor/shape.js'
import type { Node } from '../../tensor/tensor.js'
import type { Constant } from './messages.js'
import { Rewriter } from './rewrite.js'

/** What all graphs of one model share: constants and the supply of names. */
export class Shared {
  readonly constants: Constant[] = []
  /** names of small constants by dtype, shape and numbers */
  readonly known = new Map<string, string>()
  readonly rewriter: Rewriter
  private next = 0
  private steps = 0
  private readonly labels = new Map<string, number>()
  constructor(
    native: boolean,
    private readonly labelOf: (node: Node) => string | undefined = () => undefined,
  ) {
    this.rewriter = new Rewriter(native)
  }
  /** `matmul_12` */
  label(node: Node): string {
    return this.labelOf(this.rewriter.originOf(node)) ?? `${node.op}_${this.steps++}`
  }
  /** one node may become several: `matmul_12`, `matmul_12.1`, … */
  nodeName(label: string): string {
    const used = this.labels.get(label) ?? 0
    this.labels.set(label, used + 1)
    return used === 0 ? label : `${label}.${used}`
  }
  name(): string {
    return `v${this.next++}`
  }
}

/** What tells small integer constants apart. */
export const integersKey = (shape: Shape, values: { join(): string }): string => `i64[${shape.join()}]${values.join()}`
