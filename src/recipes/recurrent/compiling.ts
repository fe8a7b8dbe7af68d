/** How long a recurrent training step takes to compile by the length of its sequences: as one loop, and written out step by step. */
import { batches } from '../../data/index.js'
import { meanSquaredError } from '../../loss/index.js'
import { type Layer, Linear, LSTM, LSTMCell } from '../../nn/index.js'
import { sgd } from '../../optim/index.js'
import { clearPrograms } from '../../runtime/index.js'
import * as sets from '../../sets/index.js'
import type { Tensor } from '../../tensor/index.js'
import { trainStep } from '../../train/index.js'

/** Milliseconds of one length; the written-out form only where it was tried. */
export interface CompileTime {
  readonly steps: number
  readonly loop: number
  readonly written?: number | undefined
}

const width = 16

class Loop {
  readonly lstm = new LSTM(2, width)
  readonly head = new Linear(width, 1)
  forward(x: Tensor): Tensor {
    return this.head.forward(this.lstm.forward(x).hidden.squeeze(0))
  }
}

class Written {
  readonly cell = new LSTMCell(2, width)
  readonly head = new Linear(width, 1)
  forward(x: Tensor): Tensor {
    let state: { hidden: Tensor; cell: Tensor } | undefined
    for (const now of x.unbind(1)) state = this.cell.forward(now, state)
    return this.head.forward(state!.hidden)
  }
}

/** The first step of a fresh program less a later one, each the least of `tries`: tracing, differentiating and compiling. */
async function compileTime(make: () => Layer, steps: number, tries: number): Promise<number> {
  const [batch] = batches(sets.addingProblem({ length: steps, examples: 4 }), 4)
  let [first, later] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  for (let k = 0; k < tries; k++) {
    clearPrograms()
    const model = make()
    const step = trainStep(model, sgd({ lr: 0 }), ({ x, y }: { x: Tensor; y: Tensor }) => meanSquaredError(model.forward(x), y))
    const timed = async (): Promise<number> => {
      const began = performance.now()
      await step({ x: batch!.x, y: batch!.y })
      return performance.now() - began
    }
    first = Math.min(first, await timed())
    for (let i = 0; i < 3; i++) later = Math.min(later, await timed())
  }
  return Math.max(first - later, 0)
}

/** One row for each length; undefined when asked to stop. The written-out form is tried up to `writtenUpTo` steps. */
export async function compileTimes(
  lengths: readonly number[],
  { writtenUpTo, tries, signal }: { readonly writtenUpTo: number; readonly tries: number; readonly signal: AbortSignal },
): Promise<CompileTime[] | undefined> {
  const rows: CompileTime[] = []
  // once for nothing: the first program of a process pays for cold code
  await compileTime(() => new Loop(), 2, 1)
  for (const steps of lengths) {
    if (signal.aborted) return undefined
    const loop = await compileTime(() => new Loop(), steps, tries)
    rows.push({ steps, loop, written: steps <= writtenUpTo ? await compileTime(() => new Written(), steps, 1) : undefined })
  }
  clearPrograms()
  return rows
}
