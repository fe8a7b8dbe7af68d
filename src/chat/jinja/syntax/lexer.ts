/** A template as tokens: text, and what stands in its tags. White space around tags goes as Jinja has it with `trim_blocks` and `lstrip_blocks`. */
import { Float, int, TemplateError } from '../values/values.js'

/** A token, and the line it begins in. */
export type Token =
  | { readonly type: 'data'; readonly text: string; readonly line: number }
  | { readonly type: 'name' | 'operator' | 'begin' | 'end'; readonly text: string; readonly line: number }
  | { readonly type: 'value'; readonly value: string | number | bigint | Float; readonly text: string; readonly line: number }

/** opening tags: of blocks `{%`, of expressions `{{`, of comments `{#`; a block `raw` as a whole */
const opening = /\{%([-+]?)\s*raw\s*(?:-%\}\s*|%\})|(\{[%{#])([-+]?)/g
const endRaw = /\{%([-+]?)\s*endraw\s*(?:\+%\}|-%\}\s*|%\}\n?)/g
const endComment = /(?:\+#\}|-#\}\s*|#\}\n?)/g
const blockEnd = /(?:\+%\}|-%\}\s*|%\}\n?)/y
const expressionEnd = /(?:-\}\}\s*|\}\})/y
const space = /\s+/y
const float = /(?<!\.)(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?e[+-]?(?:\d+_)*\d+|\.(?:\d+_)*\d+)/iy
const whole = /0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[\da-f])+|[1-9](?:_?\d)*|0(?:_?0)*/iy
const name = /[\p{L}_][\p{L}\p{M}\p{Nd}\p{Pc}]*/uy
const quotedText = /'((?:[^'\\]|\\[\s\S])*)'|"((?:[^"\\]|\\[\s\S])*)"/y
const operator = /\/\/|\*\*|==|!=|>=|<=|[-+/*%~[\](){}><=.:|,;]/y
const closing: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' }

/** A text between quotes with its escapes read as Python does; those that are none stay as they are. */
function unescaped(body: string): string {
  const known: Readonly<Record<string, string>> = {
    n: '\n',
    t: '\t',
    r: '\r',
    b: '\b',
    f: '\f',
    v: '\v',
    a: '\x07',
    '\\': '\\',
    "'": "'",
    '"': '"',
    '\n': '',
  }
  return body.replace(
    /\\(?:([0-7]{1,3})|x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([\s\S]))/g,
    (all, octal, hex, four, eight, letter) => {
      if (octal) return String.fromCharCode(Number.parseInt(octal, 8))
      const code = hex ?? four ?? eight
      if (code) return Number.parseInt(code, 16) > 0x10ffff ? all : String.fromCodePoint(Number.parseInt(code, 16))
      return known[letter] ?? all
    },
  )
}

/** The tokens of a template. Throws TemplateError naming the line for what is no template. */
export function tokenize(template: string): Token[] {
  const source = template.replace(/\r\n?/g, '\n').replace(/\n$/, '')
  const tokens: Token[] = []
  let at = 0
  let line = 1
  /** whether what stands at `at` begins a line */
  let fresh = true
  const fail = (why: string): never => {
    throw new TemplateError(`the template cannot be read, line ${line}: ${why}`)
  }
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    return pattern.exec(source)
  }
  const pass = (to: number): void => {
    for (let i = at; i < to; i++) if (source[i] === '\n') line++
    if (to > at) fresh = source[to - 1] === '\n'
    at = to
  }
  /** Text up to a tag, cut by the tag's sign or, before blocks and comments, back to the start of the line. */
  const data = (text: string, sign: string, strips: boolean): void => {
    let kept = text
    if (sign === '-') kept = text.trimEnd()
    else if (sign !== '+' && strips) {
      const start = text.lastIndexOf('\n') + 1
      if ((start > 0 || fresh) && /^\s+$/.test(text.slice(start))) kept = text.slice(0, start)
    }
    if (kept !== '') tokens.push({ type: 'data', text: kept, line })
  }
  while (at < source.length) {
    const tag = match(opening)
    if (!tag) {
      tokens.push({ type: 'data', text: source.slice(at), line })
      break
    }
    data(source.slice(at, tag.index), tag[1] ?? tag[3] ?? '', tag[2] !== '{{')
    pass(tag.index + tag[0].length)
    if (tag[2] === '{#') {
      const end = match(endComment) ?? fail('a comment {# has no end #}')
      pass(end.index + end[0].length)
    } else if (tag[2] === undefined) {
      const end = match(endRaw) ?? fail('a block raw has no {% endraw %}')
      data(source.slice(at, end.index), end[1]!, true)
      pass(end.index + end[0].length)
    } else inside(tag[2])
  }
  return tokens

  /** The tokens of a tag up to its end. */
  function inside(tag: string): void {
    tokens.push({ type: 'begin', text: tag, line })
    const open: string[] = []
    for (;;) {
      if (at >= source.length) fail(`a tag ${tag} has no end ${tag === '{%' ? '%}' : '}}'}`)
      const end = open.length === 0 ? match(tag === '{%' ? blockEnd : expressionEnd) : null
      if (end) {
        tokens.push({ type: 'end', text: tag === '{%' ? '%}' : '}}', line })
        pass(at + end[0].length)
        return
      }
      const blank = match(space)
      if (blank) pass(at + blank[0].length)
      else pass(at + token(open))
    }
  }

  /** Puts the token at `at`, and gives its length. */
  function token(open: string[]): number {
    let found = match(float)
    if (found) {
      tokens.push({ type: 'value', value: new Float(Number(found[0].replaceAll('_', ''))), text: found[0], line })
      return found[0].length
    }
    found = match(whole)
    if (found) {
      tokens.push({ type: 'value', value: int(BigInt(found[0].replaceAll('_', ''))), text: found[0], line })
      return found[0].length
    }
    found = match(name)
    if (found) {
      tokens.push({ type: 'name', text: found[0], line })
      return found[0].length
    }
    found = match(quotedText)
    if (found) {
      tokens.push({ type: 'value', value: unescaped(found[1] ?? found[2]!), text: found[0], line })
      return found[0].length
    }
    found = match(operator) ?? fail(`unexpected ${JSON.stringify(String.fromCodePoint(source.codePointAt(at)!))}`)
    const sign = found[0]
    if (closing[sign]) open.push(closing[sign])
    else if (/[)\]}]/.test(sign) && open.pop() !== sign) fail(`unexpected '${sign}'`)
    tokens.push({ type: 'operator', text: sign, line })
    return sign.length
  }
}
