/**
 * The fields of a JSON object one after the other, each value parsed by itself: time and memory grow with the length of the text
 * alone, however many fields it has and however deep it is nested.
 */

/** What is wrong with a text. */
export class TextError extends Error {}

/** Values within values beyond this depth are refused; no header has more than three levels. */
const deepest = 128

const quote = 0x22
const backslash = 0x5c

/**
 * Every field of the object that `text` is, in its order.
 * @throws TextError where the text is no JSON object, nests too deep, or has one field twice in the object or in one of its values
 */
export function* fieldsOf(text: string): Generator<[name: string, value: unknown], void, undefined> {
  let at = afterBlanks(text, 0)
  if (text[at] !== '{') throw new TextError('does not begin with {')
  at = afterBlanks(text, at + 1)
  const seen = new Set<string>()
  for (let first = true; text[at] !== '}'; first = false) {
    if (!first) at = afterBlanks(text, after(text, at, ','))
    if (text.charCodeAt(at) !== quote) throw notJson(text, at)
    const nameEnd = afterString(text, at)
    // parsed, not cut out: a name that is part of the text would keep all of it in memory
    const name = parsed(text.slice(at, nameEnd)) as string
    if (seen.has(name)) throw new TextError(`names ${shortened(name)} twice`)
    seen.add(name)
    at = afterBlanks(text, after(text, afterBlanks(text, nameEnd), ':'))
    const value = extentOf(text, at)
    const content = parsed(text.slice(at, value.end))
    if (value.fields > 0) checkFields(text.slice(at, value.end), value.fields, content)
    yield [name, content]
    at = afterBlanks(text, value.end)
  }
  if (afterBlanks(text, at + 1) < text.length) throw notJson(text, afterBlanks(text, at + 1))
}

/** A name as messages show it. */
export const shortened = (name: string): string => JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name)

const notJson = (text: string, at: number): TextError =>
  new TextError(
    at >= text.length
      ? 'is no JSON (it ends too early)'
      : `is no JSON (${JSON.stringify(text.slice(at, at + 20))} at character ${at} is out of place)`,
  )

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new TextError(`is no JSON (${(error as Error).message.slice(0, 200)})`)
  }
}

function afterBlanks(text: string, at: number): number {
  let i = at
  for (let code = text.charCodeAt(i); code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09; code = text.charCodeAt(i)) i++
  return i
}

function after(text: string, at: number, sign: string): number {
  if (text[at] !== sign) throw notJson(text, at)
  return at + 1
}

/** The place behind the string that begins at `at`. */
function afterString(text: string, at: number): number {
  for (let end = text.indexOf('"', at + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let slashes = 0
    while (text.charCodeAt(end - 1 - slashes) === backslash) slashes++
    if (slashes % 2 === 0) return end + 1
  }
  throw notJson(text, text.length)
}

/** Where the value at `at` ends, and how many fields it has of its own. */
function extentOf(text: string, at: number): { end: number; fields: number } {
  let [depth, fields, i] = [0, 0, at]
  while (i < text.length) {
    const code = text.charCodeAt(i)
    if (code === quote) i = afterString(text, i) - 1
    else if (code === 0x7b || code === 0x5b) {
      if (++depth > deepest) throw new TextError(`is nested more than ${deepest} deep`)
    } else if (code === 0x7d || code === 0x5d) {
      if (depth === 0) return { end: i, fields }
      depth--
    } else if (code === 0x2c && depth === 0) return { end: i, fields }
    else if (code === 0x3a && depth === 1) fields++
    i++
    if (depth === 0 && (code === 0x7d || code === 0x5d)) return { end: i, fields }
  }
  throw notJson(text, text.length)
}

/** JSON.parse keeps the last of two fields of one name in silence: their number tells. */
function checkFields(text: string, fields: number, content: unknown): void {
  if (typeof content !== 'object' || content === null || Array.isArray(content) || Object.keys(content).length === fields) return
  for (const _ of fieldsOf(text)); // throws at the second one
}
