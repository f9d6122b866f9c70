"""Infos as Gymnasium wants them: a plain dict, or arrays with `_key` masks.

Both are built from the leaves of the info space by a plan made once per
session; nothing here loops over the environments of a vector.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from gymnasium.vector.utils import batch_space, iterate

from trailblazer_gym import observations, spaces
from trailblazer_gym.messages import Leaf
from trailblazer_gym.tensors import DTYPES_BY_NAME, Array

Plan = Callable[[Iterator[Leaf]], dict[str, Any]]

# Scalars of these become Python's own numbers, of the same width.
_PYTHON_SCALARS = {np.dtype("<f8"), np.dtype("<i8"), np.dtype(bool)}


def single(space: Mapping[str, Any]) -> Plan:
    """Plans the info of the one environment of a session."""
    entries = [(entry["key"], _value(entry["space"])) for entry in _entries(space)]
    return lambda leaves: {key: value(leaves) for key, value in entries}


def _value(space: Mapping[str, Any]) -> Callable[[Iterator[Leaf]], Any]:
    name, body = spaces.kind(space)
    if name == "dict":
        return single(space)
    if name == "discrete":
        return lambda leaves: next(leaves).item()
    if name == "box" and not spaces.box_shape(body):
        if DTYPES_BY_NAME[body["dtype"]] in _PYTHON_SCALARS:
            return lambda leaves: next(leaves).item()
        return lambda leaves: next(leaves)[0]
    return observations.single(space)


class Batch:
    """Builds the infos of a vector.

    Args:
        space: the declared info space.
        num_envs: N, the length of the vector.
    """

    def __init__(self, space: Mapping[str, Any], num_envs: int) -> None:
        self._space = space
        self._num_envs = num_envs
        self._all = np.ones(num_envs, bool)
        self._all.flags.writeable = False

    def all(self, leaves: list[Leaf]) -> dict[str, Any]:
        """Returns the infos of a step or reset of all environments.

        The masks are one array, which can't be written to.
        """
        return self._build(self._space, iter(leaves), self._all, self._same)

    def masked(self, leaves: list[Leaf], mask: Array) -> dict[str, Any]:
        """Returns the infos of the environments of a mask, zeros for the others.

        Args:
            leaves: rows of all N environments.
            mask: bool, shape (N,).
        """
        chosen = np.flatnonzero(mask)
        return self._build(
            self._space,
            iter(leaves),
            mask,
            lambda rows: self._spread(rows[chosen], chosen),
        )

    def rows(self, leaves: list[Leaf], indices: Array) -> dict[str, Any]:
        """Returns infos from one row for each environment of a list.

        Args:
            leaves: as many rows as there are indices.
            indices: the environments that the rows belong to.
        """
        mask = np.zeros(self._num_envs, bool)
        mask[indices] = True
        return self._build(
            self._space, iter(leaves), mask, lambda rows: self._spread(rows, indices)
        )

    def _build(
        self,
        space: Mapping[str, Any],
        leaves: Iterator[Leaf],
        mask: Array,
        place: Callable[[Array], Array],
    ) -> dict[str, Any]:
        infos: dict[str, Any] = {}
        for entry in _entries(space):
            key, inner = entry["key"], entry["space"]
            if "dict" in inner:
                infos[key] = self._build(inner, leaves, mask, place)
            else:
                infos[key] = place(_column(inner, leaves))
            infos["_" + key] = mask if mask is self._all else mask.copy()
        return infos

    def _spread(self, rows: Array, indices: Array) -> Array:
        """Places rows at indices of an array of N that is zero elsewhere."""
        spread = np.zeros((self._num_envs, *rows.shape[1:]), rows.dtype)
        if rows.dtype == object:
            spread.fill(None)
        spread[indices] = rows
        return spread

    @staticmethod
    def _same(rows: Array) -> Array:
        return rows


def _entries(space: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return space.get("dict", {}).get("entries", [])


def _column(space: Mapping[str, Any], leaves: Iterator[Leaf]) -> Array:
    """Returns the values of one info key: an array with a row per environment.

    Values of differing length, and tuples, become an array of objects.
    """
    name, _ = spaces.kind(space)
    if name not in ("tuple", "graph", "sequence"):
        return next(leaves)
    values = list(
        iterate(batch_space(spaces.build(space)), observations.batch(space)(leaves))
    )
    column = np.empty(len(values), object)
    for i, value in enumerate(values):
        column[i] = value
    return column
