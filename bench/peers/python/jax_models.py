"""The models of the works in JAX: parameters, and functions of them."""

import jax
import jax.numpy as jnp
import numpy

random = numpy.random.default_rng(0)


def uniform(*shape):
    return jnp.asarray(random.random(shape, dtype=numpy.float32))


def normal(deviation, *shape):
    return jnp.asarray(deviation * random.standard_normal(shape, dtype=numpy.float32))


def ids(below, *shape):
    return jnp.asarray(random.integers(below, size=shape, dtype=numpy.int32))


def linear(before, after, deviation=None):
    return {"w": normal(deviation or before**-0.5, before, after), "b": jnp.zeros(after)}


def apply(p, x):
    return x @ p["w"] + p["b"]


def stack(sizes):
    return [linear(before, after) for before, after in zip(sizes, sizes[1:])]


def layered(ps, x, activation):
    for i, p in enumerate(ps):
        x = apply(p, activation(x) if i else x)
    return x


def mlp(work):
    activation = {"relu": jax.nn.relu, "tanh": jnp.tanh}[work["activation"]]
    batch = lambda: (uniform(work["batch"], work["sizes"][0]), ids(work["sizes"][-1], work["batch"]))
    return stack(work["sizes"]), lambda p, x: layered(p, x, activation), batch


