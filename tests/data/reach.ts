/** Real data in tests: looked for in the shared folder, the cache and the network; a set nothing here has is skipped in plain sight. */
import { join } from 'node:path'
import type { TestContext } from 'vitest'
import type { LoadOptions } from '../../src/data/fetch/obtain.js'
import { sharedFolder } from '../goldens.js'

/** The set, or a skip that says why it cannot be had here: only 'no source' skips, a wrong file fails. */
export async function reachable<T>(context: TestContext, load: (options: LoadOptions) => Promise<T>): Promise<T> {
  try {
    return await load({ from: join(sharedFolder(), 'data') })
  } catch (error) {
    const message = (error as Error).message
    if (!message.includes('no source gave') || /md5|sha256|bytes, should/.test(message)) throw error
    return context.skip(`no download: ${message.split('\n').slice(0, 4).join(' | ')}`)
  }
}
