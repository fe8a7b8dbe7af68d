/** Links: what a page links to within the project is there. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pagesOf } from '../docs/blocks.js'
import type { Problem, Tree } from './source.js'

export function checkLinks(tree: Tree): Problem[] {
  const pages = [...pagesOf(tree.root), 'CONTRIBUTING.md'].filter((page) => existsSync(join(tree.root, page)))
  return pages.flatMap((page) =>
    readFileSync(join(tree.root, page), 'utf8')
      .split('\n')
      .flatMap((text, i) =>
        [...text.matchAll(/\]\(([^)\s#:]+)(?:#[^)]*)?\)/g)]
          .filter(([, target]) => !existsSync(join(tree.root, dirname(page), target!)))
          .map(([, target]) => ({ file: page, line: i + 1, message: `links to ${target}, which is not there` })),
      ),
  )
}
