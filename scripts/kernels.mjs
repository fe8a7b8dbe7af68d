// Compiles src/kernels/assembly (AssemblyScript) into src/kernels/wasm.ts, a git-ignored module that holds the binary as base64.
// Says nothing and does nothing when the sources, this script and the compiler are the ones of the last build.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const assembly = join(root, 'src/kernels/assembly')
const target = join(root, 'src/kernels/wasm.ts')

const options = [
  ...['--optimizeLevel', '3', '--shrinkLevel', '0', '--converge', '--noAssert', '--uncheckedBehavior', 'always'],
  ...['--enable', 'simd', '--runtime', 'stub', '--importMemory', '--initialMemory', '0', '--noExportMemory'],
]

const sources = readdirSync(assembly)
  .filter((name) => name.endsWith('.ts'))
  .sort()
const hash = createHash('sha256')
for (const file of [fileURLToPath(import.meta.url), ...sources.map((name) => join(assembly, name))])
  hash.update(readFileSync(file)).update('\0')
hash.update(createRequire(import.meta.url)('assemblyscript/package.json').version)
const stamp = `// made by scripts/kernels.mjs from ${hash.digest('hex')}`

if (!existsSync(target) || readFileSync(target, 'utf8').split('\n', 1)[0] !== stamp) {
  const binary = await compile()
  check(binary)
  const temporary = `${target}.${process.pid}.tmp`
  try {
    writeFileSync(temporary, `${stamp}\nexport const wasm =\n  '${Buffer.from(binary).toString('base64')}'\n`)
    renameSync(temporary, target)
  } finally {
    rmSync(temporary, { force: true })
  }
}

async function compile() {
  const { default: asc } = await import('assemblyscript/asc')
  const written = new Map()
  const { error, stderr } = await asc.main(['index.ts', '--baseDir', assembly, '--outFile', 'kernels.wasm', ...options], {
    readFile: (name, base) => (existsSync(join(base, name)) ? readFileSync(join(base, name), 'utf8') : null),
    writeFile: (name, contents) => void written.set(name, contents),
    listFiles: () => [],
  })
  if (error) {
    process.stderr.write(`${stderr.toString()}\nkernels: ${error.message}\n`)
    process.exit(1)
  }
  return written.get('kernels.wasm')
}

/** The memory that kernels run on belongs to somebody else: the module must not write into it when it starts. */
function check(binary) {
  const sections = new Map([
    [8, 'a start function'],
    [11, 'static data'],
  ])
  for (let at = 8; at < binary.length; ) {
    const id = binary[at++]
    let size = 0
    for (let shift = 0; ; shift += 7) {
      const byte = binary[at++]
      size |= (byte & 127) << shift
      if (byte < 128) break
    }
    if (sections.has(id)) {
      process.stderr.write(
        `kernels: the module holds ${sections.get(id)}, which would overwrite the memory it is given: use locals and constants only\n`,
      )
      process.exit(1)
    }
    at += size
  }
}
