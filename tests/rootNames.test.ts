import { expect, test } from 'vitest'
import * as hebb from '../src/index.js'

/** Names at the root crowd one another out in an editor: a new room gets a door of its own, `hebb/<room>`. */
const most = 595

test(`the root offers at most ${most} names`, () => expect(Object.keys(hebb).length).toBeLessThanOrEqual(most))

test('none of them stands for nothing', () => expect(Object.entries(hebb).filter(([, value]) => value === undefined)).toEqual([]))
