/** How the tests run: two workers, generous limits for slow machines, `hebb` read from its source. */
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  resolve: {
    alias: [
      { find: /^hebb$/, replacement: source('src/index.ts') },
      { find: /^hebb\/(\w+)$/, replacement: `${source('src')}/$1/index.ts` },
    ],
  },
  test: {
    include: ['tests/**/*.test.ts'],
    setupFiles: [source('src/entry/node.ts')],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', './tests/support/reporter.ts'],
    env: { NO_COLOR: '1' }, // messages compared as text carry no colours
  },
})
