/** Reference numbers of other libraries: found beside the checkout, read, and skipped in plain sight when absent. */
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, test } from 'vitest'

/** A tensor as golden files write it: row-major numbers; `"nan"`, `"inf"`, `"-inf"` are strings, booleans 0 or 1. */
export interface GoldenTensor {
  readonly shape: readonly number[]
  readonly dtype: 'float32' | 'int64' | 'bool'
  readonly data: readonly (number | 'nan' | 'inf' | '-inf')[]
}

/** A golden tensor with its name, and whether the reference differentiated it. */
export interface GoldenInput extends GoldenTensor {
  readonly name: string
  readonly requires_grad: boolean
}

/** The case's own tolerance, to be given to `expectClose`. */
export interface GoldenTolerance {
  readonly rtol: number
  readonly atol: number
}

/** The folder of shared material: `HEBB_SHARED`, else `shared` beside the checkout. */
export const sharedFolder = (): string => resolve(process.env.HEBB_SHARED ?? fileURLToPath(new URL('../../shared', import.meta.url)))

/** The path of a golden file or folder; undefined when it is not there. */
export function goldenPath(name: string): string | undefined {
  const path = join(sharedFolder(), 'goldens', name)
  return existsSync(path) ? path : undefined
}

/**
 * A block of tests on one golden JSON file (`'ops.json'`); `define` gets its content.
 * Without the file the block is one skipped test that says where it looked.
 */
export function describeGoldens<T>(name: string, define: (golden: T) => void): void {
  describe(`goldens ${name}`, () => {
    const path = goldenPath(name)
    if (path) return define(JSON.parse(readFileSync(path, 'utf8')) as T)
    test('reference numbers', ({ skip }) =>
      skip(`no ${join(sharedFolder(), 'goldens', name)}; HEBB_SHARED names the folder that holds goldens/`))
  })
}
