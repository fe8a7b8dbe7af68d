/** Mark-up taken out of texts, each character looked at a bounded number of times: a sign without its end must not make every other one search for it. */

/** `text` without what stands from `open` to the next `close`, both included; what has no end stays. */
export function withoutBetween(text: string, open: string, close: string, instead = ''): string {
  let out = ''
  let at = 0
  for (;;) {
    const begin = text.indexOf(open, at)
    const end = begin < 0 ? -1 : text.indexOf(close, begin + open.length)
    if (end < 0) return out + text.slice(at)
    out += text.slice(at, begin) + instead
    at = end + close.length
  }
}

/** `text` without elements of the names given, content included, in any case; an element that does not end stays. */
export function withoutElements(text: string, names: readonly string[], instead: string): string {
  const begins = new RegExp(`<(${names.join('|')})\\b`, 'gi')
  const ends = new Map(names.map((name) => [name, new RegExp(`</${name}\\s*>`, 'gi')]))
  const endless = new Set<string>()
  let out = ''
  let at = 0
  for (let found = begins.exec(text); found && endless.size < names.length; found = begins.exec(text)) {
    const name = found[1]!.toLowerCase()
    if (endless.has(name)) continue
    const end = ends.get(name)!
    end.lastIndex = begins.lastIndex
    if (!end.test(text)) {
      endless.add(name) // none after this one ends either
      continue
    }
    out += text.slice(at, found.index) + instead
    at = end.lastIndex
    begins.lastIndex = at
  }
  return out + text.slice(at)
}

/** `text` with the tags that `tag` matches (it must end in `[^>]*>`) replaced, up to the last `>`: behind that none ends. */
export function replacingTags(text: string, tag: RegExp, instead: string): string {
  const end = text.lastIndexOf('>') + 1
  return text.slice(0, end).replace(tag, instead) + text.slice(end)
}
