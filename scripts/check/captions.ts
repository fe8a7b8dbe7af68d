/** The tree of docs/house.md: every file of src with the first sentence of its header. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { roomOf } from '../house.js'
import type { Problem, Source, Tree } from './source.js'

const WIDEST = 120
/** The page that holds the tree. */
export const TREE_PAGE = 'docs/house.md'
const BEGIN = '<!-- tree: made by scripts/tree.ts from the first sentence of each file -->'
const END = '<!-- /tree -->'

/** The first sentence of a file's header comment, or what stands before its colon when it is long; '' without a header. */
export function captionOf(text: string): string {
  const block = /^(?:#!.*\n)?\s*\/\*\*?([\s\S]*?)\*\//.exec(text)
  const body = block ? block[1]!.replace(/^\s*\* ?/gm, '') : (/^(?:#!.*\n)?((?:\/\/.*\n)+)/.exec(text)?.[1] ?? '').replace(/^\/\/ ?/gm, '')
  const paragraph = body
    .trim()
    .split(/\n\s*\n/)[0]!
    .replace(/\s+/g, ' ')
  const sentence = (/^.*?[.!?](?=\s+[A-Z`]|$)/.exec(paragraph)?.[0] ?? paragraph).replace(/[.:]$/, '')
  return sentence.length > WIDEST ? sentence.split(/[:;] /)[0]! : sentence
}

/** The tree as text: src/, its rooms in order, their files, and the folders beside. */
export function drawTree(tree: Tree): string {
  const rows: [string, string][] = [['src/', '']]
  const listed = (path: string): Source[] => tree.files.filter((file) => file.path.startsWith(path))
  for (const file of tree.files) if (roomOf(file.path) === '') rows.push([`  ${file.path.slice(4)}`, captionOf(file.text)])
  for (const room of tree.house.rooms) {
    const files = listed(`src/${room.name}/`)
    if (!files.length) continue
    rows.push([`  ${room.name}/`, room.caption])
    let folders: string[] = []
    for (const file of filesFirst(files.map((one) => one.path.slice(room.name.length + 5)))) {
      const parts = file.split('/')
      const inside = parts.slice(0, -1)
      inside.forEach((name, depth) => {
        if (folders[depth] !== name) rows.push([`${'  '.repeat(depth + 2)}${name}/`, ''])
      })
      folders = inside
      rows.push([`${'  '.repeat(inside.length + 2)}${parts.at(-1)}`, captionOf(tree.byPath.get(`src/${room.name}/${file}`)!.text)])
    }
  }
  for (const [name, caption] of Object.entries(tree.house.beside)) rows.push([name, caption])
  const width = Math.max(...rows.map(([name]) => name.length)) + 2
  return rows.map(([name, caption]) => (caption ? `${name.padEnd(width)}${caption}` : name)).join('\n')
}

/** Files of a folder before its folders, each by name. */
function filesFirst(paths: readonly string[]): string[] {
  const key = (path: string): string => path.replace(/[^/]+\//g, (folder) => `~${folder}`)
  return [...paths].sort((a, b) => (key(a) < key(b) ? -1 : 1))
}

/** A page with the tree between its markers brought up to date; undefined without markers. */
export function withTree(page: string, drawn: string): string | undefined {
  const [start, end] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (start < 0 || end < start) return undefined
  return `${page.slice(0, start)}${BEGIN}\n\`\`\`text\n${drawn}\n\`\`\`\n${page.slice(end)}`
}

export function checkCaptions(tree: Tree): Problem[] {
  const problems: Problem[] = []
  for (const file of tree.files) {
    const caption = captionOf(file.text)
    if (!caption)
      problems.push({ file: file.path, line: 1, message: 'no header: begin with /** one sentence that says what the file is */' })
    else if (caption.length > WIDEST)
      problems.push({
        file: file.path,
        line: 1,
        message: `its first sentence has ${caption.length} letters, at most ${WIDEST}: say it shorter`,
      })
  }
  const path = join(tree.root, TREE_PAGE)
  const page = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const wanted = withTree(page, drawTree(tree))
  const line = page.slice(0, Math.max(0, page.indexOf(BEGIN))).split('\n').length
  if (wanted === undefined) problems.push({ file: TREE_PAGE, line: 1, message: `no place for the tree: add ${BEGIN} and ${END}` })
  else if (wanted !== page)
    problems.push({ file: TREE_PAGE, line, message: 'its tree is not the one on disk: npx tsx scripts/tree.ts --write' })
  return problems
}
