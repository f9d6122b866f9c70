"""Writes what PyTorch makes of policies and of PPO's losses, for policy_test.go.

    python3 make_policy.py

Needs PyTorch and NumPy, and the script beside it, which says how numbers are
given and files written.
"""

import pathlib

import torch
from torch.distributions import Categorical, Normal

from make_reference import mix, values, write

ROWS, COLS, CLIP = 9, 5, 0.2
SEGMENTS = (4, 1, 7, 2)


def legal():
    """Two thirds of the columns; of each row the first at least."""
    mask = torch.tensor([mix(300, i) % 3 > 0 for i in range(ROWS * COLS)]).view(ROWS, COLS)
    mask[:, 0] = True
    return mask


def target(row, mask):
    """One of the legal columns."""
    columns = mask.nonzero().flatten().tolist()
    return columns[mix(301, row) % len(columns)]


def policy():
    """All that policy_test.go compares with."""
    out = {}
    weights, more = values(1, (ROWS,)), values(2, (ROWS,))

    # Choices, of which some are not legal.
    logits, mask = (16 * values(0, (ROWS, COLS))).requires_grad_(), legal()
    choice = Categorical(logits=logits.masked_fill(~mask, -torch.inf))
    logp, entropy = choice.log_prob(torch.tensor([target(r, mask[r]) for r in range(ROWS)])), choice.entropy()
    out["choice.log_probability"], out["choice.entropy"] = logp, entropy
    (weights @ logp + more @ entropy).backward()
    out["choice.gradient"] = logits.grad

    # Pointers, into segments of differing length.
    scores = (16 * values(3, (sum(SEGMENTS),))).requires_grad_()
    pointers = [Categorical(logits=s) for s in scores.split(SEGMENTS)]
    logp = torch.stack([p.log_prob(torch.tensor(mix(302, i) % n)) for i, (p, n) in enumerate(zip(pointers, SEGMENTS))])
    entropy = torch.stack([p.entropy() for p in pointers])
    out["pointer.log_probability"], out["pointer.entropy"] = logp, entropy
    (weights[: len(SEGMENTS)] @ logp + more[: len(SEGMENTS)] @ entropy).backward()
    out["pointer.gradient"] = scores.grad

    # Values.
    mean, log_std = values(4, (ROWS,)).requires_grad_(), torch.tensor([-0.75], dtype=torch.float64, requires_grad=True)
    normal = Normal(mean, log_std.exp())
    logp, entropy = normal.log_prob(4 * values(5, (ROWS,))), normal.entropy()
    out["value.log_probability"], out["value.entropy"] = logp, entropy
    (weights @ logp + more @ entropy).backward()
    out["value.mean.gradient"], out["value.log_std.gradient"] = mean.grad, log_std.grad

    # PPO's losses.
    now, old, advantages = 4 * values(6, (ROWS,)), 4 * values(7, (ROWS,)), 8 * values(8, (ROWS,))
    now.requires_grad_()
    ratio = (now - old).exp()
    surrogate = -torch.min(ratio * advantages, ratio.clamp(1 - CLIP, 1 + CLIP) * advantages).mean()
    surrogate.backward()
    out["surrogate"], out["surrogate.gradient"] = surrogate.reshape(1), now.grad.clone()
    now.grad = None
    clipped = old + (now - old).clamp(-CLIP, CLIP)
    critic = torch.max((now - advantages) ** 2, (clipped - advantages) ** 2).mean()
    critic.backward()
    out["critic"], out["critic.gradient"] = critic.reshape(1), now.grad
    return out


if __name__ == "__main__":
    write(pathlib.Path(__file__).parent / "policy.safetensors", policy())
