"""Runs small transformers of published families in PyTorch, for reference_test.go.

    python make_reference.py

writes FAMILY.safetensors for each: weights with the names and shapes of the
family's published checkpoints, random, and what they make of random tokens.
Two layers, width 16, 4 heads of 4, 7 tokens, in float64, kept as float32.
"""

import json
import pathlib
import struct

import torch
from torch.nn import functional as F

LAYERS, WIDTH, HEADS, HEAD, INNER, TOKENS = 2, 16, 4, 4, 24, 7
torch.set_default_dtype(torch.float64)


class Weights:
    """Draws each weight when it is first asked for."""

    def __init__(self, seed):
        self.tensors, self.random = {}, torch.Generator().manual_seed(seed)

    def __call__(self, name, *shape, around=0.0):
        w = around + 0.4 * torch.randn(*shape, generator=self.random)
        self.tensors[name] = w.float()
        return self.tensors[name].double()


def attend(q, k, v, key_heads=HEADS):
    def heads(x, n):
        return x.view(TOKENS, n, HEAD).transpose(0, 1)

    q, k, v = heads(q, HEADS), heads(k, key_heads), heads(v, key_heads)
    k, v = (x.repeat_interleave(HEADS // key_heads, 0) for x in (k, v))
    return q, k, v


def causal(q, k, v):
    return F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(0, 1).reshape(TOKENS, -1)


def gpt2(w, x):
    def norm(name, x):
        return F.layer_norm(x, (WIDTH,), w(name + ".weight", WIDTH, around=1), w(name + ".bias", WIDTH), 1e-5)

    def conv1d(name, x, out):  # GPT-2 keeps its weights as [in, out]
        return x @ w(name + ".weight", x.shape[1], out) + w(name + ".bias", out)

    x = x + w("wpe.weight", 9, WIDTH)[:TOKENS]
    for i in range(LAYERS):
        h = f"h.{i}."
        x = x + conv1d(h + "attn.c_proj", causal(*attend(*conv1d(h + "attn.c_attn", norm(h + "ln_1", x), 3 * WIDTH).split(WIDTH, 1))), WIDTH)
        inner = F.gelu(conv1d(h + "mlp.c_fc", norm(h + "ln_2", x), INNER), approximate="tanh")
        x = x + conv1d(h + "mlp.c_proj", inner, WIDTH)
    return norm("ln_f", x)


def opt(w, x, before):
    def norm(name, x):
        return F.layer_norm(x, (WIDTH,), w(name + ".weight", WIDTH, around=1), w(name + ".bias", WIDTH), 1e-5)

    def linear(name, x, out):
        return F.linear(x, w(name + ".weight", out, x.shape[1]), w(name + ".bias", out))

    def add(name, x, part):
        return x + part(norm(name, x)) if before else norm(name, x + part(x))

    x = x + w("embed_positions.weight", 9 + 2, WIDTH)[2 : 2 + TOKENS]
    for i in range(LAYERS):
        h = f"layers.{i}."

        def attention(x):
            q, k, v = (linear(h + f"self_attn.{n}_proj", x, WIDTH) for n in "qkv")
            return linear(h + "self_attn.out_proj", causal(*attend(q, k, v)), WIDTH)

        def mlp(x):
            return linear(h + "fc2", F.relu(linear(h + "fc1", x, INNER)), WIDTH)

        x = add(h + "self_attn_layer_norm", x, attention)
        x = add(h + "final_layer_norm", x, mlp)
    return norm("final_layer_norm", x) if before else x


def llama(w, x, key_heads, bias, eps, base):
    def norm(name, x):
        return F.rms_norm(x, (WIDTH,), w(name + ".weight", WIDTH, around=1), eps)

    def linear(name, x, out, bias=False):
        return F.linear(x, w(name + ".weight", out, x.shape[1]), w(name + ".bias", out) if bias else None)

    angle = torch.outer(torch.arange(TOKENS).double(), base ** (-torch.arange(0, HEAD, 2).double() / HEAD))
    cos, sin = torch.cat([angle.cos()] * 2, 1), torch.cat([angle.sin()] * 2, 1)

    def turn(x):
        low, high = x.chunk(2, -1)
        return x * cos + torch.cat([-high, low], -1) * sin

    for i in range(LAYERS):
        h = f"layers.{i}."
        y = norm(h + "input_layernorm", x)
        q, k, v = (linear(h + f"self_attn.{n}_proj", y, m * HEAD, bias) for n, m in (("q", HEADS), ("k", key_heads), ("v", key_heads)))
        q, k, v = attend(q, k, v, key_heads)
        x = x + linear(h + "self_attn.o_proj", causal(turn(q), turn(k), v), WIDTH)
        y = norm(h + "post_attention_layernorm", x)
        x = x + linear(h + "mlp.down_proj", F.silu(linear(h + "mlp.gate_proj", y, INNER)) * linear(h + "mlp.up_proj", y, INNER), WIDTH)
    return norm("norm", x)


def write(path, tensors):
    header, values, at = {}, b"", 0
    for name, x in tensors.items():
        raw = x.contiguous().numpy().astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(x.shape), "data_offsets": [at, at + len(raw)]}
        values, at = values + raw, at + len(raw)
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + values)


for seed, (family, run) in enumerate({
    "gpt2": gpt2,
    "opt": lambda w, x: opt(w, x, True),
    "opt-post-norm": lambda w, x: opt(w, x, False),
    "llama": lambda w, x: llama(w, x, HEADS, False, 1e-5, 10000.0),
    "qwen2": lambda w, x: llama(w, x, 2, True, 1e-6, 1e6),
    "mistral": lambda w, x: llama(w, x, 1, False, 1e-5, 10000.0),
}.items()):
    weights = Weights(seed)
    tokens = torch.randn(TOKENS, WIDTH, generator=weights.random).float()
    result = run(weights, tokens.double())
    write(pathlib.Path(__file__).parent / f"{family}.safetensors", {**weights.tensors, "input": tokens, "output": result.float()})
