/** Every primitive and every public op has a row of cases, and every row is about something that exists. */
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { allOps } from '../../src/graph/op.js'
import * as hebb from '../../src/index.js'
import * as ops from './allOps.js'
import { families, rowsOf } from './families.js'

/** Primitives without a row, and why. */
const withoutRow: Readonly<Record<string, string>> = {
  attentionAfter: 'keys and values kept in place; tested in tests/nn/attentionAfter.test.ts',
  alias: 'a name for the same value; tests of autodiff rest on it',
  stopGradient: 'tested with the gradients it stops, in tests/autodiff',
  customGrad: 'carries a rule of the user; tested in tests/autodiff',
  blockProduct: 'a product with a parameter in blocks, made when a program is lowered; tested in tests/nn/quantized.test.ts',
  after: 'an order between nodes for recompute; tested in tests/autodiff',
  surprise: 'the heart of crossEntropy; tested in tests/nn/lossRules.test.ts',
  surpriseOfProduct: 'crossEntropy of a large product; tested in tests/loss/largeScores.test.ts',
  classIds: 'whole numbers that crossEntropy checks; tested in tests/nn/lossRules.test.ts',
  binarySurprise: 'the heart of binaryCrossEntropyWithLogits; tested in tests/nn/lossRules.test.ts',
  shareSurprise: 'the heart of binaryCrossEntropy; tested in tests/nn/lossRules.test.ts and lossEnds.test.ts',
  logOdds: "the gradient of binaryCrossEntropy's target; tested in tests/nn/lossRules.test.ts and lossEnds.test.ts",
  gateSigmoid: "the sigmoid of recurrent steps and of gelu's gradient; tested with them",
  huber: 'the heart of huber and smoothL1; tested in tests/nn/lossRules.test.ts',
  recurrentLayer: "ONNX's own node for a recurrent layer; tested against its loop in tests/nn/recurrentNode.test.ts",
  recompute: 'the same numbers as without it; tested in tests/autodiff',
}
/** Functions without a row, and why. */
const functionsWithoutRow: Readonly<Record<string, string>> = {
  attentionAfter: 'keys and values kept in place; tested in tests/nn/attentionAfter.test.ts',
  keptWidth: 'a size; tested with attentionAfter',
  placesAfter: 'tested with attentionAfter',
  random: 'draws, not computations; tested in tests/ops/random.test.ts',
}

const rows = (await Promise.all(families.map(rowsOf))).flat()

test('every primitive is covered by a row, or says why not', () => {
  const covered = new Set(rows.flatMap((r) => r.covers ?? [r.name]))
  const registered = allOps()
    .map((op) => op.name)
    .filter((name) => !name.startsWith('test.'))
  expect(hebb.Tensor).toBeDefined()
  expect(registered.filter((name) => !covered.has(name) && !(name in withoutRow))).toEqual([])
  expect(Object.keys(withoutRow).filter((name) => !registered.includes(name) || covered.has(name))).toEqual([])
  expect([...covered].filter((name) => !registered.includes(name))).toEqual([])
})

test('every public op has a row, or says why not', () => {
  const named = new Set(rows.map((r) => r.name))
  const functions = Object.keys(ops)
  expect(functions.filter((name) => !named.has(name) && !(name in functionsWithoutRow))).toEqual([])
  expect(rows.map((r) => r.name).filter((name, i, all) => all.indexOf(name) !== i)).toEqual([])
})

test('every row has a large case, or says why not', () => {
  expect(rows.filter((r) => !r.large && !r.because).map((r) => r.name)).toEqual([])
})

test('every family of cases is run by a test', () => {
  const tests = readdirSync(fileURLToPath(new URL('.', import.meta.url)))
  expect(families.map((f) => `${f}.test.ts`).filter((f) => !tests.includes(f))).toEqual([])
})
