"""Adapters of PEFT on small models, with settings drawn at random, and those of others read again.

usage: python adapters.py draw FOLDER SEED COUNT    writes FOLDER/N/{base,adapter} and FOLDER/N.json (ids, logits of base, adapter, merged, what is trained)
       python adapters.py read FOLDER               reads FOLDER/N/{base,ours}, writes FOLDER/N.out.json with the logits
"""

import json
import os
import random
import sys
import warnings

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoConfig, AutoModelForCausalLM

warnings.simplefilter("ignore")


def base_of(draw):
    kind = draw.choice(["llama", "gpt2", "qwen2", "gemma3_text", "phi3", "mistral"])
    tied = draw.random() < 0.4
    if kind == "gpt2":
        return {"model_type": kind, "vocab_size": 61, "n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 64, "tie_word_embeddings": tied,
                "attn_pdrop": 0.0, "embd_pdrop": 0.0, "resid_pdrop": 0.0}
    c = {"model_type": kind, "vocab_size": 61, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
         "num_key_value_heads": 2, "max_position_embeddings": 64, "tie_word_embeddings": tied, "pad_token_id": 0}
    if kind == "llama" and draw.random() < 0.5:
        c.update(attention_bias=True, mlp_bias=True)
    if kind == "gemma3_text":
        c.update(head_dim=8)
    return c


NAMES = {
    "gpt2": ["c_attn", "c_proj", "c_fc", "wte"],
    "phi3": ["qkv_proj", "o_proj", "gate_up_proj", "down_proj", "embed_tokens"],
}
USUAL = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj", "embed_tokens"]


def settings_of(draw, kind, tied):
    names = NAMES.get(kind, USUAL)
    s = {"r": draw.choice([1, 2, 4]), "lora_alpha": draw.choice([1, 3, 8, 16]), "task_type": draw.choice([None, "CAUSAL_LM", "CAUSAL_LM"])}
    layer = "h" if kind == "gpt2" else "layers"
    how = draw.random()
    if how < 0.2:
        s["target_modules"] = "all-linear"
    elif how < 0.3 and kind != "phi3":
        pass
    elif how < 0.45:
        s["target_modules"] = draw.choice([r".*\.0\..*" + names[0], f".*({names[0]}|{names[1]})", rf".*{layer}\.1\..*({names[1]}|{names[2]})$"])
    else:
        pool = names + (["lm_head"] if draw.random() < 0.3 else [])
        s["target_modules"] = draw.sample(pool, draw.randint(1, 3))
        if draw.random() < 0.3:
            s["target_modules"] = [f"{layer}.1.{'attn' if kind == 'gpt2' else 'self_attn'}.{names[0]}"] + s["target_modules"][:1]
    targets = s.get("target_modules")
    if draw.random() < 0.3:
        s["use_rslora"] = True
    if draw.random() < 0.3:
        s["use_dora"] = True
    if draw.random() < 0.3:
        s["rank_pattern"] = draw.choice([{names[0]: 3}, {rf"{layer}\.1\..*{names[1]}": 5, names[1]: 2}, {rf"^.*{names[1]}$": 6}, {"nothing": 9}])
    if draw.random() < 0.3:
        s["alpha_pattern"] = draw.choice([{names[0]: 5}, {rf".*\.0\..*": 7}, {names[1]: 2, names[0]: 9}])
    if draw.random() < 0.25:
        s["bias"] = draw.choice(["all", "lora_only"])
    if draw.random() < 0.2:
        s["modules_to_save"] = draw.choice([["lm_head"], ["embed_tokens" if kind != "gpt2" else "wte"], ["norm" if kind != "gpt2" else "ln_f"], ["input_layernorm" if kind != "gpt2" else "ln_1"]])
    if draw.random() < 0.2:
        s["trainable_token_indices"] = draw.choice([[3, 7, 11], {"embed_tokens" if kind != "gpt2" else "wte": [0, 60]}])
    if draw.random() < 0.15 and isinstance(targets, list):
        s["layers_to_transform"] = draw.choice([0, [1], [0, 1]])
        if draw.random() < 0.5:
            s["layers_pattern"] = layer
    if draw.random() < 0.15:
        s["exclude_modules"] = draw.choice([[names[1]], rf".*\.1\..*", [names[0], names[2]]])
    if draw.random() < 0.15:
        s["lora_bias"] = True
    if draw.random() < 0.2 and tied:
        s["ensure_weight_tying"] = True
    return s


