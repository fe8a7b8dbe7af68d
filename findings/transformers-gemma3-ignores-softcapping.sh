#!/usr/bin/env bash
# transformers 5.18.0 (PyPI): Gemma3TextConfig has attn_logit_softcapping, as Gemma 2 has it, and Gemma 3 ignores it: logits are the same with and without,
# with eager attention too. Gemma 2 of the same shape changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "torch==2.13.0+cpu" --extra-index-url https://download.pytorch.org/whl/cpu numpy transformers==5.18.0
cat > find.py <<'PY'
import torch
import transformers
from transformers import Gemma2Config, Gemma2ForCausalLM, Gemma3ForCausalLM, Gemma3TextConfig

def expect(holds):
    if not holds:
        print("changed: this finding no longer holds")
        raise SystemExit(1)


transformers.logging.set_verbosity_error()


def apart(kind, config):
    results = []
    for cap in (None, 0.5):
        said = config(vocab_size=64, hidden_size=32, intermediate_size=48, num_hidden_layers=1, num_attention_heads=4, num_key_value_heads=2,
                      head_dim=8, query_pre_attn_scalar=8, attn_logit_softcapping=cap)
        model = kind._from_config(said, attn_implementation="eager").eval()
        torch.manual_seed(1)
        for p in model.parameters():
            if p.dim() > 1:
                p.data.copy_(torch.randn(p.shape) * 0.5)
        results.append(model(torch.arange(3, 17)[None]).logits)
    return (results[0] - results[1]).abs().max().item()


two, three = apart(Gemma2ForCausalLM, Gemma2Config), apart(Gemma3ForCausalLM, Gemma3TextConfig)
print(f"largest change of a logit: Gemma 2 {two:.3f}, Gemma 3 {three:.3f}")
expect(two > 0.01 and three == 0)
PY
venv/bin/python find.py
