#!/usr/bin/env bash
# PEFT 0.21.0 (PyPI): rank_pattern and alpha_pattern are searched in their order, the first key that matches counts, and save_pretrained writes their keys sorted.
# So an adapter with two keys that match one layer is another one when it is read again: alpha 64 becomes 2 without a word, and a rank that changes is an error.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "torch==2.13.0+cpu" --extra-index-url https://download.pytorch.org/whl/cpu numpy transformers==5.18.0 peft==0.21.0
cat > find.py <<'PY'
import torch
from peft import LoraConfig, PeftModel, get_peft_model

def expect(holds):
    if not holds:
        print("changed: this finding no longer holds")
        raise SystemExit(1)


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = torch.nn.ModuleList([torch.nn.ModuleDict({"down": torch.nn.Linear(4, 4)})])

    def forward(self, x):
        return self.layers[0]["down"](x)


scaling = lambda model: model.base_model.model.layers[0]["down"].scaling["default"]
config = LoraConfig(r=1, target_modules=["down"], alpha_pattern={r"layers\.0\.down": 64, "down": 2})
model = get_peft_model(Net(), config)
model.save_pretrained("adapter")
again = PeftModel.from_pretrained(Net(), "adapter")
print("alpha before and after:", scaling(model), scaling(again))

config = LoraConfig(r=1, target_modules=["down"], rank_pattern={r"layers\.0\.down": 3, "down": 2})
get_peft_model(Net(), config).save_pretrained("ranks")
try:
    PeftModel.from_pretrained(Net(), "ranks")
    said = "read"
except RuntimeError as error:
    said = str(error).splitlines()[1].strip()
print("ranks:", said)
expect((scaling(model), scaling(again)) == (64, 2) and "size mismatch" in said)
PY
venv/bin/python find.py