def logits_of(model, ids):
    with torch.no_grad():
        return model(input_ids=torch.tensor([ids]), use_cache=False).logits[0].float().flatten().tolist()


def make(folder, n, seed):
    draw = random.Random(f"{seed} {n}")
    torch.manual_seed(n)
    said = base_of(draw)
    result = {"said": said}
    try:
        config = AutoConfig.for_model(**said)
        model = AutoModelForCausalLM.from_config(config, attn_implementation="eager").eval()
        for name, p in model.named_parameters():
            p.data.copy_(torch.randn(p.shape) * (0.3 if p.dim() < 2 else 1.3 / p.shape[-1] ** 0.5) + (1 if ("norm" in name or "ln_" in name) and "gemma" not in said["model_type"] else 0))
        base = os.path.join(folder, str(n), "base")
        model.save_pretrained(base)
        ids = [draw.randrange(61) for _ in range(draw.choice([5, 17]))]
        result["ids"] = ids
        result["base"] = logits_of(model, ids)
        settings = settings_of(draw, said["model_type"], said["tie_word_embeddings"])
        result["settings"] = settings
        model = AutoModelForCausalLM.from_pretrained(base, attn_implementation="eager").eval()
        peft = get_peft_model(model, LoraConfig(**settings)).eval()
        for name, p in peft.named_parameters():
            if p.requires_grad:
                if "magnitude" in name:
                    p.data.mul_(1 + 0.2 * torch.rand(p.shape))
                else:
                    p.data.add_(0.2 * torch.randn(p.shape))
        result["trained"] = [name for name, p in peft.named_parameters() if p.requires_grad]
        counts = peft.get_nb_trainable_parameters()
        result["share"] = list(counts)
        adapter = os.path.join(folder, str(n), "adapter")
        peft.save_pretrained(adapter)
        # what another process that reads the files sees
        again = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base, attn_implementation="eager"), adapter).eval()
        result["adapted"] = logits_of(again, ids)
        apart = max(abs(a - b) for a, b in zip(result["adapted"], logits_of(peft, ids)))
        if apart > 1e-4:
            result["lost"] = apart
        try:
            result["merged"] = logits_of(again.merge_and_unload(), ids)
        except Exception as error:
            result["merge_error"] = str(error)[:300]
    except Exception as error:
        result["error"] = f"{type(error).__name__}: {error}"[:500]
    with open(os.path.join(folder, f"{n}.json"), "w") as f:
        json.dump(result, f)


def read_all(folder):
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if not os.path.isdir(os.path.join(path, "ours")):
            continue
        with open(f"{path}.json") as f:
            ids = json.load(f)["ids"]
        try:
            model = AutoModelForCausalLM.from_pretrained(os.path.join(path, "base"), attn_implementation="eager")
            peft = PeftModel.from_pretrained(model, os.path.join(path, "ours")).eval()
            result = {"adapted": logits_of(peft, ids)}
        except Exception as error:
            result = {"error": f"{type(error).__name__}: {error}"[:500]}
        with open(f"{path}.out.json", "w") as f:
            json.dump(result, f)


if __name__ == "__main__":
    if sys.argv[1] == "draw":
        for n in range(int(sys.argv[4])):
            make(sys.argv[2], n, sys.argv[3])
    else:
        read_all(sys.argv[2])
