/** Recurrent layers without sequences, steps, inputs or width. */
import * as hebb from '../../../src/index.js'
import { compile, grad, HebbError, type Tensor } from '../../../src/index.js'
import type { Situation } from '../children.js'
import { lint } from '../linter.js'
import { x } from './danger.js'

/** Layers, in a step of training and in a prediction. */
export function* recurrent(): Generator<Situation> {
  const kinds = { RNN: hebb.RNN, GRU: hebb.GRU, LSTM: hebb.LSTM }
  for (const [kind, Layer] of Object.entries(kinds))
    for (const [t, n, i, h] of [
      [0, 2, 3, 4],
      [3, 0, 3, 4],
      [3, 2, 0, 4],
      [3, 2, 3, 0],
      [0, 0, 3, 4],
      [1, 1, 1, 1],
    ] as const)
      for (const bidirectional of [false, true])
        for (const lengths of n > 0 && !bidirectional ? [undefined, Array<number>(n).fill(0)] : [undefined])
          yield {
            name: `${kind}${bidirectional ? ', both ways' : ''}${lengths ? ', lengths 0' : ''}: ${t} steps, ${n} sequences, ${i} inputs, width ${h}`,
            run: async () => {
              try {
                const model = new Layer(i, h, { bidirectional })
                hebb.initialize(model)
                const forward = (input: Tensor): Tensor => model.forward(input, lengths ? { lengths } : {}).output
                const input = x(n, t, i)
                const plain = forward(input)
                const complaints = await lint([plain], 'native')
                if (complaints.length > 0) return complaints.join('; ')
                await plain.data()
                await (await compile(forward)(input)).data()
                const pulled = grad((a: Tensor) => forward(a).square().sum())(input)
                const more = await lint([pulled], 'native')
                if (more.length > 0) return more.join('; ')
                await pulled.data()
                const step = hebb.trainStep(model, hebb.adam(), ({ input }: { input: Tensor }) => forward(input).square().sum())
                const { loss } = await step({ input })
                return Number.isFinite(loss) ? undefined : `a loss of ${loss}`
              } catch (e) {
                if (e instanceof HebbError && !(e instanceof hebb.OrtError)) return undefined
                throw e
              }
            },
          }
}
