import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { folderOf } from './house.js'

const libraries = 'node_modules/onnxruntime-node/bin/napi-v6/linux/x64'

/** A project with hebb and onnxruntime-node unpacked, after hebb's preinstall step. */
function installed(files: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}): string {
  const root = folderOf({ 'package.json': '{}', ...files })
  const scripts = join(root, 'node_modules/hebb/scripts')
  mkdirSync(scripts, { recursive: true })
  copyFileSync(fileURLToPath(new URL('../../scripts/preinstall.mjs', import.meta.url)), join(scripts, 'preinstall.mjs'))
  const run = spawnSync(process.execPath, [join(scripts, 'preinstall.mjs')], { encoding: 'utf8', env: { INIT_CWD: root, ...env } })
  expect(run.stderr).toBe('')
  expect(run.status).toBe(0)
  return root
}
const runtime = {
  'node_modules/onnxruntime-node/package.json': '{ "name": "onnxruntime-node" }',
  [`${libraries}/libonnxruntime.so.1`]: 'elf',
}

describe.runIf(process.platform === 'linux' && process.arch === 'x64')('preinstall on Linux x64', () => {
  test('notes stand in for the CUDA parts', () => {
    const root = installed(runtime)
    expect(readdirSync(join(root, libraries)).sort()).toEqual([
      'libonnxruntime.so.1',
      ...['cuda', 'shared', 'tensorrt'].map((name) => `libonnxruntime_providers_${name}.so`),
    ])
    expect(readFileSync(join(root, libraries, 'libonnxruntime_providers_cuda.so'), 'utf8')).toContain('npm rebuild onnxruntime-node')
  })
  test('what is there stays', () => {
    const cuda = `${libraries}/libonnxruntime_providers_cuda.so`
    expect(readFileSync(join(installed({ ...runtime, [cuda]: 'real' }), cuda), 'utf8')).toBe('real')
  })
  test.each([
    ['the project itself depends on onnxruntime-node', { 'package.json': '{ "dependencies": { "onnxruntime-node": "1" } }' }, {}],
    ['ONNXRUNTIME_NODE_INSTALL says what to do', {}, { ONNXRUNTIME_NODE_INSTALL: 'cuda12' }],
  ])('nothing is done where %s', (_, files, env) => {
    expect(readdirSync(join(installed({ ...runtime, ...files }, env), libraries))).toEqual(['libonnxruntime.so.1'])
  })
})

test('nothing is done while onnxruntime-node is not there', () => {
  expect(existsSync(join(installed({}), 'node_modules/onnxruntime-node'))).toBe(false)
})
