/** How loss goes with size: a power law through what models of several depths reached. */
import { leastSquares } from '../../data/index.js'
import type { Figure, Section } from '../../report/figures/data.js'
import type { Trained } from './training.js'

/** y = factor · x^−exponent. */
export interface PowerLaw {
  readonly factor: number
  readonly exponent: number
  /** how far the points lie from it, as a share: root mean square */
  readonly spread: number
  at(x: number): number
}

/** The power law of least squares in logarithms. Throws HebbError for fewer than two points, and where all x are one. */
export function powerLaw(points: readonly { readonly x: number; readonly y: number }[]): PowerLaw {
  const line = leastSquares(
    points.map(({ x }) => [Math.log(x)]),
    points.map(({ y }) => Math.log(y)),
  )
  const at = (x: number): number => Math.exp(line.predict([Math.log(x)]))
  const squares = points.reduce((sum, { x, y }) => sum + (y / at(x) - 1) ** 2, 0)
  return { factor: Math.exp(line.offset), exponent: -line.weights[0]!, spread: Math.sqrt(squares / points.length), at }
}

/** What the report says of several depths: loss against parameters and computing, with the laws that were fitted. */
export function scalingSection(all: readonly Trained[]): Section {
  const bits = (of: (one: Trained) => number): { readonly x: number; readonly y: number }[] =>
    all.map((one) => ({ x: of(one), y: one.final.bitsPerByte }))
  const figure = (title: string, name: string, of: (one: Trained) => number): Figure => {
    const points = bits(of)
    const law = powerLaw(points)
    const ends = [Math.min(...points.map(({ x }) => x)), 4 * Math.max(...points.map(({ x }) => x))]
    return {
      kind: 'lines',
      title,
      note: `bits per byte ≈ ${law.factor.toPrecision(3)} · ${name}^−${law.exponent.toFixed(3)}, off by ${(100 * law.spread).toFixed(1)} % (root mean square of ${all.length} points). Each model had its own number of tokens, by the dial; beyond the last point it is a guess.`,
      x: { title: name, scale: 'log' },
      y: { title: 'bits per byte', scale: 'log' },
      series: [
        { name: 'trained', points, style: 'points' },
        { name: 'power law', points: ends.map((x) => ({ x, y: law.at(x) })), style: 'dashed' },
      ],
    }
  }
  return {
    title: 'How loss goes with size',
    text: 'The same texts and tokens for every depth; width, batch, learning rate and updates by the dial.',
    figures: [
      figure('Against parameters', 'parameters', ({ sizes }) => sizes.parameters),
      figure('Against computing', 'FLOP', ({ sizes }) => sizes.flops),
      {
        kind: 'table',
        title: 'The models',
        columns: ['depth', 'width', 'parameters', 'tokens', 'updates', 'FLOP', 'bits per byte', 'seconds'],
        rows: all.map(({ sizes, final, seconds }) => [
          Number(sizes.config.num_hidden_layers),
          Number(sizes.config.hidden_size),
          sizes.parameters,
          sizes.tokens,
          sizes.steps,
          sizes.flops.toExponential(2),
          final.bitsPerByte,
          Math.round(seconds),
        ]),
      },
    ],
  }
}
