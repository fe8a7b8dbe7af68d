/** Import cycles: no file may reach itself through imports, types included, but for circles inside the folders that are allowed them. */
import { ownFiles, type Problem, type Source, type Tree, within } from './source.js'

export function checkCycles(tree: Tree): Problem[] {
  const problems: Problem[] = []
  const done = new Set<string>()
  const path: string[] = []
  const visit = (file: Source): void => {
    if (done.has(file.path)) return
    path.push(file.path)
    for (const { target, line } of file.imports) {
      const next = target && tree.byPath.get(target)
      if (!next) continue
      const start = path.indexOf(next.path)
      if (start < 0) visit(next)
      else if (!path.slice(start).every((one) => within(one, tree.house.circles)))
        problems.push({ file: file.path, line, message: `import cycle: ${[...path.slice(start), next.path].join(' → ')}` })
    }
    path.pop()
    done.add(file.path)
  }
  for (const file of ownFiles(tree)) visit(file)
  return problems
}
