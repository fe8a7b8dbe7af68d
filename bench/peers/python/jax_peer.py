"""JAX: pure functions of arrays through jit; one program for loss, gradients and Adam, which takes over the memory of the old weights."""

import os

from serve import serve


def load(threads):
    # XLA starts a thread for each core it may run on, so JAX is imported when their number is known
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    import jax
    from jax_works import begin

    return jax.__version__, begin


serve(load)
