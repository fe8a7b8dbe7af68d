/** Mail: what a person would read of a raw message, its subject and its text without mark-up (RFC 5322, RFC 2045). */

import { replacingTags, withoutBetween, withoutElements } from './markup.js'

/** A message as it is read. */
export interface ParsedMail {
  readonly subject: string
  /** sender as written */
  readonly from: string
  /** plain text; of HTML what is shown; attachments left out */
  readonly body: string
}

/**
 * Reads a raw message (each byte one character). Forgiving, as mail programs are: unknown charsets are read as Latin-1, damaged encodings
 * as far as they go, and a message without headers is all body.
 */
export function parseMail(raw: string): ParsedMail {
  const { headers, body } = divideMessage(raw.replace(/\r\n?/g, '\n').replace(/^From .*\n/, ''))
  const header = (name: string): string => decodeWords(headers.get(name) ?? '')
  return { subject: tidy(header('subject')), from: tidy(header('from')), body: tidy(textOf(headers, body, 0)) }
}

/** Bytes as a string of as many characters, each 0 to 255: what `parseMail` reads. */
export function rawOf(bytes: Uint8Array): string {
  let raw = ''
  for (let at = 0; at < bytes.length; at += 8192) raw += String.fromCharCode(...bytes.subarray(at, at + 8192))
  return raw
}

/** Parts within parts beyond this depth are not looked into. */
const deepest = 8

type Headers = ReadonlyMap<string, string>

/** Headers by name in lower case, folded lines joined, the first of a name kept; the body after the first blank line. */
function divideMessage(text: string): { headers: Headers; body: string } {
  const headers = new Map<string, string>()
  const lines = text.split('\n')
  let at = 0
  let last = ''
  for (; at < lines.length; at++) {
    const line = lines[at]!
    if (line === '') {
      at++
      break
    }
    const field = /^([!-9;-~]+)[ \t]*:[ \t]?(.*)$/.exec(line)
    if (/^[ \t]/.test(line) && last !== '') headers.set(last, `${headers.get(last)} ${line.trim()}`)
    else if (field) {
      const name = field[1]!.toLowerCase()
      last = headers.has(name) ? `${name} again` : name
      headers.set(last, field[2]!)
    } else if (headers.size === 0) break
  }
  return { headers, body: lines.slice(at).join('\n') }
}

function textOf(headers: Headers, body: string, depth: number): string {
  const [type, parameters] = contentType(headers.get('content-type') ?? 'text/plain')
  const boundary = parameters.get('boundary')
  if (type.startsWith('multipart/') && boundary !== undefined && depth < deepest) return textOfParts(type, boundary, body, depth)
  if (type === 'message/rfc822' && depth < deepest) {
    const inner = divideMessage(body)
    return `${decodeWords(inner.headers.get('subject') ?? '')}\n${textOf(inner.headers, inner.body, depth + 1)}`
  }
  if (!type.startsWith('text/') && type.includes('/')) return ''
  const bytes = transferDecoded(body, (headers.get('content-transfer-encoding') ?? '').trim().toLowerCase())
  const text = fromCharset(bytes, parameters.get('charset') ?? 'latin1')
  return type === 'text/html' || /^\s*<(!doctype|html|head|body)\b/i.test(text) ? shownOf(text) : text
}

/** Of alternatives the plainest that says something; of other parts all, one after the other. */
function textOfParts(type: string, boundary: string, body: string, depth: number): string {
  const marker = `--${boundary}`
  const parts: string[][] = []
  for (const line of body.split('\n')) {
    const mark = line.trimEnd()
    if (mark === marker) parts.push([])
    else if (mark === `${marker}--`) break
    else parts.at(-1)?.push(line)
  }
  const texts = parts.map((lines) => {
    const text = lines.join('\n')
    // a part may have no headers: then it begins with a blank line
    const inner = text.startsWith('\n') ? { headers: new Map<string, string>(), body: text.slice(1) } : divideMessage(text)
    return { type: contentType(inner.headers.get('content-type') ?? 'text/plain')[0], text: textOf(inner.headers, inner.body, depth + 1) }
  })
  const said = texts.filter(({ text }) => text.trim() !== '')
  if (type !== 'multipart/alternative') return said.map(({ text }) => text).join('\n')
  return (said.find((part) => part.type === 'text/plain') ?? said[0])?.text ?? ''
}

