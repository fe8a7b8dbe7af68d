"""The child's side of the protocol in Python: one JSON request a line, one JSON line in answer. See bench/peers/protocol.ts."""

import json
import os
import resource
import sys
import time

POOL = 4  # batches that take turns


def turns(items):
    """Goes round a list."""
    turn = 0

    def following():
        nonlocal turn
        turn += 1
        return items[(turn - 1) % len(items)]

    return following


def random_ids(count, below, seed=1):
    """Whole numbers in [0, below), those of randomIds in bench/peers/serve.ts."""
    ids = []
    for _ in range(count):
        seed = (seed * 1664525 + 1013904223) % 2**32
        ids.append((seed >> 8) * below >> 24)
    return ids


def milliseconds(run):
    start = time.perf_counter()
    value = run()
    return (time.perf_counter() - start) * 1000, value


def peak_mb():
    """The most memory this process ever had; see bench/peers/serve.ts."""
    if sys.platform != "linux":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 1024)
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) / 1024


def serve(load):
    """`load(threads)` imports the library and gives its version and `begin(work)`, which gives one call of a work."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever the library prints goes to the error output
    step = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["do"] == "setup":
                version, begin = load(request["threads"])
                start = time.perf_counter()
                step = begin(request["work"])
                value = step()
                answer = {"version": version, "firstCallMs": (time.perf_counter() - start) * 1000, "value": value}
            elif request["do"] == "step":
                made = [milliseconds(step) for _ in range(request["n"])]
                answer = {"ms": [ms for ms, _ in made], "value": made[-1][1]}
            else:
                answer = {"peakMb": peak_mb()}
        except NotImplementedError as error:
            answer = {"error": str(error)}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)
