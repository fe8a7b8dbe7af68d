/** Every family in many shapes against transformers: config.json in both styles, and what is left out. */
import { describe } from 'vitest'
import { agrees } from './agree.js'
import { cases, filled } from './cases.js'

describe.each(Object.entries(cases))('%s', (_, { config, ...expected }) => agrees(expected, () => Promise.resolve(filled(config))))
