/** The source as the checks see it: files, their syntax trees, headers and imports. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import ts from 'typescript'
import type { House } from '../house.js'

/** One broken rule, at one place. */
export interface Problem {
  readonly file: string
  readonly line: number
  readonly message: string
  /** told, but not failed for */
  readonly warning?: boolean | undefined
}

/** One import or re-export; `target` is the path of the file it means, when that is a file of the tree. */
export interface Import {
  readonly specifier: string
  readonly line: number
  readonly target: string | undefined
  /** whether it is of types only: nothing is loaded */
  readonly types: boolean
}

/** One TypeScript file. `path` is relative to the root, with forward slashes. */
export interface Source {
  readonly path: string
  readonly text: string
  readonly lines: number
  readonly ast: ts.SourceFile
  readonly imports: readonly Import[]
}

/** What every check gets. */
export interface Tree {
  readonly root: string
  readonly house: House
  readonly files: readonly Source[]
  readonly byPath: ReadonlyMap<string, Source>
}

/** All .ts files below `folder`, sorted, as paths relative to `root`; [] where there is no such folder. */
export function filesBelow(root: string, folder: string): string[] {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const path = posix.join(folder, entry.name)
      if (entry.isDirectory()) return filesBelow(root, path)
      return entry.name.endsWith('.ts') ? [path] : []
    })
    .sort()
}

/** Reads the files under `folders`, less those that scripts make. */
export function readTree(root: string, house: House, folders: readonly string[] = ['src']): Tree {
  const paths = folders.flatMap((folder) => filesBelow(root, folder)).filter((path) => !house.made.includes(path))
  const files = paths.map((path) => readSource(root, path))
  return { root, house, files, byPath: new Map(files.map((file) => [file.path, file])) }
}

function readSource(root: string, path: string): Source {
  const text = readFileSync(join(root, path), 'utf8')
  const ast = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const imports: Import[] = []
  const visit = (node: ts.Node): void => {
    const name = specifierOf(node)
    if (name)
      imports.push({ specifier: name.text, line: lineOf(ast, name.getStart()), target: targetOf(path, name.text), types: isOfTypes(node) })
    ts.forEachChild(node, visit)
  }
  visit(ast)
  return { path, text, lines: text.split('\n').length - (text.endsWith('\n') ? 1 : 0), ast, imports }
}

/** The module a node names: import, re-export, `import('…')` as a value or as a type. */
function specifierOf(node: ts.Node): ts.StringLiteral | undefined {
  const name =
    ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
      ? node.moduleSpecifier
      : ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
        ? node.arguments[0]
        : ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)
          ? node.argument.literal
          : undefined
  return name && ts.isStringLiteral(name) ? name : undefined
}

const isOfTypes = (node: ts.Node): boolean =>
  ts.isImportTypeNode(node) ||
  (ts.isImportDeclaration(node) && node.importClause?.isTypeOnly === true) ||
  (ts.isExportDeclaration(node) && node.isTypeOnly)

const targetOf = (from: string, specifier: string): string | undefined =>
  specifier.startsWith('.') ? posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts') : undefined

/** Line number, from 1, of a position. */
export const lineOf = (ast: ts.SourceFile, position: number): number => ast.getLineAndCharacterOfPosition(position).line + 1

/** The folder of a collection that a file lies in; '' for one beside the folders, undefined for one of no collection. */
export function collectionPart(tree: Tree, path: string): string | undefined {
  const [, room, ...rest] = path.split('/')
  return room !== undefined && room in tree.house.collections ? (rest.length > 1 ? rest[0]! : '') : undefined
}

/** Whether a path is one of `places`, or inside one of them that ends in a slash. */
export const within = (path: string, places: readonly string[]): boolean =>
  places.some((place) => (place.endsWith('/') ? path.startsWith(place) : path === place))

/** The files that all rules are about: those not written in another language. */
export const ownFiles = (tree: Tree): readonly Source[] => tree.files.filter((file) => !within(file.path, tree.house.foreign))
