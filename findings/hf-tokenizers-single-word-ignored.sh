#!/usr/bin/env bash
# @huggingface/tokenizers 0.2.0 (npm): an added token with "single_word": true is found inside words. With the token 'cat', 'cats' becomes 'cat', 's';
# Python's tokenizers 0.23.2 find it only where no letter or digit stands beside it.
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
const cat = { id: 9, content: 'cat', single_word: true, lstrip: false, rstrip: false, normalized: false, special: false }
const pre_tokenizer = { type: 'Split', pattern: { Regex: '.' }, behavior: 'Isolated', invert: false }
expect('cats', made({ added_tokens: [cat], pre_tokenizer }, ['c', 'a', 't', 's']).encode('cats').tokens, ['cat', 's'])
JS
node find.mjs
