#!/usr/bin/env bash
# @huggingface/tokenizers 0.2.0 (npm): its declarations import their own files without endings, which TypeScript (5.9.3) does not find under "module": "nodenext".
# With skipLibCheck, which most projects have, nothing is said and everything is any: Tokenizer has no type. Under "bundler" the same lines are checked.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @huggingface/tokenizers@0.2.0 typescript@5.9.3 >/dev/null 2>&1
cat > find.mjs <<'JS'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'

writeFileSync('use.mts', "import { Tokenizer } from '@huggingface/tokenizers'\nexport const use = (t: Tokenizer): void => t.noSuchMethod()\n")
const check = (...how) => spawnSync('npx', ['tsc', '--noEmit', '--strict', '--target', 'es2022', ...how, 'use.mts'], { encoding: 'utf8' }).stdout
const [node, bundler, library] = [
  check('--skipLibCheck', '--module', 'nodenext'),
  check('--skipLibCheck', '--module', 'esnext', '--moduleResolution', 'bundler'),
  check('--module', 'nodenext'),
]
console.log(`nodenext, skipLibCheck: ${node.trim() || 'no complaint about a method that is not there'}`)
console.log(`bundler, skipLibCheck: ${bundler.trim()}`)
console.log(`nodenext: ${library.split('\n')[0]}`)
if (node !== '' || !bundler.includes('TS2339') || !library.includes('TS2834')) {
  console.log('changed: this finding no longer holds')
  process.exit(1)
}
JS
node find.mjs
