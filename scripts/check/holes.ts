/** Holes in the types, and default exports: both hide what a thing is. */
import ts from 'typescript'
import { lineOf, ownFiles, type Problem, type Tree } from './source.js'

const DIRECTIVE = /\/[/*]\s*@ts-(?:ignore|nocheck|expect-error)/

export function checkHoles(tree: Tree): Problem[] {
  const problems: Problem[] = []
  for (const file of ownFiles(tree)) {
    if (tree.house.holes.some((start) => file.path.startsWith(start))) continue
    const say = (line: number, message: string): number => problems.push({ file: file.path, line, message })
    file.text.split('\n').forEach((text, i) => {
      const found = DIRECTIVE.exec(text)
      if (found) say(i + 1, `${found[0].slice(2).trim()} silences the compiler: say the type instead`)
    })
    const visit = (node: ts.Node): void => {
      const line = (): number => lineOf(file.ast, node.getStart())
      if (node.kind === ts.SyntaxKind.AnyKeyword) say(line(), 'any: say the type, or unknown and narrow it')
      if (isDoubleCast(node)) say(line(), 'as unknown as: say the type, or narrow it with a check')
      if (isArrayCast(node)) say(line(), 'a cast to a typed array: arrayOf(array, dtype) says it with a check')
      if (ts.isExportAssignment(node) || isDefault(node)) say(line(), 'default export: give it its name')
      ts.forEachChild(node, visit)
    }
    visit(file.ast)
  }
  return problems
}

const isDoubleCast = (node: ts.Node): boolean =>
  ts.isAsExpression(node) &&
  ts.isAsExpression(node.expression) &&
  [ts.SyntaxKind.UnknownKeyword, ts.SyntaxKind.NeverKeyword].includes(node.expression.type.kind)

const isArrayCast = (node: ts.Node): boolean =>
  ts.isAsExpression(node) &&
  ts.isTypeReferenceNode(node.type) &&
  /^(Big)?(Int|Uint|Float)\d+(Clamped)?Array$/.test(node.type.typeName.getText())

const isDefault = (node: ts.Node): boolean =>
  ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some((modifier) => modifier.kind === ts.SyntaxKind.DefaultKeyword)
