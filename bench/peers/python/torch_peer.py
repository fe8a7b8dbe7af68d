"""PyTorch as it is usually written: modules, torch.optim with its defaults, loss.item() every step. With --compile: through torch.compile."""

import sys

import torch
import torch.nn.functional as F

from serve import serve, turns
from torch_models import network

COMPILE = "--compile" in sys.argv


def compiled(f):
    return torch.compile(f) if COMPILE else f


def not_compiled():
    if COMPILE:
        raise NotImplementedError("a single pass of the library: nothing to compile")


def training(work):
    model, optimizer, batches = network(work)
    following = turns(batches)
    cost = compiled(lambda x, y: F.cross_entropy(model(x).flatten(0, -2), y.flatten()))

    def step():
        optimizer.zero_grad()
        loss = cost(*following())
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def convolution(work):
    not_compiled()
    shape = (work["batch"], work["channels"], work["side"], work["side"])
    x, g = torch.rand(shape), torch.rand(shape)
    w = torch.rand(work["channels"], work["channels"], 3, 3)
    run = {
        "forward": lambda: F.conv2d(x, w, padding=1),
        "dX": lambda: torch.nn.grad.conv2d_input(shape, w, g, padding=1),
        "dW": lambda: torch.nn.grad.conv2d_weight(x, w.shape, g, padding=1),
    }[work["pass"]]
    return lambda: run().flatten()[0].item()


def product(work):
    not_compiled()
    a, b = torch.rand(work["size"], work["size"]), torch.rand(work["size"], work["size"])
    return lambda: (a @ b)[0, 0].item()


def adam(work):
    weight = torch.rand(work["size"], requires_grad=True)
    weight.grad = torch.rand(work["size"])
    update = compiled(torch.optim.Adam([weight]).step)

    def step():
        update()
        return weight[0].item()

    return step


def inference(work):
    model, _, batches = network(work["of"])
    model.eval()
    following = turns(batches)
    run = compiled(model)

    @torch.inference_mode()
    def step():
        return run(following()[0]).flatten()[0].item()

    return step


@torch.inference_mode()
def decode(work):
    """Keys and values are kept in memory that is there from the start; the text is one token shorter after each call than it was in it."""
    if COMPILE:
        raise NotImplementedError("keys and values that grow are not written for torch.compile")
    model = network(work["of"])[0].eval()
    of, last = work["of"], work["length"] - 1
    shape = (1, of["heads"], of["time"], of["width"] // of["heads"])
    past = [(torch.zeros(shape), torch.zeros(shape)) for _ in range(of["layers"])]
    if last:
        model.decode(torch.randint(of["vocabulary"], (1, last)), past, 0)
    token = torch.zeros(1, 1, dtype=torch.long)

    @torch.inference_mode()
    def step():
        scores = model.decode(token, past, last)
        token[0, 0] = scores.argmax().item()
        return scores[0, 0].item()

    return step


KINDS = {"conv": convolution, "matmul": product, "adam": adam, "inference": inference, "decode": decode}


def load(threads):
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    return torch.__version__, lambda work: KINDS.get(work["kind"], training)(work)


serve(load)
