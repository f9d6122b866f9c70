"""Gymnasium spaces, and the names and units of their elements, as declared.

A space arrives in the JSON form of trailblazer.v1.Space: one key that names the
kind, and its fields.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from gymnasium import spaces
from gymnasium.vector.utils import batch_space

from trailblazer_gym.errors import ServerError
from trailblazer_gym.ragged import Graphs, Ragged
from trailblazer_gym.tensors import DTYPES_BY_NAME

# Gymnasium 1.4 learned to keep the declared order of keys in batches too.
_KEEP_ORDER: dict[str, Any] = (
    {"sort_keys": False}
    if "sort_keys" in inspect.signature(spaces.Dict.__init__).parameters
    else {}
)


class Feature(NamedTuple):
    """Name of an element, or of a row of elements, of a space.

    Attributes:
        name: what it is ("buffer").
        unit: SI symbol or word ("ms", "1" for a ratio).
        description: one line more.
    """

    name: str
    unit: str
    description: str


def kind(space: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Returns the kind of a declared space ("multiDiscrete") and its fields.

    Raises:
        ServerError: the space is of no kind that this package knows.
    """
    for name, body in space.items():
        if name in _BUILDERS:
            return name, body
    raise ServerError(
        f"the server declares a space of unknown kind {sorted(space)}",
        remedy="update trailblazer-gym to the version of the server",
    )


def build(space: Mapping[str, Any]) -> spaces.Space[Any]:
    """Builds the Gymnasium space of one environment."""
    name, body = kind(space)
    return _BUILDERS[name](body)


class Sequence(spaces.Sequence):
    """Gymnasium's, whose `contains` warns of every number and is slow."""

    def contains(self, x: Any) -> bool:
        """Tells whether x is an array of elements, or what else they stack to."""
        element = self.feature_space
        if not isinstance(element, spaces.Box):
            return super().contains(x)
        return (
            isinstance(x, np.ndarray)
            and np.can_cast(x.dtype, element.dtype)
            and (x.ndim, x.shape[1:]) == (1 + len(element.shape), element.shape)
            and bool(np.all((x >= element.low) & (x <= element.high)))
        )


class Batch(spaces.Tuple):
    """The values of N graph or sequence spaces, `Ragged` and `Graphs` among them."""

    def contains(self, x: Any) -> bool:
        """Tells whether x holds a member of each space."""
        return super().contains(tuple(x) if isinstance(x, (Ragged, Graphs)) else x)


def batch(space: Mapping[str, Any], num_envs: int) -> spaces.Space[Any]:
    """Builds the space of N environments, equal to Gymnasium's `batch_space`."""
    name, body = kind(space)
    if name == "dict":
        entries = [
            (e["key"], batch(e["space"], num_envs)) for e in body.get("entries", ())
        ]
        return spaces.Dict(entries, **_KEEP_ORDER)
    if name == "tuple":
        return spaces.Tuple(
            [batch(entry, num_envs) for entry in body.get("spaces", ())]
        )
    single = build(space)
    if name in ("graph", "sequence"):
        return Batch([single] * num_envs)
    return batch_space(single, num_envs)


def features(space: Mapping[str, Any]) -> Any:
    """Returns the names and units of a declared space.

    A tuple of `Feature` for a Box (one for the whole array, one for each index
    of its first axis, or one for each element), Discrete (one for each choice),
    MultiDiscrete or MultiBinary; a dict or tuple of these for a Dict or Tuple;
    {"node": ..., "edge": ...} for a Graph; those of its element for a Sequence.
    """
    name, body = kind(space)
    if name == "dict":
        return {e["key"]: features(e["space"]) for e in body.get("entries", ())}
    if name == "tuple":
        return tuple(features(entry) for entry in body.get("spaces", ()))
    if name == "graph":
        return {
            part: features({"box": body[part]})
            for part in ("node", "edge")
            if part in body
        }
    if name == "sequence":
        return features(body["element"])
    named = body.get("choices") if name == "discrete" else body.get("features")
    return tuple(
        Feature(f.get("name", ""), f.get("unit", ""), f.get("description", ""))
        for f in named or ()
    )


def box_shape(box: Mapping[str, Any]) -> tuple[int, ...]:
    """Returns the shape of a declared Box."""
    return tuple(int(n) for n in box.get("shape", ()))


def element(name: str, body: Mapping[str, Any]) -> tuple[np.dtype, tuple[int, ...]]:
    """Returns dtype and shape of the array that a value of a space is.

    Args:
        name: "box", "discrete", "multiDiscrete" or "multiBinary".
        body: the space's fields.
    """
    if name == "box":
        return DTYPES_BY_NAME[body["dtype"]], box_shape(body)
    if name == "multiBinary":
        return np.dtype("int8"), (int(body["n"]),)
    return np.dtype("<i8"), () if name == "discrete" else (len(body["nvec"]),)


def _box(box: Mapping[str, Any]) -> spaces.Box:
    dtype, shape = DTYPES_BY_NAME[box["dtype"]], box_shape(box)
    return spaces.Box(
        _bound(box.get("low"), dtype, shape, -np.inf),
        _bound(box.get("high"), dtype, shape, np.inf),
        shape,
        dtype,
    )


def _bound(
    values: Any, dtype: np.dtype, shape: tuple[int, ...], default: float
) -> np.ndarray:
    """Spreads a Box's bound over its shape, in its dtype.

    JSON writes infinities as strings; integers have none, so theirs become the
    dtype's extremes.
    """
    bound = np.array([float(v) for v in values] if values else [default])
    if dtype.kind in "iu":
        extremes = np.iinfo(dtype)
        inside = [int(np.clip(v, extremes.min, extremes.max)) for v in bound]
        bound = np.array(inside, dtype)
    bound = bound.astype(dtype)
    if bound.size == 1:
        return np.full(shape, bound[0], dtype)
    return bound.reshape(shape)


def _graph(graph: Mapping[str, Any]) -> spaces.Graph:
    """Builds a Graph; Gymnasium keeps edge links only next to edge values.

    A graph whose edges carry nothing gets the edge space Discrete(1), whose
    values are all 0.
    """
    edge = _box(graph["edge"]) if "edge" in graph else spaces.Discrete(1)
    return spaces.Graph(_box(graph["node"]), edge)


_BUILDERS = {
    "box": _box,
    "discrete": lambda d: spaces.Discrete(int(d["n"]), start=int(d.get("start", 0))),
    "multiDiscrete": lambda d: spaces.MultiDiscrete([int(n) for n in d["nvec"]]),
    "multiBinary": lambda d: spaces.MultiBinary(int(d["n"])),
    "dict": lambda d: spaces.Dict(
        [(e["key"], build(e["space"])) for e in d.get("entries", ())], **_KEEP_ORDER
    ),
    "tuple": lambda d: spaces.Tuple([build(s) for s in d.get("spaces", ())]),
    "graph": _graph,
    "sequence": lambda d: Sequence(build(d["element"]), stack=True),
}
