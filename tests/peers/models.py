"""Small language models with settings drawn at random, written by transformers with what it makes of a text, and folders of others read again.

usage: python models.py draw FOLDER SEED COUNT     writes FOLDER/N/{config.json, model*.safetensors, …} and FOLDER/N.json (ids, logits)
       python models.py read FOLDER                reads each FOLDER/N, writes FOLDER/N.out.json with the logits of the ids in FOLDER/N.json
"""

import json
import os
import random
import sys

import torch
from transformers import AutoConfig, AutoModelForCausalLM

FAMILIES = ["gpt2", "llama", "mistral", "qwen2", "qwen3", "gemma", "gemma2", "gemma3_text", "phi3"]


def rope(draw, pairs, context, kinds):
    """rope_scaling and rope_theta, or rope_parameters."""
    theta = draw.choice([10000.0, 500.0, 1e6])
    kind = draw.choice(kinds)
    inner = {"rope_type": kind}
    if kind in ("linear", "dynamic", "yarn", "llama3"):
        inner["factor"] = draw.choice([2.0, 4.0, 1.5])
    if kind == "yarn":
        inner["original_max_position_embeddings"] = context // 4
        inner.update(draw.choice([{}, {"beta_fast": 16, "beta_slow": 2}, {"attention_factor": 1.2}, {"mscale": 0.8, "mscale_all_dim": 1.1}, {"truncate": False}]))
    if kind == "llama3":
        inner.update(low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=context // 4)
    if kind == "longrope":
        inner["short_factor"] = [1 + 0.1 * i for i in range(pairs)]
        inner["long_factor"] = [1.5 + 0.7 * i for i in range(pairs)]
        inner["original_max_position_embeddings"] = draw.choice([context // 4, 8])
        inner.update(draw.choice([{}, {"attention_factor": 1.3}, {"factor": 3.0}]))
    if draw.random() < 0.5:
        return {"rope_parameters": {"rope_theta": theta, **inner}}
    if draw.random() < 0.3:
        inner["type"] = inner.pop("rope_type")
    return {"rope_theta": theta, "rope_scaling": draw.choice([None, inner]) if kind == "default" else inner}


def config_of(draw):
    kind = draw.choice(FAMILIES)
    layers, heads = draw.choice([1, 2, 3, 4]), draw.choice([2, 4, 6])
    width = heads * draw.choice([4, 8, 12])
    c = {"model_type": kind, "vocab_size": draw.choice([61, 97, 130])}
    if kind == "gpt2":
        c.update(n_embd=width, n_layer=layers, n_head=heads, n_positions=64)
        c.update(n_inner=draw.choice([None, 40]), activation_function=draw.choice(["gelu_new", "relu", "gelu", "silu"]))
        c.update(layer_norm_epsilon=draw.choice([1e-5, 1e-3]), tie_word_embeddings=draw.random() < 0.6)
        c.update(scale_attn_weights=draw.random() < 0.7, scale_attn_by_inverse_layer_idx=draw.random() < 0.4)
        c.update(reorder_and_upcast_attn=draw.random() < 0.3)
        return c
    head_dim = draw.choice([width // heads, 4, 10, 16])
    context = draw.choice([64, 128])
    keys = draw.choice([k for k in (1, 2, 3, heads) if heads % k == 0])
    c.update(hidden_size=width, intermediate_size=draw.choice([40, 70]), num_hidden_layers=layers)
    c.update(num_attention_heads=heads, num_key_value_heads=keys, max_position_embeddings=context)
    if kind == "phi3":
        head_dim = width // heads
        c.update(pad_token_id=0, partial_rotary_factor=draw.choice([1.0, 0.5]), sliding_window=draw.choice([None, 5]))
    elif draw.random() < 0.7 or kind in ("gemma", "gemma2", "gemma3_text", "qwen3"):
        c["head_dim"] = head_dim
    else:
        head_dim = width // heads
    if draw.random() < 0.4:
        c["tie_word_embeddings"] = draw.random() < 0.5
    c["rms_norm_eps"] = draw.choice([1e-6, 1e-5, 1e-3])
    if draw.random() < 0.4:
        act = draw.choice(["gelu", "relu", "gelu_pytorch_tanh", "silu"])
        c["hidden_activation" if kind in ("gemma2", "gemma3_text") else "hidden_act"] = act
    if kind in ("llama", "qwen3", "gemma", "gemma2", "gemma3_text"):
        c["attention_bias"] = draw.random() < 0.4
    if kind == "llama":
        c["mlp_bias"] = draw.random() < 0.4
    if kind == "mistral":
        c["sliding_window"] = draw.choice([None, 1, 3, 7])
    if kind in ("qwen2", "qwen3"):
        c.update(use_sliding_window=draw.random() < 0.5, sliding_window=draw.choice([3, 6]), max_window_layers=draw.choice([0, 1, 2]))
    types = [draw.choice(["full_attention", "sliding_attention"]) for _ in range(layers)]
    if kind in ("qwen2", "qwen3", "gemma2", "gemma3_text") and draw.random() < 0.5:
        c["layer_types"] = types
        if kind in ("qwen2", "qwen3") and "sliding_attention" in types:
            c["use_sliding_window"] = True
    if kind in ("gemma2", "gemma3_text"):
        c.update(sliding_window=draw.choice([2, 5, 9]), query_pre_attn_scalar=draw.choice([256, 16, 7]))
        c["final_logit_softcapping"] = draw.choice([None, 3.0, 30.0])
        c["attn_logit_softcapping"] = draw.choice([None, 2.0, 50.0]) if kind == "gemma2" else None
    if kind == "gemma3_text":
        if draw.random() < 0.5:
            c["rope_parameters"] = {
                "full_attention": {"rope_type": draw.choice(["default", "linear"]), "rope_theta": 3e4, "factor": 4.0},
                "sliding_attention": {"rope_type": "default", "rope_theta": 900.0},
            }
            if c["rope_parameters"]["full_attention"]["rope_type"] == "default":
                del c["rope_parameters"]["full_attention"]["factor"]
        else:
            c.update(rope_theta=2e4, rope_local_base_freq=500.0)
            if draw.random() < 0.5:
                c["rope_scaling"] = {"rope_type": "linear", "factor": 8.0}
    elif kind == "phi3":
        c.update(rope(draw, int(head_dim * c["partial_rotary_factor"]) // 2, context, ["default", "longrope"]))
        if "rope_parameters" in c and draw.random() < 0.7:
            c["rope_parameters"]["partial_rotary_factor"] = c["partial_rotary_factor"]
        scaling = c.get("rope_parameters") or c.get("rope_scaling") or {}
        if "original_max_position_embeddings" in scaling:
            c["original_max_position_embeddings"] = scaling["original_max_position_embeddings"]
    else:
        c.update(rope(draw, head_dim // 2, context, ["default", "default", "linear", "dynamic", "yarn", "llama3", "longrope"]))
    return c


def logits_of(model, ids):
    with torch.no_grad():
        return model(torch.tensor([ids]), use_cache=False).logits[0].float().flatten().tolist()


def draw_all(folder, seed, count):
    for n in range(count):
        draw = random.Random(f"{seed} {n}")
        torch.manual_seed(n)
        said = config_of(draw)
        path = os.path.join(folder, str(n))
        os.makedirs(path)
        try:
            with open(os.path.join(path, "config.json"), "w") as f:
                json.dump(said, f)
            config = AutoConfig.from_pretrained(path)
            model = AutoModelForCausalLM.from_config(config, attn_implementation="eager").eval()
            for name, p in model.named_parameters():
                p.data.copy_(torch.randn(p.shape) * (0.3 if p.dim() < 2 else 1.3 / p.shape[-1] ** 0.5) + (1 if "norm" in name and "gemma" not in said["model_type"] else 0))
            dtype = draw.choice([torch.float32, torch.float32, torch.bfloat16, torch.float16])
            base = draw.random() < 0.15
            written = (model.base_model if base and model.config.tie_word_embeddings else model).to(dtype)
            written.save_pretrained(path, max_shard_size=draw.choice(["5GB", "30KB"]))
            ours = draw.random() < 0.5
            if ours:  # the config as it was said, in the older style or the newer, and incomplete
                with open(os.path.join(path, "config.json"), "w") as f:
                    json.dump({**said, "torch_dtype" if draw.random() < 0.5 else "dtype": str(dtype).split(".")[1]}, f)
            ids = [draw.randrange(1, said["vocab_size"]) for _ in range(draw.choice([3, 11, 24, 40]))]
            model = AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32, attn_implementation="eager").eval()
            result = {"ids": ids, "logits": logits_of(model, ids), "said": said, "stored": str(dtype)}
        except Exception as error:
            result = {"error": f"{type(error).__name__}: {error}"[:400], "said": said}
        with open(os.path.join(folder, f"{n}.json"), "w") as f:
            json.dump(result, f)


def read_all(folder):
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if not os.path.isdir(path):
            continue
        with open(f"{path}.json") as f:
            ids = json.load(f)["ids"]
        try:
            model = AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32, attn_implementation="eager").eval()
            result = {"logits": logits_of(model, ids)}
        except Exception as error:
            result = {"error": f"{type(error).__name__}: {error}"[:400]}
        with open(f"{path}.out.json", "w") as f:
            json.dump(result, f)


if __name__ == "__main__":
    if sys.argv[1] == "draw":
        draw_all(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        read_all(sys.argv[2])
