import { expect, test } from 'vitest'
import { checkPapers } from '../../scripts/check/papers.js'
import { shown, treeOf } from './house.js'

test('every paper cited has an entry; an entry nobody cites is told', () => {
  const tree = treeOf({
    'docs/papers.md': '# Papers\n\n- **[Kingma 2015]** Adam\n- **[Old 1900]** Unused\n',
    'src/one/a.ts':
      '/** Adam [Kingma 2015], and [Ångström 1868b].\n * [Ångström 1868b] again, [not 1999] a citation; two [Kingma 2015, Other 1901] */\nconst x = a[B]',
  })
  expect(shown(checkPapers(tree))).toEqual([
    'src/one/a.ts:1: [Ångström 1868b] has no entry in docs/papers.md',
    'src/one/a.ts:2: [Other 1901] has no entry in docs/papers.md',
    'docs/papers.md:4: warning: [Old 1900] is cited nowhere in src',
  ])
})
