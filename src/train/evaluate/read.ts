/** Batches on their way into programs in evaluation mode: read one after the other, and traced once for each form. */
import { placeholder } from '../../graph/leaf.js'
import { trace } from '../../nn/scope.js'
import { Form, type Numbers, numbersOf } from '../../tensor/form.js'
import type { Tensor } from '../../tensor/tensor.js'
import { type Roles, sizeOfBatch } from './fields.js'
import type { AnyModel } from './reported.js'

type Fields = Readonly<Record<string, unknown>>

/** A batch as a program takes it. */
export interface Reading {
  /** all of its fields */
  readonly batch: Fields
  /** how many examples it holds */
  readonly size: number
  /** which of its fields go where; `form` and `values` are of those that go somewhere */
  readonly roles: Roles
  readonly form: Form
  readonly values: readonly Numbers[]
}

/** Reads batches one after the other. */
export async function* readings(
  where: string,
  batches: Iterable<Fields> | AsyncIterable<Fields>,
  rolesOf: (batch: Fields) => Roles,
): AsyncGenerator<Reading, void, undefined> {
  for await (const batch of batches) {
    const roles = rolesOf(batch)
    const picked = roles.pick(batch)
    const form = new Form(`${where}: the batch`, picked)
    const values = await Promise.all(form.read(picked)!.map(numbersOf))
    yield { batch, size: sizeOfBatch(batch), roles, form, values }
  }
}

/** What `ask` gives for the fields of a batch of this form, and the placeholders that stand for its numbers. */
export function traced<R>(model: AnyModel, form: Form, ask: (fields: Fields) => R): { readonly holders: Tensor[]; readonly result: R } {
  const holders = form.inputs.map(({ shape, dtype }) => placeholder(shape, dtype))
  const fields = form.fill(holders) as Fields
  return { holders, result: trace(model, { training: false }, () => ask(fields)).result }
}
