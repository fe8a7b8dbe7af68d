/** Turns the `// => value` comments of an example into comparisons, without moving a line. */
import ts from 'typescript'

/** What a comment says a statement gives: its last value, or what it prints. */
interface Claim {
  readonly statement: ts.Statement
  readonly text: string
}

/** A comment is a claim when it begins with `=>`, with `[` or with a typed array's name. */
const CLAIM = /^\/\/\s*(?:=>\s*(.*)|((?:\w*Array(?:\(\d+\))?\s*)?\[.*\])\s*)$/

/** The code with each claim compared as it runs (by the global `claimed` and `printed`), and imports of `hebb` led to `home`. */
export function instrument(code: string, home: string): string {
  const ast = ts.createSourceFile('example.ts', code, ts.ScriptTarget.Latest, true)
  const edits: { at: number; end: number; text: string }[] = []
  for (const statement of ast.statements) {
    if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) continue
    const { text } = statement.moduleSpecifier
    const room = /^hebb(?:\/(\w+))?$/.exec(text)
    if (room) {
      const path = JSON.stringify(`${home}/${room[1] ? `${room[1]}/` : ''}index.ts`)
      edits.push({ at: statement.moduleSpecifier.getStart(), end: statement.moduleSpecifier.end, text: path })
    }
  }
  for (const { statement, text } of claimsOf(ast, code)) {
    const line = ast.getLineAndCharacterOfPosition(statement.getStart()).line + 1
    const said = `${line}, ${JSON.stringify(text)}`
    const [at, end] = [statement.getStart(), statement.end]
    if (ts.isExpressionStatement(statement) && !isPrint(statement.expression)) {
      const { expression } = statement
      edits.push({ at, end, text: `;await claimed(${said}, () => ${bodyOf(expression, code)});` })
    } else if (ts.isVariableStatement(statement)) {
      const name = statement.declarationList.declarations.at(-1)!.name
      edits.push({ at: end, end, text: `;await claimed(${said}, () => ${name.getText()});` })
    } else {
      edits.push({ at, end: at, text: ';printed.begin();' })
      edits.push({ at: end, end, text: `;printed.end(${said});` })
    }
  }
  let out = code
  for (const { at, end, text } of edits.sort((a, b) => b.at - a.at || b.end - a.end)) out = out.slice(0, at) + text + out.slice(end)
  return `${out}\nexport {}\n`
}

const bodyOf = (expression: ts.Expression, code: string): string => {
  const text = code.slice(expression.getStart(), expression.end)
  return ts.isAwaitExpression(expression) ? `(${code.slice(expression.expression.getStart(), expression.expression.end)})` : `(${text})`
}

const isPrint = (expression: ts.Expression): boolean =>
  ts.isCallExpression(expression) && expression.expression.getText().startsWith('console.')

/** Claims on the statement's own last line, or in comment lines right below it that begin with `=>`. */
function claimsOf(ast: ts.SourceFile, code: string): Claim[] {
  const claims: Claim[] = []
  for (const statement of ast.statements) {
    const text = (range: ts.CommentRange): string => code.slice(range.pos, range.end)
    const beside = ts.getTrailingCommentRanges(code, statement.end)?.map(text).at(0)
    const below = (ts.getLeadingCommentRanges(code, statement.end) ?? []).map(text)
    const found = beside && CLAIM.exec(beside)
    if (found) claims.push({ statement, text: (found[1] ?? found[2])!.trim() })
    else if (!beside && below[0]?.match(/^\/\/\s*=>/)) {
      const lines = below.filter((line) => line.startsWith('//')).map((line) => line.replace(/^\/\/\s*(=>)?\s*/, ''))
      claims.push({ statement, text: lines.join(' ').trim() })
    }
  }
  return claims
}
