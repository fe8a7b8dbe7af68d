/**
 * Runs before Hebb is installed as a dependency, so that installing needs nothing but the npm registry.
 *
 * On Linux x64 onnxruntime-node's own install step wants to fetch some 200 MB of CUDA libraries from elsewhere, and fails where
 * that cannot be reached. Hebb does not use them. The step is content when files of those names exist: where they do not, and the
 * project has not asked for onnxruntime-node itself or for ONNXRUNTIME_NODE_INSTALL, notes of those names take their place.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import process from 'node:process'

const NOTE =
  'Left out when hebb was installed, which does not use it. ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node fetches it.\n'

/** Folder of onnxruntime-node; undefined while it is not there, as in a checkout before its first install. */
function runtimeFolder() {
  try {
    return dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'))
  } catch {
    return undefined
  }
}

/** Whether the project that is being installed into names onnxruntime-node itself. */
function askedFor() {
  try {
    const { dependencies, devDependencies, optionalDependencies } = JSON.parse(
      readFileSync(join(process.env.INIT_CWD ?? '', 'package.json'), 'utf8'),
    )
    return 'onnxruntime-node' in { ...dependencies, ...devDependencies, ...optionalDependencies }
  } catch {
    return false
  }
}

const folder = runtimeFolder()
if (folder && process.platform === 'linux' && process.arch === 'x64' && !process.env.ONNXRUNTIME_NODE_INSTALL && !askedFor()) {
  const libraries = join(folder, 'bin/napi-v6/linux/x64')
  if (existsSync(libraries))
    for (const provider of ['cuda', 'shared', 'tensorrt']) {
      const path = join(libraries, `libonnxruntime_providers_${provider}.so`)
      if (!existsSync(path)) writeFileSync(path, NOTE)
    }
}
