"""Times the training step of the yardstick here and in PyTorch (or JAX).

    python3 trainer/kernel/benchmarks/yardstick.py [--json] [--rounds 5] [--steps 5]

The step is BenchmarkTrainingStep's: 3 layers, width 128, 1 or 4 heads, an MLP
four times as wide with GELU, 60 tokens, 128 sequences, the cross-entropy of 6
choices, float32; forward, backward, clipping and AdamW. Each round runs ours
and theirs one after the other, with the same number of threads, so that what
else the machine does meets both. The table shows each side's fastest round,
their ratio, the median of the rounds' ratios, and the memory that steps take.
Needs Go, and PyTorch or else JAX.
"""

import argparse
import json
import os
import pathlib
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time

LAYERS, WIDTH, MLP, TOKENS, BATCH, CHOICES = 3, 128, 512, 60, 128, 6
RATE, DECAY, CLIP = 1e-4, 0.01, 1.0
WARM_UP = 3
ROOT = pathlib.Path(__file__).resolve().parents[3]


def torch_step(threads, heads):
    """A function that trains one step with PyTorch."""
    import torch
    from torch import nn
    from torch.nn import functional as F

    torch.set_num_threads(threads)
    torch.manual_seed(1)

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
            self.qkv, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
            self.up, self.down = nn.Linear(WIDTH, MLP), nn.Linear(MLP, WIDTH)

        def forward(self, x):
            q, k, v = (
                y.view(BATCH, TOKENS, heads, WIDTH // heads).transpose(1, 2)
                for y in self.qkv(self.norm1(x)).split(WIDTH, 2)
            )
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + self.out(y.transpose(1, 2).reshape(BATCH, TOKENS, WIDTH))
            return x + self.down(F.gelu(self.up(self.norm2(x))))

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.tokens, self.positions = nn.Embedding(CHOICES, WIDTH), nn.Embedding(TOKENS, WIDTH)
            self.blocks = nn.Sequential(*(Block() for _ in range(LAYERS)))
            self.norm, self.head = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, CHOICES, bias=False)
            self.register_buffer("places", torch.arange(TOKENS))

        def forward(self, x):
            return self.head(self.norm(self.blocks(self.tokens(x) + self.positions(self.places))))

    model = Model()
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=DECAY)
    tokens, targets = (torch.randint(0, CHOICES, (BATCH, TOKENS)) for _ in range(2))

    def step():
        optimizer.zero_grad()
        loss = F.cross_entropy(model(tokens).view(-1, CHOICES), targets.view(-1))
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimizer.step()
        return loss.item()

    return step, f"PyTorch {torch.__version__}"


