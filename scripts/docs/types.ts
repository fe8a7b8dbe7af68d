/** Type-checks examples against the source, all in one program. */
import { relative, sep } from 'node:path'
import ts from 'typescript'

/** One complaint of the compiler, at a line of the file. */
export interface TypeProblem {
  readonly file: string
  readonly line: number
  readonly message: string
}

/** What the compiler says of `files`, under the project's own options. */
export function typeProblems(root: string, files: readonly string[]): TypeProblem[] {
  const config = ts.getParsedCommandLineOfConfigFile(
    `${root}/tsconfig.json`,
    { noEmit: true },
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: fail },
  )
  if (!config) throw new Error(`no tsconfig.json in ${root}`)
  const program = ts.createProgram([...files], config.options)
  return files.flatMap((file) => {
    const ast = program.getSourceFile(file.split(sep).join('/'))
    if (!ast) throw new Error(`${relative(root, file)} was not read`)
    return [...program.getSyntacticDiagnostics(ast), ...program.getSemanticDiagnostics(ast)].map((found) => ({
      file,
      line: ast.getLineAndCharacterOfPosition(found.start ?? 0).line + 1,
      message: ts.flattenDiagnosticMessageText(found.messageText, '\n'),
    }))
  })
}

const fail = (found: ts.Diagnostic): never => {
  throw new Error(ts.flattenDiagnosticMessageText(found.messageText, '\n'))
}
