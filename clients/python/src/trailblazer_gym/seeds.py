"""Seeds as Gymnasium takes them, checked so that none is ignored silently."""

from __future__ import annotations

import operator
from collections.abc import Sequence, Sized
from typing import Any

from trailblazer_gym.errors import InvalidArgumentError
from trailblazer_gym.tensors import Array

_LIMIT = 2**64


def of_one(seed: int | None) -> list[int]:
    """Returns the seeds to send for a single environment."""
    return [] if seed is None else [_checked(seed, "seed")]


def of_vector(
    seed: int | Sequence[int | None] | None, num_envs: int, mask: Array | None
) -> list[int]:
    """Returns the seeds to send for a vector.

    Args:
        seed: None for environments that go on with their own random streams, a
            number s for s + i, or one number for each environment.
        num_envs: N.
        mask: the environments to reset, bool of shape (N,), or None for all. The
            seeds of the others may be None.
    """
    if seed is None:
        return []
    if not isinstance(seed, Sized):
        return [_checked(seed, "seed")]
    if len(seed) != num_envs:
        raise InvalidArgumentError(
            "a list of seeds needs one for each environment",
            field="len(seed)",
            value=str(len(seed)),
            remedy=f"give {num_envs} seeds, or one number",
        )
    if all(s is None for s in seed):
        return []
    return [
        0
        if s is None and mask is not None and not mask[i]
        else _checked(s, f"seed[{i}]")
        for i, s in enumerate(seed)
    ]


def _checked(seed: Any, name: str) -> int:
    try:
        number = operator.index(seed)
    except TypeError:
        number = -1
    if 0 <= number < _LIMIT:
        return number
    raise InvalidArgumentError(
        "a seed is no number that a random stream can start from",
        field=name,
        value=repr(seed),
        remedy="give a whole number from 0 up to 2**64 - 1",
    )
