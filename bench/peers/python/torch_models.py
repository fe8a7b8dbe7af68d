"""The models of the works in PyTorch, as they are usually written."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.checkpoint import checkpoint

from serve import POOL


class Block(nn.Module):
    def __init__(self, width, heads, causal=True):
        super().__init__()
        self.heads, self.causal = heads, causal
        self.norm1 = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.project = nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width)
        self.up = nn.Linear(width, 4 * width)
        self.down = nn.Linear(4 * width, width)

    def forward(self, x, past=None, at=0):
        """`past` holds keys and values (1, H, places, D) in which those of x go to the places from `at` on."""
        n, t, d = x.shape
        q, k, v = self.qkv(self.norm1(x)).split(d, dim=2)
        q, k, v = (z.view(n, t, self.heads, d // self.heads).transpose(1, 2) for z in (q, k, v))
        if past:
            for kept, new in zip(past, (k, v)):
                kept[:, :, at : at + t] = new
            k, v = (kept[:, :, : at + t] for kept in past)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=self.causal and t > 1)
        x = x + self.project(mixed.transpose(1, 2).reshape(n, t, d))
        return x + self.down(F.gelu(self.up(self.norm2(x))))


class Gpt(nn.Module):
    def __init__(self, work):
        super().__init__()
        width = work["width"]
        self.checkpoint = work.get("checkpoint", False)
        self.token = nn.Embedding(work["vocabulary"], width)
        self.position = nn.Embedding(work["time"], width)
        self.blocks = nn.ModuleList(Block(width, work["heads"]) for _ in range(work["layers"]))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, work["vocabulary"], bias=False)
        for module in self.modules():
            if isinstance(module, (nn.Linear, nn.Embedding)):
                nn.init.normal_(module.weight, std=0.02)

    def forward(self, ids):
        x = self.token(ids) + self.position(torch.arange(ids.shape[1]))
        for block in self.blocks:
            x = checkpoint(block, x, use_reentrant=False) if self.checkpoint else block(x)
        return self.head(self.norm(x))

    def decode(self, ids, past, at):
        """Scores of the token after ids (1, T), which stand at the places from `at` on."""
        x = self.token(ids) + self.position(torch.arange(at, at + ids.shape[1]))
        for block, kept in zip(self.blocks, past):
            x = block(x, kept, at)
        return self.head(self.norm(x[:, -1]))


class Vit(nn.Module):
    def __init__(self, work):
        super().__init__()
        width, patch = work["width"], work["patch"]
        self.embed = nn.Conv2d(3, width, patch, stride=patch)
        self.token = nn.Parameter(0.02 * torch.randn(1, 1, width))
        self.position = nn.Parameter(0.02 * torch.randn((work["side"] // patch) ** 2 + 1, width))
        self.blocks = nn.ModuleList(Block(width, work["heads"], causal=False) for _ in range(work["layers"]))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, work["classes"])

    def forward(self, x):
        patches = self.embed(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(len(x), 1, -1), patches], 1) + self.position
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x)[:, 0])


class Residual(nn.Module):
    def __init__(self, before, after, stride):
        super().__init__()
        self.inner = nn.Sequential(*conv(before, after, 3, stride), nn.ReLU(), *conv(after, after, 3, 1))
        self.shortcut = nn.Sequential(*conv(before, after, 1, stride)) if before != after else nn.Identity()

    def forward(self, x):
        return F.relu(self.shortcut(x) + self.inner(x))


def conv(before, after, size, stride):
    return [nn.Conv2d(before, after, size, stride, padding=size // 2, bias=False), nn.BatchNorm2d(after)]


def resnet(work):
    widths = work["widths"]
    layers = [*conv(3, widths[0], 3, 1), nn.ReLU()]
    for stage, width in enumerate(widths):
        for block in range(work["blocks"]):
            first = block == 0 and stage > 0
            layers.append(Residual(widths[stage - 1] if first else width, width, 2 if first else 1))
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(widths[-1], work["classes"]))


class Recurrent(nn.Module):
    def __init__(self, work):
        super().__init__()
        self.layer = {"lstm": nn.LSTM, "gru": nn.GRU}[work["cell"]](work["inputs"], work["width"], batch_first=True)
        self.head = nn.Linear(work["width"], work["classes"])

    def forward(self, x):
        return self.head(self.layer(x)[0][:, -1])


def mlp(sizes, activation):
    layers = []
    for i, (before, after) in enumerate(zip(sizes, sizes[1:])):
        if i:
            layers.append({"relu": nn.ReLU, "tanh": nn.Tanh}[activation]())
        layers.append(nn.Linear(before, after))
    return layers


def network(work):
    """The module, its optimizer and a pool of batches (x, y)."""
    if work["kind"] == "mlp":
        model = nn.Sequential(*mlp(work["sizes"], work["activation"]))
        batch = lambda: (torch.rand(work["batch"], work["sizes"][0]), torch.randint(work["sizes"][-1], (work["batch"],)))
    elif work["kind"] == "cnn":
        layers = []
        side = work["side"]
        for before, after in zip(work["channels"], work["channels"][1:]):
            layers += [nn.Conv2d(before, after, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
            side //= 2
        flat = work["channels"][-1] * side * side
        model = nn.Sequential(*layers, nn.Flatten(), *mlp([flat, *work["sizes"]], "relu"))
        shape = (work["batch"], work["channels"][0], work["side"], work["side"])
        batch = lambda: (torch.rand(shape), torch.randint(work["sizes"][-1], (work["batch"],)))
    elif work["kind"] == "gpt":
        model = Gpt(work)
        ids = lambda: torch.randint(work["vocabulary"], (work["batch"], work["time"]))
        batch = lambda: (ids(), ids())
    else:
        model = {"resnet": resnet, "vit": Vit, "recurrent": Recurrent}[work["kind"]](work)
        shape = [work["time"], work["inputs"]] if work["kind"] == "recurrent" else [3, work["side"], work["side"]]
        batch = lambda: (torch.rand(work["batch"], *shape), torch.randint(work["classes"], (work["batch"],)))
    kind = torch.optim.AdamW if work["kind"] in ("gpt", "vit") else torch.optim.Adam
    return model, kind(model.parameters()), [batch() for _ in range(POOL)]
