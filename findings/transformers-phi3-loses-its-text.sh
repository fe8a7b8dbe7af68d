#!/usr/bin/env bash
# transformers 5.18.0 (PyPI): a Phi-3 with longrope that writes past original_max_position_embeddings loses what it has read. With its cache, which is the default,
# generate goes on from there with the last token alone; without the cache it goes on from the whole text. The greedy texts part at the bound.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "torch==2.13.0+cpu" --extra-index-url https://download.pytorch.org/whl/cpu numpy transformers==5.18.0
cat > find.py <<'PY'
import torch
import transformers
from transformers import Phi3Config, Phi3ForCausalLM

def expect(holds):
    if not holds:
        print("changed: this finding no longer holds")
        raise SystemExit(1)


transformers.logging.set_verbosity_error()
torch.manual_seed(0)
rope = {"rope_type": "longrope", "rope_theta": 10000.0, "original_max_position_embeddings": 16}
rope |= {"short_factor": [1.0] * 4, "long_factor": [2.0, 3.0, 4.0, 5.0]}
sizes = dict(vocab_size=64, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=4)
ids = dict(pad_token_id=0, bos_token_id=1, eos_token_id=None)
config = Phi3Config(**sizes, **ids, max_position_embeddings=64, original_max_position_embeddings=16, rope_parameters=rope)
model = Phi3ForCausalLM(config).eval()
for p in model.parameters():
    if p.dim() > 1:
        p.data.copy_(torch.randn(p.shape) * 0.3)
prompt = torch.arange(3, 17)[None]
write = lambda cache, text: model.generate(text, max_new_tokens=8, do_sample=False, use_cache=cache)[0, text.shape[1] :].tolist()
kept, whole = write(True, prompt), write(False, prompt)
print("with the cache:   ", kept)
print("without the cache:", whole)
expect(len(kept) == 8 and kept[:3] == whole[:3] and kept[3:] != whole[3:])
PY
venv/bin/python find.py
