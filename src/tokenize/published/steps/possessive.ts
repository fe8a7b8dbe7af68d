/** Parts of a pattern that give nothing back once they have matched: JavaScript has none, but it has what they can be made of. */

/** What begins at `i` and is no group: an escape, a class, a character. */
function atomAt(source: string, i: number): string {
  if (source[i] === '\\')
    return /^\\(?:[pPxu]\{[^}]*\}|k<[^>]*>|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|[\s\S])/u.exec(source.slice(i))?.[0] ?? '\\'
  if (source[i] !== '[') return String.fromCodePoint(source.codePointAt(i)!)
  let depth = 0
  for (let j = i; j < source.length; j++) {
    if (source[j] === '\\') j++
    else if (source[j] === '[') {
      depth++
      if (source[j + 1] === '^') j++
      if (source[j + 1] === ']') j++
    } else if (source[j] === ']' && --depth === 0) return source.slice(i, j + 1)
  }
  return source.slice(i)
}

/**
 * A pattern with `X++`, `X*+`, `X?+` and `(?>X)` written as a look ahead that remembers what it saw, and then that: a look ahead is not gone
 * back into. A pattern with numbered references stays as it is, as groups are added.
 */
export function possessive(source: string): string {
  if (!/[+*?]\+|\(\?>/.test(source) || /\\[1-9]/.test(source)) return source
  let out = ''
  let groups = 0
  let atom = 0
  const open: { readonly at: number; readonly atomic: boolean }[] = []
  const hold = (at: number): void => {
    const name = `_${++groups}`
    out = `${out.slice(0, at)}(?:(?=(?<${name}>${out.slice(at)}))\\k<${name}>)`
  }
  for (let i = 0; i < source.length; ) {
    const character = source[i]!
    if (character === '(') {
      const atomic = source.startsWith('(?>', i)
      const begin = atomic ? '(?>' : (/^\(\?(?:<[=!]|<\w+>|[:=!]|[a-z-]+:)/.exec(source.slice(i))?.[0] ?? '(')
      open.push({ at: out.length, atomic })
      out += atomic ? '(?:' : begin
      i += begin.length
    } else if (character === ')') {
      const group = open.pop()
      out += ')'
      atom = group?.at ?? 0
      if (group?.atomic) hold(atom)
      i++
    } else if (/[+*?]/.test(character)) {
      out += character
      i++
      if (source[i] === '+') {
        hold(atom)
        i++
      } else if (source[i] === '?') {
        out += '?'
        i++
      }
    } else if (/^\{\d*,?\d*\}/.test(source.slice(i))) {
      const count = /^\{\d*,?\d*\}/.exec(source.slice(i))![0]
      out += count
      i += count.length
    } else {
      const found = atomAt(source, i)
      atom = out.length
      out += found
      i += found.length
    }
  }
  return out
}