function contentType(value: string): [string, ReadonlyMap<string, string>] {
  const [type = '', ...rest] = value.split(';')
  return [type.trim().toLowerCase(), parametersOf(rest.join(';'))]
}

/** `name=value` and `name="value"`, whatever stands between them. The names are looked for backwards from each sign of equality. */
function parametersOf(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const value = /\s*(?:"([^"]*)"|([^\s;]+))/y
  let at = 0
  for (let sign = text.indexOf('='); sign >= 0; sign = text.indexOf('=', Math.max(at, sign + 1))) {
    let end = sign
    while (end > at && /\s/.test(text[end - 1]!)) end--
    let begin = end
    while (begin > at && /[\w-]/.test(text[begin - 1]!)) begin--
    value.lastIndex = sign + 1
    const match = begin < end ? value.exec(text) : null
    if (!match) continue
    found.set(text.slice(begin, end).toLowerCase(), match[1] ?? match[2] ?? '')
    at = value.lastIndex
  }
  return found
}

function transferDecoded(body: string, encoding: string): string {
  if (encoding === 'quoted-printable') return unquoted(joinedLines(body))
  return encoding === 'base64' ? fromBase64(body) : body
}

/** Lines that end in = go on in the next one. */
function joinedLines(text: string): string {
  let out = ''
  let at = 0
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', at)) {
    const last = beforeBlanks(text, at, end)
    out += last > at && text[last - 1] === '=' ? text.slice(at, beforeBlanks(text, at, last - 1)) : text.slice(at, end + 1)
    at = end + 1
  }
  return out + text.slice(at)
}

function beforeBlanks(text: string, begin: number, end: number): number {
  let at = end
  while (at > begin && (text[at - 1] === ' ' || text[at - 1] === '\t')) at--
  return at
}

const unquoted = (text: string): string =>
  text.replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))

function fromBase64(text: string): string {
  const clean = text.replace(/[^A-Za-z0-9+/]/g, '')
  return atob(clean.slice(0, clean.length - (clean.length % 4 === 1 ? 1 : 0)))
}

function decoderFor(charset: string): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(charset)
  } catch {
    return new TextDecoder('latin1') // a name no standard knows
  }
}

function fromCharset(bytes: string, charset: string): string {
  const codes = new Uint8Array(bytes.length)
  for (let i = 0; i < codes.length; i++) codes[i] = bytes.charCodeAt(i)
  return decoderFor(charset).decode(codes)
}

/** `=?charset?Q or B?text?=` within headers. */
function decodeWords(value: string): string {
  return value
    .replace(/(\?=)\s+(?==\?)/g, '$1')
    .replace(/=\?([^?\s]+)\?([qb])\?([^?]*)\?=/gi, (_, charset: string, kind: string, text: string) =>
      fromCharset(/q/i.test(kind) ? unquoted(text.replaceAll('_', ' ')) : fromBase64(text), charset.replace(/\*.*$/, '')),
    )
}

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  copy: '©',
  reg: '®',
  trade: '™',
}

/** What a browser would show of HTML, roughly: no scripts, styles, comments or tags, entities replaced. */
function shownOf(html: string): string {
  const content = withoutElements(withoutBetween(html, '<!--', '-->'), ['script', 'style', 'title'], ' ')
  const lines = replacingTags(content, /<(br|p|div|tr|li|h\d|table|center|hr)\b[^>]*>/gi, '\n')
  return replacingTags(lines, /<\/?[a-z!][^>]*>/gi, '').replace(
    /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w+));?/gi,
    (all, decimal?: string, hex?: string, name?: string) => {
      if (name !== undefined) return entities[name.toLowerCase()] ?? all
      const code = decimal === undefined ? Number.parseInt(hex!, 16) : Number(decimal)
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : ' '
    },
  )
}

/** No control characters, no runs of blanks, no more than one empty line in a row. */
const tidy = (text: string): string =>
  text
    .replace(/[^\P{Cc}\n\t]/gu, ' ')
    .replace(/[ \t\u00a0]+/g, ' ')
    .replace(/ ?\n ?/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
