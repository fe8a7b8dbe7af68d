"""The works in JAX: each function gives one call of a work."""

import jax
import jax.numpy as jnp
import numpy

from jax_models import average, block, convolve, gpt_parameters, network, norm, normal, uniform
from serve import POOL, turns


def updated(p, m, v, g, t, decay):
    """Adam, or AdamW where weights decay."""
    m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
    step = m / (1 - 0.9**t) / (jnp.sqrt(v / (1 - 0.999**t)) + 1e-8)
    return p - 1e-3 * (step + decay * p), m, v


def training(work):
    p, kept, forward, batch = network(work)
    decay = 0.01 if work["kind"] in ("gpt", "vit") else 0.0

    def loss(p, kept, x, y):
        scores, kept = forward(p, kept, x, True)
        scores = jax.nn.log_softmax(scores).reshape(y.size, -1)
        return -scores[jnp.arange(y.size), y.reshape(-1)].mean(), kept

    def run(p, m, v, kept, t, x, y):
        (value, kept), g = jax.value_and_grad(loss, has_aux=True)(p, kept, x, y)
        leaves, form = jax.tree.flatten(p)
        new = [updated(*all, t, decay) for all in zip(leaves, *map(jax.tree.leaves, (m, v, g)))]
        return value, *(form.unflatten(part) for part in zip(*new)), kept

    run = jax.jit(run, donate_argnums=(0, 1, 2, 3))
    state = [p, jax.tree.map(jnp.zeros_like, p), jax.tree.map(jnp.zeros_like, p), kept]
    following = turns([batch() for _ in range(POOL)])
    done = 0

    def step():
        nonlocal state, done
        done += 1
        value, *state = run(*state, jnp.float32(done), *following())
        return float(value)

    return step


def inference(work):
    p, kept, forward, batch = network(work["of"])
    run = jax.jit(lambda p, kept, x: forward(p, kept, x, False)[0])
    following = turns([batch()[0] for _ in range(POOL)])
    return lambda: float(run(p, kept, following()).ravel()[0])


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


KINDS = {"conv": convolution, "matmul": product, "adam": adam, "inference": inference, "decode": decode}


def begin(work):
    return KINDS.get(work["kind"], training)(work)
