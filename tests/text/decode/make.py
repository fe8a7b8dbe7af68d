"""Writes written.json: what transformers 5.18 (PyTorch, float32, eager) writes with the golden models by many options, greedily and with beams.

usage: python make.py MODELS OUT.json      MODELS is shared/goldens/models
"""
import json, os, sys
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig

torch.manual_seed(0)
folder, out = sys.argv[1:]
prompts = [[5, 17, 33, 60], [12, 7, 7, 12, 7, 7, 12, 7, 99, 4, 31]]
greedy = [
    {}, {"repetition_penalty": 1.3}, {"repetition_penalty": 0.8}, {"no_repeat_ngram_size": 2},
    {"repetition_penalty": 1.2, "no_repeat_ngram_size": 3, "min_new_tokens": 9, "suppress_tokens": [239]},
    {"begin_suppress_tokens": "FIRST", "suppress_tokens": [111]}, {"forced_eos_token_id": 7}, {"bad_words_ids": "WRITTEN"},
    {"eos_token_id": "WRITTEN", "min_new_tokens": 8}, {"eos_token_id": "WRITTEN", "min_length": 14}, {"max_length": 17},
    {"stop_strings": "WITHIN"},
]
beams = [
    {"num_beams": b, "num_return_sequences": n, "length_penalty": l, "early_stopping": e, **more}
    for b, n, l, e, more in [
        (2, 1, 1.0, False, {}), (3, 3, 0.0, True, {}), (4, 2, 2.0, "never", {}), (4, 4, -1.0, False, {}), (5, 2, 0.6, True, {"no_repeat_ngram_size": 2}),
        (3, 2, 1.0, False, {"eos_token_id": "WRITTEN"}), (3, 3, 1.0, True, {"eos_token_id": "WRITTEN"}), (3, 2, 0.5, "never", {"eos_token_id": "WRITTEN"}),
        (4, 2, 1.0, False, {"eos_token_id": "WRITTEN", "min_new_tokens": 6, "repetition_penalty": 1.2}), (2, 2, 1.0, False, {"bad_words_ids": "WRITTEN"}),
        (3, 1, 1.0, True, {"forced_eos_token_id": 7, "max_new_tokens": 6}),
    ]
]
found = []
for name in sorted(os.listdir(folder)):
    if not os.path.exists(os.path.join(folder, name, "config.json")):
        continue
    model = AutoModelForCausalLM.from_pretrained(os.path.join(folder, name), dtype=torch.float32, attn_implementation="eager").eval()
    try:
        tokenizer = AutoTokenizer.from_pretrained(os.path.join(folder, name))
    except Exception:
        tokenizer = None
    for prompt in prompts:
        x = torch.tensor([prompt])
        plain = model.generate(x, generation_config=GenerationConfig(max_new_tokens=20, pad_token_id=0, eos_token_id=-1))[0, len(prompt):].tolist()
        for given in greedy + beams:
            options = {"max_new_tokens": 12, "eos_token_id": -1, **given}
            if given.get("max_length"):
                del options["max_new_tokens"]
            if "stop_strings" in given:
                if tokenizer is None:
                    continue
                text = tokenizer.decode(plain[:8])
                options["stop_strings"] = [text[-4:-1]]
                if not text[-4:-1].strip() or "\ufffd" in text[-4:-1]:
                    continue
            if options.get("begin_suppress_tokens") == "FIRST":
                options["begin_suppress_tokens"] = [plain[0]]
            if options.get("bad_words_ids") == "WRITTEN":
                options["bad_words_ids"] = [[plain[1]], plain[2:4], plain[4:7]]
            if options["eos_token_id"] == "WRITTEN":
                options["eos_token_id"] = sorted(set(plain[3:6]))
            more = {"tokenizer": tokenizer} if "stop_strings" in given else {}
            r = model.generate(x, generation_config=GenerationConfig(pad_token_id=0, return_dict_in_generate=True, output_scores=True, **options), **more)
            ids = []
            for row in r.sequences[:, len(prompt):].tolist():
                eos = options["eos_token_id"] if isinstance(options["eos_token_id"], list) else [options["eos_token_id"]]
                ends = [i for i, id in enumerate(row) if id in eos]
                ids.append(row[: ends[0] + 1] if ends else row)
            if options["eos_token_id"] == -1:
                options["eos_token_id"] = None
            scores = getattr(r, "sequences_scores", None)
            found.append({"model": name, "prompt": prompt, "options": {k: v for k, v in options.items() if v is not None}, "ids": ids, **({} if scores is None else {"scores": [float(f"{s:.7g}") for s in scores.tolist()]})})
with open(out, "w") as f:
    f.write("[\n" + ",\n".join("  " + json.dumps(c) for c in found) + "\n]\n")
print(len(found))