def jax_step(threads, heads):
    """A function that trains one step with JAX, compiled."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    os.environ["JAX_PLATFORMS"] = "cpu"
    import jax
    import jax.numpy as jnp

    random = iter(jax.random.split(jax.random.key(1), 100))

    def linear(rows, columns):
        return {"w": 0.08 * jax.random.normal(next(random), (columns, rows)), "b": jnp.zeros(rows)}

    def norm():
        return {"w": jnp.ones(WIDTH), "b": jnp.zeros(WIDTH)}

    params = {
        "tokens": 0.08 * jax.random.normal(next(random), (CHOICES, WIDTH)),
        "positions": 0.08 * jax.random.normal(next(random), (TOKENS, WIDTH)),
        "blocks": [
            {
                "norm1": norm(), "qkv": linear(3 * WIDTH, WIDTH), "out": linear(WIDTH, WIDTH),
                "norm2": norm(), "up": linear(MLP, WIDTH), "down": linear(WIDTH, MLP),
            }
            for _ in range(LAYERS)
        ],
        "norm": norm(),
        "head": linear(CHOICES, WIDTH)["w"],
    }  # fmt: skip
    tokens, targets = (jax.random.randint(next(random), (BATCH, TOKENS), 0, CHOICES) for _ in range(2))
    mask = jnp.tril(jnp.ones((TOKENS, TOKENS), bool))

    def apply(p, x):
        return x @ p["w"] + p["b"]

    def normed(p, x):
        return (x - x.mean(-1, keepdims=True)) * jax.lax.rsqrt(x.var(-1, keepdims=True) + 1e-5) * p["w"] + p["b"]

    def loss_of(p):
        x = p["tokens"][tokens] + p["positions"]
        for block in p["blocks"]:
            qkv = apply(block["qkv"], normed(block["norm1"], x)).reshape(BATCH, TOKENS, 3, heads, -1)
            q, k, v = qkv[:, :, 0], qkv[:, :, 1], qkv[:, :, 2]
            scores = jnp.einsum("bqhd,bkhd->bhqk", q, k) / (WIDTH // heads) ** 0.5
            weights = jax.nn.softmax(jnp.where(mask, scores, -jnp.inf))
            y = jnp.einsum("bhqk,bkhd->bqhd", weights, v).reshape(BATCH, TOKENS, WIDTH)
            x = x + apply(block["out"], y)
            y = jax.nn.gelu(apply(block["up"], normed(block["norm2"], x)), approximate=False)
            x = x + apply(block["down"], y)
        logits = jax.nn.log_softmax(normed(p["norm"], x) @ p["head"])
        return -jnp.take_along_axis(logits, targets[..., None], -1).mean()

    @jax.jit
    def update(p, first, second, n):
        loss, g = jax.value_and_grad(loss_of)(p)
        length = jnp.sqrt(sum(jnp.sum(x * x) for x in jax.tree.leaves(g)))
        g = jax.tree.map(lambda x: x * jnp.minimum(1, CLIP / (length + 1e-6)), g)
        first = jax.tree.map(lambda m, x: 0.9 * m + 0.1 * x, first, g)
        second = jax.tree.map(lambda v, x: 0.999 * v + 0.001 * x * x, second, g)
        p = jax.tree.map(
            lambda x, m, v: x * (1 - RATE * DECAY) - RATE * m / (1 - 0.9**n) / (jnp.sqrt(v / (1 - 0.999**n)) + 1e-8),
            p, first, second,
        )  # fmt: skip
        return loss, p, first, second

    zeros = jax.tree.map(jnp.zeros_like, params)
    state = [params, zeros, zeros, 0]

    def step():
        loss, *state[:3] = update(state[0], state[1], state[2], state[3] + 1.0)
        state[3] += 1
        return float(loss)

    return step, f"JAX {jax.__version__}"


def child(threads, heads, steps):
    """Times steps of whichever framework there is, and prints them as JSON."""
    try:
        step, name = torch_step(threads, heads)
    except ImportError:
        step, name = jax_step(threads, heads)
    before = peak()
    for _ in range(WARM_UP):
        step()
    begin = time.perf_counter()
    for _ in range(steps):
        step()
    seconds = (time.perf_counter() - begin) / steps
    print(json.dumps({"name": name, "seconds": seconds, "megabytes": peak() - before}))


def peak():
    """The most memory that this process has held, in megabytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def theirs(threads, heads, steps):
    """What one of their runs took, and who they are."""
    numbers = {"--threads": threads, "--heads": heads, "--steps": steps}
    command = [sys.executable, __file__, "--child", *(str(x) for pair in numbers.items() for x in pair)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def ours(binary, backend, threads, heads, steps):
    """What one of our runs took; None where there is no such backend."""
    pattern = f"^BenchmarkTrainingStep$/^backend={backend}$/^heads={heads}$/^workers={threads}$"
    out = subprocess.run(
        [binary, "-test.run", "^$", "-test.bench", pattern, "-test.benchtime", f"{steps}x"],
        check=True, capture_output=True, text=True, cwd=ROOT / "trainer" / "kernel",
    ).stdout  # fmt: skip
    found = {unit: float(number) for number, unit in re.findall(r"([\d.]+) (ns/op|MB|allocs/op)", out)}
    if not found:
        return None
    return {"seconds": found["ns/op"] / 1e9, "megabytes": found["MB"], "allocations": found["allocs/op"]}


def row(backend, heads, threads, ours, theirs):
    """Our runs beside theirs, round by round."""
    mine, other = ([run["seconds"] for run in runs] for runs in (ours, theirs))
    return {
        "backend": backend,
        "heads": heads,
        "threads": threads,
        "framework": theirs[0]["name"],
        "ours_fastest_ms": 1000 * min(mine),
        "ours_median_ms": 1000 * statistics.median(mine),
        "theirs_fastest_ms": 1000 * min(other),
        "theirs_median_ms": 1000 * statistics.median(other),
        "ratio": min(mine) / min(other),
        "paired_ratio": statistics.median(a / b for a, b in zip(mine, other)),
        "tokens_per_second": BATCH * TOKENS / min(mine),
        "allocations_per_step": ours[0]["allocations"],
        "ours_megabytes": ours[0]["megabytes"],
        "theirs_megabytes": max(run["megabytes"] for run in theirs),
    }


def measure(rounds, steps):
    """One row for each backend, number of threads and number of heads."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        binary = os.path.join(folder, "kernel.test")
        subprocess.run(["go", "test", "-c", "-o", binary, "./trainer/kernel"], check=True, cwd=ROOT)
        backends = [b for b in ("openblas", "go") if ours(binary, b, 1, 1, 1)]
        for heads in (1, 4):
            for threads in (1, 2):
                runs = {who: [] for who in ["theirs", *backends]}
                for _ in range(rounds):
                    for backend in backends:
                        runs[backend].append(ours(binary, backend, threads, heads, steps))
                    runs["theirs"].append(theirs(threads, heads, steps))
                for backend in backends:
                    rows.append(row(backend, heads, threads, runs[backend], runs["theirs"]))
                print(".", end="", flush=True, file=sys.stderr)
    print(file=sys.stderr)
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="how often each side runs (default 5)")
    parser.add_argument("--steps", type=int, default=5, help="training steps of one run (default 5)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    for hidden in ("--threads", "--heads"):
        parser.add_argument(hidden, type=int, help=argparse.SUPPRESS)
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        child(args.threads, args.heads, args.steps)
        return
    rows = measure(args.rounds, args.steps)
    if args.json:
        print(json.dumps(rows, indent=2))
        return
    columns = {
        "backend": "", "heads": "", "threads": "", "ours_fastest_ms": ".1f", "theirs_fastest_ms": ".1f", "ratio": ".2f",
        "paired_ratio": ".2f", "tokens_per_second": ".0f", "allocations_per_step": ".0f",
        "ours_megabytes": ".1f", "theirs_megabytes": ".1f",
    }  # fmt: skip
    widths = {name: max(len(name), 8) for name in columns}
    print("  ".join(f"{name:>{widths[name]}}" for name in columns))
    for r in rows:
        print("  ".join(f"{r[name]:>{widths[name]}{form}}" for name, form in columns.items()))
    print(f"theirs: {rows[0]['framework']}")


if __name__ == "__main__":
    main()
