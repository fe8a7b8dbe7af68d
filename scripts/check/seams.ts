/** Node seams: only a few named files may need Node, so that everything else runs in a browser too, with all that it imports. */
import { isBuiltin } from 'node:module'
import ts from 'typescript'
import { lineOf, ownFiles, type Problem, type Tree, within } from './source.js'

const GLOBALS = new Set(['process', 'Buffer', '__dirname', '__filename', 'require', 'setImmediate'])

export function checkSeams(tree: Tree): Problem[] {
  const problems: Problem[] = []
  const { seams, nodePackages } = tree.house
  for (const file of ownFiles(tree)) {
    if (!file.path.startsWith('src/') || within(file.path, seams)) continue
    const say = (line: number, what: string): number =>
      problems.push({ file: file.path, line, message: `${what} needs Node: only the seams of scripts/house.ts may` })
    for (const { specifier, line, target, types } of file.imports) {
      if (types) continue
      const name = specifier.split('/')[0]!
      if (isBuiltin(specifier) || nodePackages.includes(name)) say(line, specifier)
      // what is no seam imports none, so that following its imports to their end meets none either
      if (target && within(target, seams)) say(line, target)
    }
    const visit = (node: ts.Node): void => {
      if (ts.isIdentifier(node) && GLOBALS.has(node.text) && isFree(node)) say(lineOf(file.ast, node.getStart()), node.text)
      ts.forEachChild(node, visit)
    }
    visit(file.ast)
  }
  return problems
}

/** Whether an identifier reads a global: not a property or declared name, and not a careful `typeof x`. */
function isFree(node: ts.Identifier): boolean {
  const parent = node.parent
  if (ts.isPropertyAccessExpression(parent) || ts.isQualifiedName(parent)) return isFirst(parent, node)
  if (ts.isTypeOfExpression(parent)) return false
  return !('name' in parent && parent.name === node) && !('propertyName' in parent && parent.propertyName === node)
}

const isFirst = (parent: ts.PropertyAccessExpression | ts.QualifiedName, node: ts.Identifier): boolean =>
  (ts.isQualifiedName(parent) ? parent.left : parent.expression) === node
