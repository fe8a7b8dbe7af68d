/** The library with Node as its host, as one module: for scripts that load TypeScript by a call. */
import '../../src/entry/node.js'

export * from '../../src/index.js'
