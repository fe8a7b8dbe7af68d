"""transformers on PyTorch, and PEFT for adapters, as they are usually written: scaled_dot_product_attention, the faster of the two usual caches."""

import time

import peft
import torch
import transformers
from transformers import AutoModelForCausalLM, DynamicCache, StaticCache

from serve import POOL, random_ids, turns, serve


def read(work, **options):
    if work.get("bits"):
        # needs bitsandbytes, and says so where it is not there
        options["quantization_config"] = transformers.BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4")
    return AutoModelForCausalLM.from_pretrained(work["folder"], dtype=torch.float32, **options)


def training(work):
    model = read(work)
    if work["task"] == "lora":
        if work.get("bits"):
            model = peft.prepare_model_for_kbit_training(model, use_gradient_checkpointing=False)
        config = peft.LoraConfig(task_type="CAUSAL_LM", r=8, lora_alpha=8, target_modules="all-linear")
        model = peft.get_peft_model(model, config)
    model.train()
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad])
    shape, vocabulary = (work["batch"], work["time"]), work["of"]["vocabulary"]
    ids = lambda seed: torch.tensor(random_ids(shape[0] * shape[1], vocabulary, seed)).view(shape)
    following = turns([(ids(i + 1), ids(i + 9)) for i in range(POOL)])

    def step():
        x, y = following()
        optimizer.zero_grad()
        loss = model(input_ids=x, labels=y, shift_labels=y, use_cache=False).loss
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def surprise(scores):
    """-log p of the likeliest token; see bench/peers/serve.ts."""
    return -torch.log_softmax(scores, -1).max().item()


def prompt(model, work):
    ids = torch.tensor([random_ids(work["time"], work["of"]["vocabulary"])])

    @torch.inference_mode()
    def step():
        return surprise(model(input_ids=ids, use_cache=True, logits_to_keep=1).logits[0, -1])

    return step


class Growing:
    """Keys and values that each token makes anew with its own behind them."""

    def __init__(self, model):
        self.cache = DynamicCache(config=model.config)

    def rewind(self):
        self.cache.crop(-1)


class Still:
    """Keys and values in memory for all places there will be."""

    def __init__(self, model):
        self.cache = StaticCache(config=model.config, max_cache_len=1088)

    def rewind(self):
        for layer in self.cache.layers:
            layer.cumulative_length.sub_(1)


def token(model, work):
    text = random_ids(work["time"], work["of"]["vocabulary"])

    def with_cache(kind):
        kept = kind(model)
        following = torch.tensor([text[-1:]])

        @torch.inference_mode()
        def step():
            scores = model(input_ids=following, past_key_values=kept.cache, use_cache=True).logits[0, -1]
            kept.rewind()
            following[0, 0] = scores.argmax().item()
            return surprise(scores)

        with torch.inference_mode():
            if len(text) > 1:
                model(input_ids=torch.tensor([text[:-1]]), past_key_values=kept.cache, use_cache=True, logits_to_keep=1)
        return step

    def cost(step):
        step()
        start = time.perf_counter()
        for _ in range(5):
            step()
        return time.perf_counter() - start

    fastest = min((Growing, Still), key=lambda kind: cost(with_cache(kind)))
    return with_cache(fastest)


def begin(work):
    if work["task"] in ("lora", "full"):
        return training(work)
    if work.get("bits"):
        raise NotImplementedError("it has no products of 4 bits for processors of its own")
    return {"token": token, "prompt": prompt}[work["task"]](read(work).eval(), work)


def load(threads):
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    version = f"{transformers.__version__} with PEFT {peft.__version__}, PyTorch {torch.__version__}"
    return version, begin


serve(load)
