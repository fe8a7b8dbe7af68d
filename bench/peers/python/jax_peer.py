"""JAX: pure functions of arrays through jit; one program for loss, gradients and Adam, which takes over the memory of the old weights."""

import os

import numpy

from serve import POOL, serve, turns

jax = jnp = None  # imported when the number of threads is known


def load(threads):
    global jax, jnp
    # XLA starts a thread for each core it may run on
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    import jax as loaded

    jax, jnp = loaded, loaded.numpy
    return jax.__version__, begin


def begin(work):
    kinds = {"mlp": training, "cnn": training, "gpt": training, "inference": inference, "decode": decode}
    kind = {**kinds, "conv": convolution, "matmul": product, "adam": adam}.get(work["kind"])
    if kind is None or (work["kind"] == "inference" and work["of"]["kind"] not in NETWORKS):
        raise NotImplementedError("not written for JAX")
    return kind(work)


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
    """Parameters, the function of them and a batch, and how a batch is made: so for every network."""
    activation = {"relu": jax.nn.relu, "tanh": jnp.tanh}[work["activation"]]
    batch = lambda: (uniform(work["batch"], work["sizes"][0]), ids(work["sizes"][-1], work["batch"]))
    return stack(work["sizes"]), lambda p, x: layered(p, x, activation), batch


def convolve(x, w):
    return jax.lax.conv_general_dilated(x, w, (1, 1), "SAME", dimension_numbers=("NCHW", "OIHW", "NCHW"))


def cnn(work):
    channels, side = work["channels"], work["side"]
    flat = channels[-1] * (side >> (len(channels) - 1)) ** 2
    filters = [
        {"w": normal((9 * before) ** -0.5, after, before, 3, 3), "b": jnp.zeros((after, 1, 1))}
        for before, after in zip(channels, channels[1:])
    ]

    def forward(p, x):
        for f in p["filters"]:
            x = jax.nn.relu(convolve(x, f["w"]) + f["b"])
            x = jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")
        return layered(p["head"], x.reshape(len(x), -1), jax.nn.relu)

    batch = lambda: (uniform(work["batch"], channels[0], side, side), ids(work["sizes"][-1], work["batch"]))
    return {"filters": filters, "head": stack([flat, *work["sizes"]])}, forward, batch


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


def average(q, k, v, visible):
    scores = jnp.einsum("nhtd,nhsd->nhts", q, k) * q.shape[-1] ** -0.5
    return jnp.einsum("nhts,nhsd->nhtd", jax.nn.softmax(jnp.where(visible, scores, -1e30)), v)


def gpt_parameters(work):
    width = work["width"]
    scaled = lambda: {"scale": jnp.ones(width), "shift": jnp.zeros(width)}
    part = lambda before, after: linear(before, after, 0.02)
    blocks = [
        {
            **{"norm1": scaled(), "qkv": part(width, 3 * width), "project": part(width, width)},
            **{"norm2": scaled(), "up": part(width, 4 * width), "down": part(4 * width, width)},
        }
        for _ in range(work["layers"])
    ]
    tables = {"token": normal(0.02, work["vocabulary"], width), "position": normal(0.02, work["time"], width)}
    return {**tables, "blocks": blocks, "norm": scaled(), "head": normal(0.02, width, work["vocabulary"])}


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


NETWORKS = {"mlp": mlp, "cnn": cnn, "gpt": gpt}


def updated(p, m, v, g, t, decay):
    """Adam, or AdamW where weights decay."""
    m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
    step = m / (1 - 0.9**t) / (jnp.sqrt(v / (1 - 0.999**t)) + 1e-8)
    return p - 1e-3 * (step + decay * p), m, v


def training(work):
    p, forward, batch = NETWORKS[work["kind"]](work)
    decay = 0.01 if work["kind"] == "gpt" else 0.0

    def loss(p, x, y):
        scores = jax.nn.log_softmax(forward(p, x)).reshape(y.size, -1)
        return -scores[jnp.arange(y.size), y.reshape(-1)].mean()

    def run(p, m, v, t, x, y):
        value, g = jax.value_and_grad(loss)(p, x, y)
        leaves, form = jax.tree.flatten(p)
        new = [updated(*all, t, decay) for all in zip(leaves, *map(jax.tree.leaves, (m, v, g)))]
        return value, *(form.unflatten(part) for part in zip(*new))

    run = jax.jit(run, donate_argnums=(0, 1, 2))
    state = [p, jax.tree.map(jnp.zeros_like, p), jax.tree.map(jnp.zeros_like, p)]
    following = turns([batch() for _ in range(POOL)])
    done = 0

    def step():
        nonlocal state, done
        done += 1
        value, *state = run(*state, jnp.float32(done), *following())
        return float(value)

    return step


def inference(work):
    p, forward, batch = NETWORKS[work["of"]["kind"]](work["of"])
    run = jax.jit(forward)
    following = turns([batch()[0] for _ in range(POOL)])
    return lambda: float(run(p, following()).ravel()[0])


def decode(work):
    """Keys and values in memory as long as the model's places, written in place: one program for every length."""
    of, last = work["of"], work["length"] - 1
    p, heads, places = gpt_parameters(of), of["heads"], of["time"]

    def run(p, past, token, at):
        h = (p["token"][token] + p["position"][at]).reshape(1, 1, -1)
        visible = jnp.arange(places) <= at
        made = []
        for b, kept in zip(p["blocks"], past):

            def attend(q, k, v):
                now = [jax.lax.dynamic_update_slice(old, new, (0, 0, at, 0)) for old, new in zip(kept, (k, v))]
                return average(q, *now, visible), now

            h, now = block(b, h, heads, attend)
            made.append(now)
        return (norm(p["norm"], h) @ p["head"]).ravel(), made

    run = jax.jit(run, donate_argnums=1)
    shape = (1, heads, places, of["width"] // heads)
    past = [[normal(1, *shape), normal(1, *shape)] for _ in range(of["layers"])]
    token = 0

    def step():
        nonlocal past, token
        scores, past = run(p, past, token, last)
        scores = numpy.asarray(scores)
        token = int(scores.argmax())
        return float(scores[0])

    return step


def convolution(work):
    shape = (work["batch"], work["channels"], work["side"], work["side"])
    x, g, w = uniform(*shape), uniform(*shape), uniform(work["channels"], work["channels"], 3, 3)
    run = {
        "forward": convolve,
        "dX": lambda x, w: jax.vjp(lambda a: convolve(a, w), x)[1](g)[0],
        "dW": lambda x, w: jax.vjp(lambda a: convolve(x, a), w)[1](g)[0],
    }[work["pass"]]
    run = jax.jit(run)
    return lambda: float(run(x, w).ravel()[0])


def product(work):
    a, b = uniform(work["size"], work["size"]), uniform(work["size"], work["size"])
    run = jax.jit(jnp.matmul)
    return lambda: float(run(a, b)[0, 0])


def adam(work):
    state = [uniform(work["size"]), jnp.zeros(work["size"]), jnp.zeros(work["size"])]
    g = uniform(work["size"])
    run = jax.jit(lambda p, m, v, g, t: updated(p, m, v, g, t, 0.0), donate_argnums=(0, 1, 2))
    done = 0

    def step():
        nonlocal state, done
        done += 1
        state = run(*state, g, jnp.float32(done))
        return float(state[0][0])

    return step


serve(load)
