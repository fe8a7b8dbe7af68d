#!/usr/bin/env bash
# transformers 5.18.0 (PyPI): "add_bos_token": true in tokenizer_config.json does nothing where there is a tokenizer.json: no begin token is added, and the attribute
# add_bos_token of what was read is False. So of LlamaTokenizer, GPT2Tokenizer and PreTrainedTokenizerFast.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check transformers==5.18.0 tokenizers==0.23.2 jinja2
cat > find.py <<'PY'
import json
import os

from tokenizers import Tokenizer, decoders, models, pre_tokenizers
import transformers
from transformers import AutoTokenizer

def expect(holds):
    if not holds:
        print("changed: this finding no longer holds")
        raise SystemExit(1)


transformers.logging.set_verbosity_error()


def folder(name, before=(), merges=(), **config):
    """A byte-level tokenizer."""
    os.makedirs(name)
    tokens = ["<s>", "</s>", "<unk>", *sorted(pre_tokenizers.ByteLevel.alphabet()), *(a + b for a, b in merges)]
    t = Tokenizer(models.BPE(vocab={token: i for i, token in enumerate(tokens)}, merges=list(merges)))
    t.pre_tokenizer = pre_tokenizers.Sequence([*before, pre_tokenizers.ByteLevel(add_prefix_space=False)])
    t.decoder = decoders.ByteLevel()
    t.add_special_tokens(tokens[:3])
    t.save(f"{name}/tokenizer.json")
    with open(f"{name}/tokenizer_config.json", "w") as f:
        json.dump({"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", **config}, f)
    return t


found = []
for kind in ["LlamaTokenizer", "GPT2Tokenizer", "PreTrainedTokenizerFast"]:
    folder(kind, tokenizer_class=kind, add_bos_token=True)
    t = AutoTokenizer.from_pretrained(kind)
    ids = t("ab")["input_ids"]
    found.append((t.bos_token_id in ids, t.add_bos_token))
    print(f"{kind}: {t.convert_ids_to_tokens(ids)}, add_bos_token {t.add_bos_token}")
expect(found == [(False, False)] * 3)
PY
venv/bin/python find.py
