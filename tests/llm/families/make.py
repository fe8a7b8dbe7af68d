"""Writes expected.json: what transformers 5.18 (PyTorch, float32, eager) says of the models in cases.py, whose weights are a formula of their names.

usage: python make.py OUT.json [FOLDERS]     with FOLDERS each model is saved there too, in the form of shared/goldens/models
"""
import json, os, sys, tempfile
import numpy as np, torch
from transformers import AutoConfig, AutoModelForCausalLM
from cases import cases

torch.manual_seed(0)
u32 = np.uint32


def uniform(name, count):
    """numbers in [-1, 1): a hash of the name and the place"""
    seed = u32(2166136261)
    with np.errstate(over="ignore"):
        for byte in name.encode():
            seed = u32((seed ^ u32(byte)) * u32(16777619))
        h = (np.arange(1, count + 1, dtype=u32) * u32(2654435761) + seed).astype(u32)
        h ^= h >> u32(15)
        h = (h * u32(2246822519)).astype(u32)
        h ^= h >> u32(13)
    return h.astype(np.float64) / 2**31 - 1


def fill(model):
    shifted = model.config.model_type.startswith("gemma")
    for name, p in model.named_parameters():
        u = uniform(name, p.numel()).reshape(tuple(p.shape))
        if "norm" in name or ".ln_" in name:
            w = 0.3 * u if shifted or name.endswith("bias") else 1 + 0.3 * u
        elif p.dim() == 1:
            w = 0.2 * u
        elif "embed" in name or "wte" in name or "wpe" in name:
            w = 0.7 * u
        else:
            w = u * 2.2 / np.sqrt(p.shape[0] if ".c_" in name else p.shape[1])
        p.data.copy_(torch.from_numpy(w))


def r(x):
    return [float(f"{v:.9g}") for v in np.asarray(x, dtype=np.float64).reshape(-1)]


def fresh(model):
    """forgets how long the texts before were, which dynamic angles remember"""
    for m in model.modules():
        if hasattr(m, "max_seq_len_cached") and m.max_seq_len_cached != m.original_max_seq_len:
            m.max_seq_len_cached = m.original_max_seq_len
            m.inv_freq = m.original_inv_freq


def prompt_of(model, ids, new):
    x = torch.tensor([ids])
    fresh(model)
    model.zero_grad(set_to_none=True)
    out = model(x, output_hidden_states=True, use_cache=False)
    logits = out.logits[0]
    logs = torch.log_softmax(logits, -1)
    fresh(model)
    # the loss is that of the ids without the last, as a model sees them in training
    own = model(x[:, :-1], use_cache=False).logits[0]
    loss = torch.nn.functional.cross_entropy(own, x[0, 1:])
    loss.backward()
    grads = {n: float(f"{p.grad.double().norm():.9g}") for n, p in model.named_parameters()}
    result = {
        "ids": ids,
        "logits_shape": list(logits.shape),
        "last_logits": r(logits[-1].detach()),
        "logits_mean": float(f"{logits.double().mean():.9g}"),
        "logits_std": float(f"{logits.double().std():.9g}"),
        "argmax": logits.argmax(-1).tolist(),
        "token_logprobs": r(logs[:-1].gather(1, x[0, 1:, None])[:, 0].detach()),
        "hidden_rms": r([h.double().pow(2).mean().sqrt().item() for h in out.hidden_states]),
        "loss": {"value": float(f"{loss:.9g}"), "grad_norm": float(f"{sum(g * g for g in grads.values()) ** 0.5:.9g}"), "grad_norms": grads},
    }
    if new:
        fresh(model)
        # without a cache: what generate keeps of a text is not what it computes of the whole, where a window is 1, where a Phi-3 text
        # grows past its original length, and where angles change with every token
        g = model.generate(x, attention_mask=torch.ones_like(x), max_new_tokens=new, do_sample=False, use_cache=False, return_dict_in_generate=True, output_logits=True, eos_token_id=-1, pad_token_id=0)
        ids2 = g.sequences[0, len(ids):].tolist()
        steps = torch.stack([torch.log_softmax(l[0].double(), -1) for l in g.logits])
        top = torch.stack([l[0] for l in g.logits]).topk(2, -1).values
        result["greedy"] = {"new_ids": ids2, "logprobs": r([steps[i, t].item() for i, t in enumerate(ids2)]),
                            "smallest_margin": float((top[:, 0] - top[:, 1]).min())}
    return result


def make(name, json_config, folders):
    with tempfile.TemporaryDirectory() as d:
        with open(os.path.join(d, "config.json"), "w") as f:
            json.dump(json_config, f)
        config = AutoConfig.from_pretrained(d)
    model = AutoModelForCausalLM.from_config(config, attn_implementation="eager", dtype=torch.float32).eval()
    model.generation_config.eos_token_id = None
    fill(model)
    rng = np.random.default_rng(len(name))
    prompts = [prompt_of(model, rng.integers(0, 97, n).tolist(), 16 if i == 0 else 0) for i, n in enumerate([18, 30])]
    if name.startswith("activation"):
        prompts = [{k: prompts[0][k] for k in ["ids", "logits_shape", "last_logits"]}]
    expected = {"config": json_config, "num_parameters": sum(p.numel() for p in model.parameters()), "prompts": prompts,
                "tol": {"rtol": 1e-4, "atol": 1e-4}}
    if folders:
        for dtype in ["float32", "bfloat16"]:
            at = os.path.join(folders, name.replace(" ", "-").replace(",", "") + ("" if dtype == "float32" else "-bf16"))
            own, exp = model, expected
            if dtype == "bfloat16":
                model.to(torch.bfloat16).save_pretrained(at)
                own = AutoModelForCausalLM.from_pretrained(at, dtype=torch.float32, attn_implementation="eager").eval()
                own.generation_config.eos_token_id = None
                exp = {**expected, "prompts": [prompt_of(own, p["ids"], 16 if i == 0 else 0) for i, p in enumerate(prompts)]}
            else:
                model.save_pretrained(at)
            with open(os.path.join(at, "expected.json"), "w") as f:
                json.dump(exp, f)
    print(name, prompts[0].get("logits_std"), prompts[0].get("greedy", {}).get("smallest_margin"), flush=True)
    return expected


out, folders = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None
result = {"made_with": f"transformers 5.18.0, torch {torch.__version__}, float32, eager", "cases": {n: make(n, c, folders) for n, c in cases.items()}}
with open(out, "w") as f:
    f.write(json.dumps(result, separators=(",", ":")).replace('},"', '},\n"') + "\n")
