/** The checks between a caller's slots and a backend: right number, right size, and no output on top of anything else. */
import { bytesOf } from '../../tensor/dtype.js'
import { HebbError } from '../../tensor/errors.js'
import { showShape, sizeOf } from '../../tensor/shape.js'
import type { Slot } from '../backend.js'

/** A slot that passed the checks, with the model's name for it and where its memory starts. */
export interface PlacedSlot extends Slot {
  readonly name: string
  readonly role: 'input' | 'output'
  readonly address: number
}

/**
 * Slots matched to the model's names, checked one by one and against each other.
 * Two inputs may share memory. An output may not share a byte with any other slot: a backend computes in an order of its
 * own and would read what it has already overwritten, without a word. One that may be in place may be the whole memory of one input.
 * @throws HebbError naming the slot or the two that overlap
 */
export function placeSlots(
  names: { readonly inputs: readonly string[]; readonly outputs: readonly string[] },
  slots: { readonly inputs: readonly Slot[]; readonly outputs: readonly Slot[] },
  addressOf: (array: ArrayBufferView) => number,
): PlacedSlot[] {
  const placed = [...match('input', names.inputs, slots.inputs, addressOf), ...match('output', names.outputs, slots.outputs, addressOf)]
  refuseOverlap(placed)
  return placed
}

function match(
  role: PlacedSlot['role'],
  names: readonly string[],
  slots: readonly Slot[],
  addressOf: (array: ArrayBufferView) => number,
): PlacedSlot[] {
  if (names.length !== slots.length)
    throw new HebbError(
      `bind: the model has ${names.length} ${role}${names.length === 1 ? '' : 's'}${names.length > 0 ? ` (${names.join(', ')})` : ''}, and ${slots.length} were given`,
    )
  return slots.map(({ array, dtype, shape, inPlace = false }, i) => {
    const name = names[i]!
    const what = `bind: ${role} ${name}, ${dtype} ${showShape(shape)},`
    if (!shape.every((d) => Number.isSafeInteger(d) && d >= 0)) throw new HebbError(`${what} has a size that is not a whole number from 0`)
    const bytes = sizeOf(shape) * bytesOf(dtype)
    if (array.byteLength !== bytes) throw new HebbError(`${what} takes ${bytes} bytes, and its array has ${array.byteLength}`)
    const address = addressOf(array)
    if (address % bytesOf(dtype) !== 0)
      throw new HebbError(`${what} starts off a multiple of ${bytesOf(dtype)} bytes: copy it to its own array`)
    return { array, dtype, shape, name, role, address, inPlace }
  })
}

/** One pass in the order of addresses: a slot overlaps an earlier one exactly if it starts before the furthest end so far. */
function refuseOverlap(slots: readonly PlacedSlot[]): void {
  const end = (slot: PlacedSlot) => slot.address + slot.array.byteLength
  let furthest: PlacedSlot | undefined
  let furthestOutput: PlacedSlot | undefined
  const starts = new Map(slots.filter(({ role }) => role === 'input').map((slot) => [slot.address, slot]))
  const lies = ({ role, inPlace, address, array }: PlacedSlot): boolean =>
    // each input's memory is one output's at most
    role === 'output' && inPlace === true && starts.get(address)?.array.byteLength === array.byteLength && starts.delete(address)
  const kept = slots.filter((slot) => slot.array.byteLength > 0 && !lies(slot))
  for (const slot of kept.sort((a, b) => a.address - b.address)) {
    const earlier = slot.role === 'output' ? furthest : furthestOutput
    if (earlier && slot.address < end(earlier)) {
      const [output, other] = slot.role === 'output' ? [slot, earlier] : [earlier, slot]
      throw new HebbError(
        `bind: output ${output.name} and ${other.role} ${other.name} share memory, and the result would be garbage: give the output memory of its own`,
      )
    }
    if (!furthest || end(slot) > end(furthest)) furthest = slot
    if (slot.role === 'output' && (!furthestOutput || end(slot) > end(furthestOutput))) furthestOutput = slot
  }
}
