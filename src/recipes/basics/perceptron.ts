/** Perceptrons: what one unit can learn, what it provably cannot, and what a second layer changes. */
import type { Section } from '../../report/index.js'
import { count } from '../options.js'
import { defineRecipe, type Recipe } from '../recipe.js'
import { recipeReport } from '../report.js'
import { readDigits } from './digitUnits.js'
import { allGates, byRule, bySigmoidUnit, byTwoLayers, type Gate, gates, type Learned, pointsOf } from './gates.js'
import { boundary } from './plane.js'

const steps = 500
const widths = [2, 3, 4, 8]

/** What three kinds of units made of a gate. */
interface Attempts {
  readonly gate: Gate
  readonly rule: Learned
  readonly sigmoid: Learned
  readonly layers: Learned
}

/** `hebb train perceptron` */
export const perceptronRecipe: Recipe = defineRecipe({
  name: 'perceptron',
  summary: 'one unit learns AND and OR, never XOR; two layers do; ten units read digits',
  options: {
    epochs: count(100, 'times through the four examples before the rule gives up on XOR'),
    trials: count(20, 'seeds for each width of the two-layer net on XOR'),
  },
  quick: { epochs: 30, trials: 2 },
  async run(context) {
    const { seed, epochs, trials } = context.settings
    const learned: Attempts[] = []
    for (const gate of gates)
      learned.push({
        gate,
        rule: await byRule(gate, { epochs, seed }),
        sigmoid: await bySigmoidUnit(gate, steps, seed),
        layers: await byTwoLayers(gate, 4, steps, seed),
      })
    if (context.signal.aborted) return undefined
    const table: { readonly gate: Gate; readonly rule: Learned }[] = []
    for (const gate of allGates) table.push({ gate, rule: await byRule(gate, { epochs, seed }) })
    const solved = await xorByWidth(trials, seed)
    const read = await readDigits(context, seed)
    if (!read) return undefined

    const [and, or, xor] = learned as [Attempts, Attempts, Attempts]
    const separable = table.filter(({ rule }) => rule.last === 1).length
    const sections: Section[] = [
      {
        title: 'Where one unit says yes',
        text: 'Rosenblatt’s rule corrects the weights at each wrong answer. A unit’s border is a straight line: AND and OR need no more. For XOR it keeps moving the line for ever, as at least one of the four points is always on the wrong side.',
        figures: await Promise.all(
          learned.map(({ gate, rule }) => boundary(`${gate.name}, rule: ${percent(rule.last)} right`, rule.model, pointsOf(gate))),
        ),
      },
      {
        title: 'Why no line does XOR',
        text: 'Suppose weights w₁, w₂ and a bias b did. Then b ≤ 0 for (0, 0), w₁ + b > 0 and w₂ + b > 0 for the two in the middle, w₁ + w₂ + b ≤ 0 for (1, 1). The middle two add up to w₁ + w₂ + 2b > 0, the outer two to w₁ + w₂ + 2b ≤ 0: both cannot hold. So three of four, 75 %, is the most that any single unit can have, however it is trained.',
        figures: [
          {
            kind: 'lines',
            title: 'Mistakes in each epoch of the rule',
            x: { title: 'epoch' },
            y: { title: 'mistakes of 4' },
            series: learned.map(({ gate, rule }) => ({
              name: gate.name,
              points: rule.trail.slice(0, 30).map((y, i) => ({ x: i + 1, y })),
              style: 'both',
            })),
          },
          {
            kind: 'table',
            title: `All sixteen functions of two bits: the rule learns ${separable}`,
            columns: ['answers to 00 01 10 11', 'right at the end', 'best ever', 'epochs'],
            rows: table.map(({ gate, rule }) => [
              gate.answers.join(' '),
              percent(rule.last),
              percent(rule.best),
              rule.last === 1 ? String(rule.trail.length) : 'never done',
            ]),
            note: 'The two that it cannot learn are XOR (0 1 1 0) and its opposite (1 0 0 1).',
          },
        ],
      },
      {
        title: 'A smooth threshold, and a second layer',
        text: 'The sigmoid unit gives a probability instead of yes or no, so its loss has a gradient to follow. Its border is a straight line all the same: on XOR it ends undecided, ½ everywhere, at a loss of ln 2 = 0.693. Four tanh units before it bend the border, and XOR is learned.',
        figures: [
          ...(await Promise.all(
            [
              ['AND, sigmoid unit', and, and.sigmoid],
              ['OR, sigmoid unit', or, or.sigmoid],
              ['XOR, sigmoid unit', xor, xor.sigmoid],
              ['XOR, two layers', xor, xor.layers],
            ].map((entry) => {
              const [title, { gate }, result] = entry as [string, Attempts, Learned]
              return boundary(`${title}: ${percent(result.last)} right`, result.model, pointsOf(gate))
            }),
          )),
          {
            kind: 'lines',
            title: 'Loss on XOR',
            x: { title: 'step' },
            y: { title: 'binary cross-entropy', scale: 'log' },
            series: [
              { name: 'sigmoid unit', points: xor.sigmoid.trail.map((y, x) => ({ x, y })) },
              { name: 'two layers', points: xor.layers.trail.map((y, x) => ({ x, y })) },
            ],
            marks: [{ y: Math.LN2, name: 'ln 2' }],
          },
          {
            kind: 'bars',
            title: 'Share of seeds with which two layers learn XOR, by units in the first',
            bars: widths.map((width, i) => ({ label: `${width} units`, value: solved[i]! })),
            format: 'percent',
            note: `${trials} seeds each. Two units are enough in principle, but descent from some first values gets stuck; a few to spare help it.`,
          },
        ],
      },
      read.section,
    ]
    await recipeReport(context, {
      title: 'Perceptrons',
      description: 'What one unit can learn, what it provably cannot, and what a second layer changes.',
      tiles: [
        { label: 'AND, OR', value: Math.min(and.rule.last, or.rule.last), format: 'percent', note: 'by Rosenblatt’s rule' },
        { label: 'XOR, one unit', value: xor.rule.best, format: 'percent', note: 'at best, in any epoch' },
        { label: 'XOR, two layers', value: xor.layers.last, format: 'percent' },
        { label: 'Digits, ten units', value: read.rule, format: 'percent', note: 'of the test set' },
      ],
      sections,
      config: { recipe: 'perceptron', steps },
    })
    return {
      headline: `AND and OR ${percent(Math.min(and.rule.last, or.rule.last))}, XOR at most ${percent(xor.rule.best)} by one unit and ${percent(xor.layers.last)} by two layers; ten units read ${percent(read.rule)} of the test digits`,
      baseline: `75 % is the most any single unit can have of XOR; 10 % of the digits by guessing, ${percent(read.descent)} by ten units and gradient descent`,
      numbers: {
        and: and.rule.last,
        or: or.rule.last,
        xorOneUnit: xor.rule.best,
        xorSigmoidUnit: xor.sigmoid.last,
        xorTwoLayers: xor.layers.last,
        functionsLearned: separable,
        digitsByRule: read.rule,
        digitsByDescent: read.descent,
        xorByWidth: Object.fromEntries(widths.map((w, i) => [`width${w}`, solved[i]!])),
      },
    }
  },
})

const percent = (share: number): string => `${Number((100 * share).toFixed(1))} %`

/** How often two layers learn XOR, for each width. */
async function xorByWidth(trials: number, seed: number): Promise<number[]> {
  const xor = gates[2]!
  const shares: number[] = []
  for (const width of widths) {
    let solved = 0
    for (let trial = 0; trial < trials; trial++) if ((await byTwoLayers(xor, width, steps, seed + trial)).last === 1) solved++
    shares.push(solved / trials)
  }
  return shares
}
