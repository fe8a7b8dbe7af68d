/** The front door: src/index.ts names every public thing by hand, room by room, and each has its docs. */
import { join } from 'node:path'
import ts from 'typescript'
import { roomOf } from '../house.js'
import { lineOf, type Problem, type Source, type Tree } from './source.js'

const FRONT = 'src/index.ts'

export function checkFront(tree: Tree): Problem[] {
  const front = tree.byPath.get(FRONT)
  if (!front) return [{ file: FRONT, line: 1, message: 'there is no front door: it lists every public name' }]
  const doors = tree.house.rooms
    .filter((room) => room.door && tree.files.some((file) => roomOf(file.path) === room.name))
    .map((room) => `src/${room.name}/index.ts`)
  const missing = doors.filter((path) => !tree.byPath.has(path))
  return [
    ...missing.map((file): Problem => ({ file, line: 1, message: 'the room has no index.ts: it lists what users may import from it' })),
    ...checkByHand(tree, front),
    ...checkDocs(
      tree,
      [FRONT, ...doors].filter((path) => tree.byPath.has(path)),
    ),
  ]
}

/** Named re-exports only, rooms in order, each name also at its room's own door. */
function checkByHand(tree: Tree, front: Source): Problem[] {
  const problems: Problem[] = []
  const order = tree.house.rooms.map((room) => room.name)
  let last = -1
  for (const statement of front.ast.statements) {
    const line = lineOf(front.ast, statement.getStart())
    const say = (message: string): number => problems.push({ file: FRONT, line, message })
    if (ts.isImportDeclaration(statement) && !statement.importClause) continue // a side effect, such as loading a runtime
    if (!ts.isExportDeclaration(statement) || !statement.moduleSpecifier || !ts.isStringLiteral(statement.moduleSpecifier)) {
      say('the front door only passes names on: export { … } from a room')
      continue
    }
    if (!statement.exportClause) {
      say('export *: list the names by hand')
      continue
    }
    const specifier = statement.moduleSpecifier.text
    const room = /^\.\/(\w+)\//.exec(specifier)?.[1] ?? ''
    const place = order.indexOf(room)
    if (place < last) say(`${room} stands after ${order[last]}: group the names by room, in order`)
    last = Math.max(last, place)
    const own = tree.byPath.get(`src/${room}/index.ts`)
    if (!own || !ts.isNamedExports(statement.exportClause)) continue
    const offered = namesOf(own)
    for (const { name } of statement.exportClause.elements)
      if (!offered.has(name.text) && !offered.has('*'))
        problems.push({
          file: FRONT,
          line: lineOf(front.ast, name.getStart()),
          message: `${name.text} is not at its room's own door, ${own.path}`,
        })
  }
  return problems
}

/** Names a file exports; '*' when it passes on all of another. */
function namesOf(file: Source): Set<string> {
  const names = new Set<string>()
  for (const statement of file.ast.statements) {
    if (ts.isExportDeclaration(statement)) {
      const clause = statement.exportClause
      if (!clause) names.add('*')
      else if (ts.isNamespaceExport(clause)) names.add(clause.name.text)
      else for (const { name } of clause.elements) names.add(name.text)
    } else if (ts.canHaveModifiers(statement) && ts.getModifiers(statement)?.some((m) => m.kind === ts.SyntaxKind.ExportKeyword)) {
      if (ts.isVariableStatement(statement)) for (const { name } of statement.declarationList.declarations) names.add(name.getText())
      else if ('name' in statement && statement.name) names.add((statement.name as ts.Identifier).text)
    }
  }
  return names
}

/** Every name that a door offers has a docstring where it is declared. */
function checkDocs(tree: Tree, doors: readonly string[]): Problem[] {
  const options: ts.CompilerOptions = {
    ...{ target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext },
    ...{ noEmit: true, skipLibCheck: true, noLib: true, types: [] },
  }
  const program = ts.createProgram(
    doors.map((path) => join(tree.root, path)),
    options,
  )
  const checker = program.getTypeChecker()
  const bare = new Map<ts.Symbol, string>()
  for (const path of doors) {
    const source = program.getSourceFile(join(tree.root, path))
    const module = source && checker.getSymbolAtLocation(source)
    for (const name of module ? checker.getExportsOfModule(module) : []) {
      const symbol = name.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(name) : name
      // a room's file passed on as a namespace is described by the line that passes it on
      if (symbol.flags & ts.SymbolFlags.ValueModule) continue
      if (!symbol.getDocumentationComment(checker).length) bare.set(symbol, name.name)
    }
  }
  return [...bare].map(([symbol, name]) => {
    const declaration = symbol.declarations?.[0]
    const ast = declaration?.getSourceFile()
    if (!declaration || !ast) return { file: FRONT, line: 1, message: `${name} leads nowhere` }
    const file = ast.fileName.slice(tree.root.replace(/\/?$/, '/').length)
    return { file, line: lineOf(ast, declaration.getStart()), message: `${name} is public and has no docstring` }
  })
}
