#!/usr/bin/env bash
# tokenizers 0.23.2 (PyPI): the pre-tokenizer UnicodeScripts loses white space at the start of a text, though it removes none elsewhere: of "  ab cd" it makes "ab cd".
# A text of white space alone gives nothing.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check tokenizers==0.23.2
cat > find.py <<'PY'
from tokenizers.pre_tokenizers import UnicodeScripts

def expect(holds):
    if not holds:
        print("changed: this finding no longer holds")
        raise SystemExit(1)


cut = UnicodeScripts().pre_tokenize_str
for text in ["ab cd", "  ab cd", "   "]:
    print(repr(text), cut(text))
expect(cut("ab cd") == [("ab cd", (0, 5))] and cut("  ab cd") == [("ab cd", (2, 7))] and cut("   ") == [])
PY
venv/bin/python find.py
