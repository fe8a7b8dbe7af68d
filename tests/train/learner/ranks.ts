/** Ranks in one process: who adds up waits until all have come. */
import type { AllReduce } from '../../../src/index.js'

/** The all-reduce of each of `size` ranks. */
export function meeting(size: number): AllReduce[] {
  let come: { rank: number; values: Float32Array; go: () => void }[] = []
  return Array.from(
    { length: size },
    (_, rank): AllReduce =>
      (values) =>
        new Promise<void>((go, fail) => {
          come.push({ rank, values, go })
          if (come.length < size) return
          const all = come.sort((a, b) => a.rank - b.rank)
          come = []
          if (all.some((one) => one.values.length !== values.length)) return fail(new Error('the ranks add up different things'))
          const sum = Float32Array.from(values, (_, i) => all.reduce((total, one) => total + one.values[i]!, 0))
          for (const one of all) {
            one.values.set(sum)
            one.go()
          }
        }),
  )
}