def convolve(x, w, stride=1):
    padding = [(w.shape[-1] // 2,) * 2] * 2
    return jax.lax.conv_general_dilated(x, w, (stride, stride), padding, dimension_numbers=("NCHW", "OIHW", "NCHW"))


def filters(before, after, size):
    return normal((size * size * before) ** -0.5, after, before, size, size)


def cnn(work):
    channels, side = work["channels"], work["side"]
    flat = channels[-1] * (side >> (len(channels) - 1)) ** 2
    layers = [
        {"w": filters(before, after, 3), "b": jnp.zeros((after, 1, 1))} for before, after in zip(channels, channels[1:])
    ]

    def forward(p, x):
        for layer in p["layers"]:
            x = jax.nn.relu(convolve(x, layer["w"]) + layer["b"])
            x = jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")
        return layered(p["head"], x.reshape(len(x), -1), jax.nn.relu)

    batch = lambda: (uniform(work["batch"], channels[0], side, side), ids(work["sizes"][-1], work["batch"]))
    return {"layers": layers, "head": stack([flat, *work["sizes"]])}, forward, batch


def pictures(work):
    return lambda: (uniform(work["batch"], 3, work["side"], work["side"]), ids(work["classes"], work["batch"]))


def batch_norm(p, kept, x, training):
    """The batch's mean and variance when training, the running ones otherwise; gives the new running ones too."""
    mean, variance = kept
    if training:
        mean, variance = x.mean((0, 2, 3)), x.var((0, 2, 3))
        count = x.size // x.shape[1]
        kept = [0.9 * old + 0.1 * new for old, new in zip(kept, (mean, variance * count / (count - 1)))]
    scale = p["scale"] * jax.lax.rsqrt(variance + 1e-5)
    wide = lambda z: z[:, None, None]
    return x * wide(scale) + wide(p["shift"] - mean * scale), kept


def resnet(work):
    """Running means and variances go in and come out beside the parameters."""
    widths = work["widths"]
    p, kept, plan = {}, {}, []

    def conv(name, before, after, size):
        p[name] = {"w": filters(before, after, size), "scale": jnp.ones(after), "shift": jnp.zeros(after)}
        kept[name] = [jnp.zeros(after), jnp.ones(after)]

    conv("first", 3, widths[0], 3)
    for stage, width in enumerate(widths):
        for place in range(work["blocks"]):
            name, smaller = f"{stage}.{place}", place == 0 and stage > 0
            before = widths[stage - 1] if smaller else width
            conv(f"{name}.1", before, width, 3)
            conv(f"{name}.2", width, width, 3)
            if smaller:
                conv(f"{name}.shortcut", before, width, 1)
            plan.append((name, smaller))
    p["head"] = linear(widths[-1], work["classes"])

    def forward(p, kept, x, training):
        new = {}

        def normed(name, x, stride=1):
            y, new[name] = batch_norm(p[name], kept[name], convolve(x, p[name]["w"], stride), training)
            return y

        x = jax.nn.relu(normed("first", x))
        for name, smaller in plan:
            stride = 2 if smaller else 1
            inner = normed(f"{name}.2", jax.nn.relu(normed(f"{name}.1", x, stride)))
            x = jax.nn.relu(inner + (normed(f"{name}.shortcut", x, stride) if smaller else x))
        return apply(p["head"], x.mean((2, 3))), new

    return p, kept, forward, pictures(work)


def lstm_cell(h, c, x, w, b):
    """Gates in PyTorch's order: input, forget, cell, output. `x` is the input's product, made for all times at once."""
    i, f, g, o = jnp.split(x + h @ w + b, 4, -1)
    c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
    return jax.nn.sigmoid(o) * jnp.tanh(c), c


def gru_cell(h, c, x, w, b):
    """Gates in PyTorch's order: reset, update, new; the reset gate is applied after the product."""
    (xr, xz, xn), (hr, hz, hn) = jnp.split(x, 3, -1), jnp.split(h @ w + b, 3, -1)
    z = jax.nn.sigmoid(xz + hz)
    return (1 - z) * jnp.tanh(xn + jax.nn.sigmoid(xr + hr) * hn) + z * h, c


def recurrent(work):
    cell, gates = {"lstm": (lstm_cell, 4), "gru": (gru_cell, 3)}[work["cell"]]
    width = work["width"]
    parts = {"input": linear(work["inputs"], gates * width), "hidden": linear(width, gates * width)}

    def forward(p, x):
        start = jnp.zeros((len(x), width))
        step = lambda past, x: (cell(*past, x, p["hidden"]["w"], p["hidden"]["b"]), None)
        (h, _), _ = jax.lax.scan(step, (start, start), apply(p["input"], x.swapaxes(0, 1)))
        return apply(p["head"], h)

    batch = lambda: (uniform(work["batch"], work["time"], work["inputs"]), ids(work["classes"], work["batch"]))
    return {**parts, "head": linear(width, work["classes"])}, forward, batch


def norm(p, x):
    centred = x - x.mean(-1, keepdims=True)
    return centred * jax.lax.rsqrt((centred * centred).mean(-1, keepdims=True) + 1e-5) * p["scale"] + p["shift"]


def block(p, x, heads, attend):
    """`attend` mixes q, k and v, each (N, H, T, D)."""
    n, t, d = x.shape
    apart = lambda z: z.reshape(n, t, heads, d // heads).transpose(0, 2, 1, 3)
    q, k, v = (apart(z) for z in jnp.split(apply(p["qkv"], norm(p["norm1"], x)), 3, -1))
    mixed, kept = attend(q, k, v)
    x = x + apply(p["project"], mixed.transpose(0, 2, 1, 3).reshape(n, t, d))
    return x + apply(p["down"], jax.nn.gelu(apply(p["up"], norm(p["norm2"], x)), approximate=False)), kept


def average(q, k, v, visible=True):
    scores = jnp.einsum("nhtd,nhsd->nhts", q, k) * q.shape[-1] ** -0.5
    return jnp.einsum("nhts,nhsd->nhtd", jax.nn.softmax(jnp.where(visible, scores, -1e30)), v)


def scaled(width):
    return {"scale": jnp.ones(width), "shift": jnp.zeros(width)}


def block_parameters(width):
    part = lambda before, after: linear(before, after, 0.02)
    return {
        **{"norm1": scaled(width), "qkv": part(width, 3 * width), "project": part(width, width)},
        **{"norm2": scaled(width), "up": part(width, 4 * width), "down": part(4 * width, width)},
    }


def gpt_parameters(work):
    width = work["width"]
    blocks = [block_parameters(width) for _ in range(work["layers"])]
    tables = {"token": normal(0.02, work["vocabulary"], width), "position": normal(0.02, work["time"], width)}
    return {**tables, "blocks": blocks, "norm": scaled(width), "head": normal(0.02, width, work["vocabulary"])}


def gpt(work):
    heads, time = work["heads"], work["time"]
    one = lambda p, x: block(p, x, heads, lambda q, k, v: (average(q, k, v, jnp.tri(time, dtype=bool)), None))[0]
    if work.get("checkpoint"):
        one = jax.checkpoint(one)

    def forward(p, x):
        h = p["token"][x] + p["position"]
        for b in p["blocks"]:
            h = one(b, h)
        return norm(p["norm"], h) @ p["head"]

    batch = lambda: (ids(work["vocabulary"], work["batch"], time), ids(work["vocabulary"], work["batch"], time))
    return gpt_parameters(work), forward, batch


def vit(work):
    width, patch, heads = work["width"], work["patch"], work["heads"]
    places = (work["side"] // patch) ** 2
    p = {
        **{"embed": linear(3 * patch * patch, width), "token": normal(0.02, 1, 1, width)},
        **{"position": normal(0.02, places + 1, width), "norm": scaled(width), "head": linear(width, work["classes"])},
        "blocks": [block_parameters(width) for _ in range(work["layers"])],
    }

    def forward(p, x):
        n, side = len(x), work["side"] // patch
        # patches do not overlap: a convolution with their size as stride is one product
        patches = x.reshape(n, 3, side, patch, side, patch).transpose(0, 2, 4, 1, 3, 5).reshape(n, places, -1)
        token = jnp.broadcast_to(p["token"], (n, 1, width))
        h = jnp.concatenate([token, apply(p["embed"], patches)], 1) + p["position"]
        for b in p["blocks"]:
            h, _ = block(b, h, heads, lambda q, k, v: (average(q, k, v), None))
        return apply(p["head"], norm(p["norm"], h)[:, 0])

    return p, forward, pictures(work)


STATELESS = {"mlp": mlp, "cnn": cnn, "gpt": gpt, "vit": vit, "recurrent": recurrent}


def network(work):
    """Parameters, what is kept beside them from step to step, forward(p, kept, x, training) -> (scores, kept), and how a batch is made."""
    if work["kind"] == "resnet":
        return resnet(work)
    p, forward, batch = STATELESS[work["kind"]](work)
    return p, [], lambda p, kept, x, training: (forward(p, x), kept), batch
