#!/usr/bin/env bash
# @huggingface/tokenizers 0.2.0 (npm): the pre-tokenizers Whitespace and Digits know letters and digits of ASCII alone. Whitespace cuts 'naïve' into 'na', 'ï', 've', and
# Digits leaves Arabic digits with the letter before them; Python's tokenizers 0.23.2 keep 'naïve' whole and cut the digits off.
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
expect('Whitespace', made({ pre_tokenizer: { type: 'Whitespace' } }, ['naïve']).encode('naïve').tokens, ['na', 'ï', 've'])
expect('Digits', made({ pre_tokenizer: { type: 'Digits', individual_digits: true } }, ['a', '١', '٢']).encode('a١٢').tokens, ['a١٢'])
JS
node find.mjs
