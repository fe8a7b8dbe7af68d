import { expect, test } from 'vitest'
import { checkLinks } from '../../scripts/check/links.js'
import { shown, treeOf } from './house.js'

test('links within the project lead somewhere', () => {
  const tree = treeOf({
    'README.md': '[a](docs/a.md) [web](https://example.org/x) [here](#title) [part](docs/a.md#b)\n![picture](docs/gone.png)',
    'docs/a.md': '[up](../README.md) [side](b.md)',
  })
  expect(shown(checkLinks(tree))).toEqual([
    'README.md:2: links to docs/gone.png, which is not there',
    'docs/a.md:1: links to b.md, which is not there',
  ])
})
