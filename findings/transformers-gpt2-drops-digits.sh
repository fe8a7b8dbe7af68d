#!/usr/bin/env bash
# transformers 5.18.0 (PyPI): a folder whose class is GPT2Tokenizer loses steps of its tokenizer.json: its pre-tokenizer is made anew, a ByteLevel alone. One that cuts digits
# apart first, as many code models do, then gives '12' as one token where tokenizers 0.23.2 gives '1', '2' for the same file.
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


alone = folder("code", [pre_tokenizers.Digits(individual_digits=True)], [("1", "2")], tokenizer_class="GPT2Tokenizer").encode("a12").tokens
read = AutoTokenizer.from_pretrained("code").tokenize("a12")
print("tokenizers:  ", alone)
print("transformers:", read)
expect(alone == ["a", "1", "2"] and read == ["a", "12"])
PY
venv/bin/python find.py
