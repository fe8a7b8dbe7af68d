#!/usr/bin/env bash
# @huggingface/tokenizers 0.2.0 (npm): a pre-tokenizer Split whose behavior is MergedWithPrevious or MergedWithNext cuts as Isolated does.
# Of 'a-b', cut at '-', Python's tokenizers 0.23.2 make 'a-', 'b' and 'a', '-b'; here it is 'a', '-', 'b' whatever the file says, and so other ids.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @huggingface/tokenizers@0.2.0 >/dev/null 2>&1
cat > find.mjs <<'JS'
import { Tokenizer } from '@huggingface/tokenizers'
const made = (more, vocab) =>
  new Tokenizer(
    {
      ...{ version: '1.0', added_tokens: [], normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null, ...more },
      model: { type: 'WordLevel', vocab: Object.fromEntries(['?', ...vocab].map((token, id) => [token, id])), unk_token: '?' },
    },
    {},
  )
const expect = (what, got, want) => {
  console.log(`${what}: ${JSON.stringify(got)}`)
  if (JSON.stringify(got) === JSON.stringify(want)) return
  console.log('changed: this finding no longer holds')
  process.exit(1)
}
for (const behavior of ['Isolated', 'MergedWithPrevious', 'MergedWithNext']) {
  const pre_tokenizer = { type: 'Split', pattern: { String: '-' }, behavior, invert: false }
  expect(behavior, made({ pre_tokenizer }, ['a', '-', 'b', 'a-', '-b']).encode('a-b').tokens, ['a', '-', 'b'])
}
JS
node find.mjs
