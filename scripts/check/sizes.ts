/** Sizes: lines per file and per room, files per folder. */
import { posix } from 'node:path'
import { roomOf } from '../house.js'
import { collectionPart, ownFiles, type Problem, type Tree } from './source.js'

export function checkSizes(tree: Tree): Problem[] {
  const { lines, roomLines, lists, files } = tree.house
  const problems: Problem[] = []
  const perFolder = new Map<string, number>()
  const perRoom = new Map<string, number>()
  for (const file of ownFiles(tree)) {
    if (lists.includes(file.path)) continue
    const room = posix.join('src', roomOf(file.path), collectionPart(tree, file.path) ?? '')
    if (file.path.startsWith('src/')) perRoom.set(room, (perRoom.get(room) ?? 0) + file.lines)
    if (file.lines > lines.most)
      problems.push({ file: file.path, line: lines.most + 1, message: `${file.lines} lines, at most ${lines.most}: split it by idea` })
    else if (file.lines > lines.warn)
      problems.push({ file: file.path, line: file.lines, message: `${file.lines} lines of ${lines.most}: split it soon`, warning: true })
    const folder = posix.dirname(file.path)
    if (!file.path.endsWith('/index.ts')) perFolder.set(folder, (perFolder.get(folder) ?? 0) + 1)
  }
  for (const [room, count] of perRoom) {
    if (count > roomLines.most)
      problems.push({ file: room, line: 1, message: `${count} lines in one room, at most ${roomLines.most}: make two of it, by idea` })
    else if (count > roomLines.warn)
      problems.push({ file: room, line: 1, message: `${count} lines of ${roomLines.most} in one room: part it soon`, warning: true })
  }
  for (const [folder, count] of perFolder)
    if (folder.startsWith('src/') && count > files)
      problems.push({ file: folder, line: 1, message: `${count} files in one folder, at most ${files}: group them in folders` })
  return problems
}
