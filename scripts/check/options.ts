/** Options may be undefined, so that they are handed on as they are: `{ seed }`, not `...(seed !== undefined && { seed })`. */
import ts from 'typescript'
import { lineOf, ownFiles, type Problem, type Tree, within } from './source.js'

export function checkOptions(tree: Tree): Problem[] {
  const problems: Problem[] = []
  for (const file of ownFiles(tree)) {
    if (within(file.path, tree.house.strictOptions)) continue
    const visit = (node: ts.Node): void => {
      if (ts.isPropertySignature(node) && node.questionToken && node.type && !mayBeUndefined(node.type) && isOption(node))
        problems.push({
          file: file.path,
          line: lineOf(file.ast, node.getStart()),
          message: `the option ${node.name.getText()} may be left out, so it may be undefined: add | undefined`,
        })
      ts.forEachChild(node, visit)
    }
    visit(file.ast)
  }
  return problems
}

/** Whether a field is one of a type called …Options, or of an object that a function takes. */
function isOption(field: ts.Node): boolean {
  for (let outer = field.parent; outer; outer = outer.parent) {
    if (ts.isInterfaceDeclaration(outer) || ts.isTypeAliasDeclaration(outer)) return outer.name.text.endsWith('Options')
    if (ts.isParameter(outer)) return true
  }
  return false
}

/** Whether a type says so itself; one of another type's fields (`FitOptions['seed']`) has what that says. */
const mayBeUndefined = (type: ts.TypeNode): boolean =>
  ts.isUnionTypeNode(type)
    ? type.types.some(mayBeUndefined)
    : [ts.SyntaxKind.UndefinedKeyword, ts.SyntaxKind.UnknownKeyword, ts.SyntaxKind.NeverKeyword, ts.SyntaxKind.IndexedAccessType].includes(
        type.kind,
      )
