/** Language models against Hugging Face's numbers: every golden folder loads as it stands, and says, writes and learns the same. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'vitest'
import { loadLLM } from '../../src/index.js'
import { goldenPath } from '../goldens.js'
import { agrees, type Expected } from './agree.js'

const root = goldenPath('models')
const folders = root ? readdirSync(root).filter((name) => readdirSync(join(root, name)).includes('expected.json')) : []

const read = (name: string): Expected => {
  const expected = JSON.parse(readFileSync(join(root!, name, 'expected.json'), 'utf8')) as Expected & { readonly same_as?: string }
  return expected.same_as ? read(expected.same_as) : expected
}

test.runIf(folders.length === 0)('golden models are absent', ({ skip }) => skip('no goldens/models'))

describe.each(folders)('goldens/models/%s', (name) => agrees(read(name), () => loadLLM(join(root!, name))))
