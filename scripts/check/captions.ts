/** The tree of the README: every file of src with the first sentence of its header. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { roomOf } from '../house.js'
import type { Problem, Source, Tree } from './source.js'

const WIDEST = 120
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

/** README text with the tree between its markers brought up to date; undefined without markers. */
export function withTree(readme: string, drawn: string): string | undefined {
  const [start, end] = [readme.indexOf(BEGIN), readme.indexOf(END)]
  if (start < 0 || end < start) return undefined
  return `${readme.slice(0, start)}${BEGIN}\n\`\`\`text\n${drawn}\n\`\`\`\n${readme.slice(end)}`
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
  const path = join(tree.root, 'README.md')
  const readme = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const wanted = withTree(readme, drawTree(tree))
  const line = readme.slice(0, Math.max(0, readme.indexOf(BEGIN))).split('\n').length
  if (wanted === undefined) problems.push({ file: 'README.md', line: 1, message: `no place for the tree: add ${BEGIN} and ${END}` })
  else if (wanted !== readme)
    problems.push({ file: 'README.md', line, message: 'its tree is not the one on disk: npx tsx scripts/tree.ts --write' })
  return problems
}
