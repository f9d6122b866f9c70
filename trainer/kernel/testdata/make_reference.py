"""Writes what PyTorch makes of three small transformers, for reference_test.go.

    python3 make_reference.py

Needs PyTorch and NumPy. Everything is computed in float64 on the CPU, so the
files don't depend on the machine beyond rounding; they hold float32. Params
start from numbers that a few lines of code give in any language (see
`values`), so only what comes out is stored: the first step's logits, loss,
gradients and norm of gradients, and the losses of ten steps.
"""

import json
import math
import pathlib
import struct

import torch
import torch.nn.functional as F

LAYERS, WIDTH, MLP, VOCAB, HEADS = 2, 32, 128, 11, 4
LENGTHS = (12, 7, 12)
RATE, DECAY, CLIP, STEPS = 3e-3, 0.1, 0.5, 10
MASK = (1 << 64) - 1


def mix(seed, i):
    """Output i of SplitMix64 seeded with seed."""
    z = (seed + (i + 1) * 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ z >> 27) * 0x94D049BB133111EB) & MASK
    return z ^ z >> 31


def values(seed, shape):
    """Multiples of 2^-24 between -0.25 and 0.25; around 1 for norms' gains."""
    count = math.prod(shape)
    flat = [((mix(seed, i) >> 40) / 2**24 - 0.5) / 2 for i in range(count)]
    return torch.tensor(flat, dtype=torch.float64).reshape(shape)


def shapes(kind):
    """Names and shapes of the params, in their order."""
    llama = kind == "llama"
    kv = 2 if llama else HEADS
    qkv = (HEADS + 2 * kv) * (WIDTH // HEADS)

    def linear(name, rows, columns):
        yield name + ".weight", (rows, columns)
        if not llama:
            yield name + ".bias", (rows,)

    def norm(name):
        yield name + ".weight", (WIDTH,)
        if not llama:
            yield name + ".bias", (WIDTH,)

    yield "tokens", (VOCAB, WIDTH)
    if not llama:
        yield "positions", (max(LENGTHS), WIDTH)
    for i in range(LAYERS):
        at = f"layers.{i}."
        yield from norm(at + "norm1")
        yield from linear(at + "qkv", qkv, WIDTH)
        yield from linear(at + "out", WIDTH, WIDTH)
        yield from norm(at + "norm2")
        yield from linear(at + "up", 2 * MLP if llama else MLP, WIDTH)
        yield from linear(at + "down", WIDTH, MLP)
    yield from norm("norm")
    yield "head.weight", (VOCAB, WIDTH)


def rotate(x):
    """Turns heads, (heads, tokens, width), by their positions, as Llama does."""
    half = x.shape[-1] // 2
    speed = 10000.0 ** (-torch.arange(half, dtype=torch.float64) / half)
    angle = torch.arange(x.shape[-2], dtype=torch.float64)[:, None] * speed
    a, b = x[..., :half], x[..., half:]
    return torch.cat((a * angle.cos() - b * angle.sin(), b * angle.cos() + a * angle.sin()), -1)


def forward(kind, p, tokens):
    """Logits of one sequence."""
    llama, head = kind == "llama", WIDTH // HEADS
    kv = 2 if llama else HEADS

    def norm(x, name):
        if llama:
            return F.rms_norm(x, (WIDTH,), p[name + ".weight"], 1e-5)
        return F.layer_norm(x, (WIDTH,), p[name + ".weight"], p[name + ".bias"], 1e-5)

    def linear(x, name):
        return F.linear(x, p[name + ".weight"], p.get(name + ".bias"))

    x = p["tokens"][tokens]
    if not llama:
        x = x + p["positions"][: len(tokens)]
    for i in range(LAYERS):
        at = f"layers.{i}."
        y = linear(norm(x, at + "norm1"), at + "qkv").view(len(tokens), -1, head).transpose(0, 1)
        q, k, v = y.split((HEADS, kv, kv))
        if llama:
            q, k = rotate(q), rotate(k)
        k, v = (z.repeat_interleave(HEADS // kv, 0) for z in (k, v))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + linear(y.transpose(0, 1).reshape(len(tokens), WIDTH), at + "out")
        y = linear(norm(x, at + "norm2"), at + "up")
        if llama:
            y = F.silu(y[:, :MLP]) * y[:, MLP:]
        elif kind == "gpt2":
            y = F.gelu(y, approximate="tanh")
        else:
            y = F.relu(y)
        x = x + linear(y, at + "down")
    return linear(norm(x, "norm"), "head")


def write(path, tensors):
    """Writes a safetensors file of float32."""
    header, data = {}, b""
    for name, tensor in tensors.items():
        raw = tensor.detach().to(torch.float32).contiguous().numpy().tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def reference(kind):
    """All that reference_test.go compares with."""
    params = {}
    for seed, (name, shape) in enumerate(shapes(kind)):
        value = values(seed, shape)
        if "norm" in name and name.endswith("weight"):
            value = value + 1
        params[name] = value.requires_grad_()
    tokens = [mix(100, i) % VOCAB for i in range(sum(LENGTHS))]
    targets = [mix(200, i) % (VOCAB + 1) - 1 for i in range(sum(LENGTHS))]  # -1 is left out
    sequences = torch.tensor(tokens).split(LENGTHS)
    matrices = [p for p in params.values() if p.dim() > 1]
    vectors = [p for p in params.values() if p.dim() == 1]
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": DECAY}, {"params": vectors, "weight_decay": 0.0}], lr=RATE
    )
    out, losses = {}, []
    for step in range(STEPS):
        optimizer.zero_grad()
        logits = torch.cat([forward(kind, params, s) for s in sequences])
        loss = F.cross_entropy(logits, torch.tensor(targets), ignore_index=-1)
        loss.backward()
        losses.append(loss.item())
        if step == 0:
            out["logits"] = logits.clone()
            out.update({"gradients." + name: p.grad.clone() for name, p in params.items()})
        norm = torch.nn.utils.clip_grad_norm_(params.values(), CLIP)
        if step == 0:
            out["norm"] = norm.reshape(1).clone()
        optimizer.step()
    out["losses"] = torch.tensor(losses)
    return out


if __name__ == "__main__":
    for kind in ("gpt2", "llama", "opt"):
        write(pathlib.Path(__file__).parent / f"{kind}.safetensors", reference(kind))
