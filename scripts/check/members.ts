/** `private` is for parts of models, whose fields walks look at; whatever else is nobody else's is `#`. */
import ts from 'typescript'
import { lineOf, ownFiles, type Problem, type Tree, within } from './source.js'

export function checkMembers(tree: Tree): Problem[] {
  const problems: Problem[] = []
  const classes = ownFiles(tree).flatMap((file) => classesOf(file.ast).map((made) => ({ file, made })))
  const extended = new Set(classes.map(({ made }) => baseOf(made)))
  const isPart = (made: ts.ClassLikeDeclaration): boolean =>
    baseOf(made) !== undefined || extended.has(made.name?.text) || made.members.some((member) => member.name?.getText() === 'forward')
  for (const { file, made } of classes) {
    if (within(file.path, tree.house.privates) || isPart(made)) continue
    for (const name of privatesOf(made))
      problems.push({
        file: file.path,
        line: lineOf(file.ast, name.getStart()),
        message: `private ${name.getText()} in a class that is no part of a model: write #${name.getText()}`,
      })
  }
  return problems
}

function classesOf(node: ts.Node): ts.ClassLikeDeclaration[] {
  const found: ts.ClassLikeDeclaration[] = ts.isClassLike(node) ? [node] : []
  ts.forEachChild(node, (child) => {
    found.push(...classesOf(child))
  })
  return found
}

/** The name of the class that another extends. */
const baseOf = (made: ts.ClassLikeDeclaration): string | undefined =>
  made.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)?.types[0]?.expression.getText()

/** The names of fields and methods marked `private`, those that a constructor's parameters make among them. */
function privatesOf({ members }: ts.ClassLikeDeclaration): ts.Node[] {
  const declared = members.flatMap((member): readonly ts.NamedDeclaration[] =>
    ts.isConstructorDeclaration(member) ? member.parameters : [member],
  )
  const isPrivate = (node: ts.Node): boolean =>
    ts.canHaveModifiers(node) && ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword) === true
  return declared.flatMap((member) => (member.name && isPrivate(member) ? [member.name] : []))
}
