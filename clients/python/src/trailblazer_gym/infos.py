"""Infos as Gymnasium wants them: a plain dict, or arrays with `_key` masks.

Both are built from the leaves of the info space by a plan made once per
session; nothing here loops over the environments of a vector.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

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


class _Entry(NamedTuple):
    """One key of a vector's infos.

    Attributes:
        key: the key, and the key of its mask.
        column: takes its values from the leaves; None for a dict of more entries.
        entries: these.
    """

    key: str
    mask_key: str
    column: Callable[[Iterator[Leaf]], Array] | None
    entries: list[_Entry]


def _entries_of(space: Mapping[str, Any]) -> list[_Entry]:
    return [
        _Entry(key, "_" + key, None, _entries_of(inner))
        if "dict" in inner
        else _Entry(key, "_" + key, _column(inner), [])
        for key, inner in ((e["key"], e["space"]) for e in _entries(space))
    ]


class Batch:
    """Builds the infos of a vector.

    Args:
        space: the declared info space.
        num_envs: N, the length of the vector.
    """

    def __init__(self, space: Mapping[str, Any], num_envs: int) -> None:
        self._entries = _entries_of(space)
        self._num_envs = num_envs
        self._everyone = np.ones(num_envs, bool)
        self._everyone.flags.writeable = False

    def all(self, leaves: list[Leaf]) -> dict[str, Any]:
        """Returns the infos of a step or reset of all environments.

        The masks are one array, which can't be written to.
        """
        return _build(self._entries, iter(leaves), lambda: self._everyone, None)

    def masked(self, leaves: list[Leaf], mask: Array) -> dict[str, Any]:
        """Returns the infos of the environments of a mask, zeros for the others.

        Args:
            leaves: rows of all N environments.
            mask: bool, shape (N,).
        """
        chosen = np.flatnonzero(mask)
        return _build(
            self._entries,
            iter(leaves),
            mask.copy,
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
        return _build(
            self._entries,
            iter(leaves),
            mask.copy,
            lambda rows: self._spread(rows, indices),
        )

    def _spread(self, rows: Array, indices: Array) -> Array:
        """Places rows at indices of an array of N that is zero elsewhere."""
        spread = np.zeros((self._num_envs, *rows.shape[1:]), rows.dtype)
        if rows.dtype == object:
            spread.fill(None)
        spread[indices] = rows
        return spread


def _build(
    entries: list[_Entry],
    leaves: Iterator[Leaf],
    mask: Callable[[], Array],
    place: Callable[[Array], Array] | None,
) -> dict[str, Any]:
    """Builds a dict of infos from as many leaves as its entries have.

    Args:
        mask: returns the mask of a key.
        place: turns the rows that arrived into an array of N; None where they
            are one.
    """
    infos: dict[str, Any] = {}
    for key, mask_key, column, inner in entries:
        if column is None:
            infos[key] = _build(inner, leaves, mask, place)
        else:
            rows = column(leaves)
            infos[key] = rows if place is None else place(rows)
        infos[mask_key] = mask()
    return infos


def _entries(space: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return space.get("dict", {}).get("entries", [])


def _column(space: Mapping[str, Any]) -> Callable[[Iterator[Leaf]], Array]:
    """Plans the values of one info key: an array with a row per environment.

    Values of differing length, and tuples, become an array of objects.
    """
    name, _ = spaces.kind(space)
    if name not in ("tuple", "graph", "sequence"):
        return next
    observe, batched = observations.batch(space), batch_space(spaces.build(space))

    def objects(leaves: Iterator[Leaf]) -> Array:
        values = observe(leaves)
        if name == "tuple":
            values = tuple(iterate(batched, values))
        column = np.empty(len(values), object)
        for i, value in enumerate(values):
            column[i] = value
        return column

    return objects
