/** Packs Hebb and uses the package as a newcomer does: installed in an empty folder, types read, every entry imported, the README's examples run. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { filesBelow } from './check/source.js'
import { examplesOf } from './docs/blocks.js'

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
const run = (command: string, args: readonly string[], cwd: string): string =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 1 << 28 })

/** What npm tells of a packed package. */
interface Packed {
  readonly filename: string
  readonly size: number
  readonly files: readonly { readonly path: string }[]
}
interface Manifest {
  readonly name: string
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>
  readonly bin: Readonly<Record<string, string>>
}

const folder = mkdtempSync(join(tmpdir(), 'hebb-package-'))
try {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest
  const stale = filesBelow(root, 'dist').filter(
    (path) => path.endsWith('.d.ts') && !existsSync(join(root, path.replace('dist/', 'src/').replace('.d.ts', '.ts'))),
  )
  if (stale.length) throw new Error(`built from sources that are gone: ${stale.join(', ')}: remove dist and build again`)

  const said = run(npm, ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], root)
  const [packed] = JSON.parse(said) as Packed[]
  const tarball = join(folder, packed!.filename)
  console.log(`packed: ${packed!.files.length} files, ${(packed!.size / 1024).toFixed(0)} kB`)
  const inside = new Set(packed!.files.map(({ path }) => `./${path}`))
  const promised = [
    ...Object.values(manifest.exports).flatMap((entry) => (typeof entry === 'string' ? [entry] : Object.values(entry))),
    ...Object.values(manifest.bin),
  ]
  const absent = promised.filter((path) => !inside.has(path))
  if (absent.length) throw new Error(`package.json promises files that are not in the package: ${absent.join(', ')}`)

  console.log(run(process.execPath, [join(root, 'node_modules/publint/src/cli.js'), tarball, '--strict'], root).trim())
  const attw = ['--profile', 'esm-only', '--no-emoji', '--format', 'ascii', tarball]
  console.log(run(process.execPath, [join(root, 'node_modules/@arethetypeswrong/cli/dist/index.js'), ...attw], root).trim())

  const home = join(folder, 'project')
  mkdirSync(home)
  writeFileSync(join(home, 'package.json'), '{ "private": true, "type": "module" }\n')
  // as the README says: onnxruntime-node's install step would fetch CUDA libraries
  run(npm, ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--silent', tarball], home)
  const entries = Object.keys(manifest.exports).filter((path) => !path.endsWith('.json'))
  const names = entries.map((path) => `${manifest.name}${path.slice(1)}`)
  writeFileSync(
    join(home, 'entries.js'),
    names.map((name) => `console.log('${name}', Object.keys(await import('${name}')).length, 'names')\n`).join(''),
  )
  console.log(run(process.execPath, ['entries.js'], home).trim())
  run(join(home, 'node_modules/.bin', Object.keys(manifest.bin)[0]!), ['--help'], home)

  const examples = examplesOf(root, 'README.md').map(({ code, line }) => ({ line, code, path: join(home, `readme-${line}.ts`) }))
  for (const { path, code } of examples) writeFileSync(path, `${code}\nexport {}\n`)
  checkTypes(examples.map(({ path }) => path))
  for (const { path, code, line } of examples) {
    const script = path.replace('.ts', '.js')
    const { outputText } = ts.transpileModule(code, { compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ES2022 } })
    writeFileSync(script, `${outputText}\nexport {}\n`)
    run(process.execPath, [script], home)
    console.log(`README.md:${line}: ran`)
  }
  console.log('package: installs, types and runs')
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** The examples against the types of the installed package, strictly, its own declaration files included. */
function checkTypes(files: readonly string[]): void {
  const program = ts.createProgram([...files], {
    ...{
      target: ts.ScriptTarget.ES2023,
      lib: ['lib.es2023.d.ts'],
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
    },
    ...{ strict: true, exactOptionalPropertyTypes: true, noEmit: true, types: ['node'], typeRoots: [join(root, 'node_modules/@types')] },
  })
  const others = /node_modules\/(?!hebb\/)[^/]+\/(?!.*node_modules\/hebb\/)/
  const found = ts.getPreEmitDiagnostics(program).filter(({ file }) => !file || !others.test(file.fileName))
  if (found.length)
    throw new Error(
      ts.formatDiagnostics(found, { getCanonicalFileName: (name) => name, getCurrentDirectory: () => root, getNewLine: () => '\n' }),
    )
}
