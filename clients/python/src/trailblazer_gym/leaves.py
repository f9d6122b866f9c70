"""From values that Gymnasium's users hold to the leaves of a space.

The way back from `observations`: many values of a space, one for each step of an
episode, become the arrays that they travel as.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from trailblazer_gym import spaces, tensors
from trailblazer_gym.errors import InvalidArgumentError, UnsupportedError
from trailblazer_gym.messages import Leaf
from trailblazer_gym.ragged import Ragged

_LINKS = np.dtype("<i8"), (2,)


def flatten(
    space: Mapping[str, Any], values: Any, count: int, path: str, what: str
) -> list[Leaf]:
    """Returns the leaves of some values of a space, in wire order.

    Args:
        space: the declared space.
        values: a list with one value for each step, or the same batched as
            vectors batch it: arrays with the step as first axis, dicts and tuples
            of these, `Graphs` and `Ragged`. Entries of dicts that the space does
            not have are left out.
        count: how many values there must be.
        path: where they lie, for errors.
        what: what they are of ("an episode"), for errors.

    Raises:
        InvalidArgumentError: an entry is missing, or of another shape or type.
        UnsupportedError: the space holds sequences of dicts or tuples.
    """
    name, body = spaces.kind(space)
    if name in ("dict", "tuple"):
        if name == "dict":
            parts = [(e["key"], e["space"]) for e in body.get("entries", ())]
        else:
            parts = list(enumerate(body.get("spaces", ())))
        found = []
        for key, part in parts:
            inner = f"{path}[{key!r}]"
            found += flatten(part, _entry(values, key, inner), count, inner, what)
        return found
    if name == "graph":
        return _graph(body, values, count, path, what)
    if name == "sequence":
        element, fields = spaces.kind(body["element"])
        if element in ("dict", "tuple", "graph", "sequence"):
            raise UnsupportedError(
                f"{path} is a sequence of values of kind {element}, which can't be sent"
            )
        kind = spaces.element(element, fields)
        return [_ragged(values, *kind, count, path, what)]
    dtype, shape = spaces.element(name, body)
    return [tensors.exact(values, dtype, (count, *shape), path, what)]


def _graph(
    body: Mapping[str, Any], values: Any, count: int, path: str, what: str
) -> list[Leaf]:
    parts = [("nodes", *spaces.element("box", body["node"]))]
    if "edge" in body:
        parts.append(("edges", *spaces.element("box", body["edge"])))
    parts.append(("edge_links", *_LINKS))
    found: list[Leaf] = []
    for name, dtype, shape in parts:
        inner = f"{path}.{name}"
        try:
            if isinstance(values, list):
                # Gymnasium has None for no edges at all.
                none = np.zeros((0, *shape), dtype)
                given: Any = [getattr(graph, name) for graph in values]
                given = [none if part is None else part for part in given]
            else:
                given = getattr(values, name)
        except AttributeError as error:
            raise InvalidArgumentError(
                f"{what} lacks a part of a graph",
                field=inner,
                remedy="give GraphInstances, or Graphs",
            ) from error
        found.append(_ragged(given, dtype, shape, count, inner, what))
    return found


def _ragged(
    values: Any,
    dtype: np.dtype,
    shape: tuple[int, ...],
    count: int,
    path: str,
    what: str,
) -> Ragged:
    """Joins arrays of differing length, one for each step."""
    if isinstance(values, np.ndarray) and values.dtype == object:
        values = list(values)  # As infos of vectors have it.
    if isinstance(values, Ragged):
        rows = tensors.exact(values.rows, dtype, (len(values.rows), *shape), path, what)
        joined = Ragged(rows, values.offsets)
    elif isinstance(values, Sequence):
        parts = [
            tensors.exact(v, dtype, (*np.shape(v)[:1], *shape), f"{path}[{i}]", what)
            for i, v in enumerate(values)
        ]
        joined = Ragged.of([np.zeros((0, *shape), dtype), *parts])
        joined = Ragged(joined.rows, joined.offsets[1:])
    else:
        raise InvalidArgumentError(
            f"{what} has the wrong type",
            field=path,
            value=type(values).__name__,
            remedy="give a list of arrays, or a Ragged",
        )
    if len(joined) != count:
        raise InvalidArgumentError(
            f"{what} has the wrong number of values",
            field=f"len({path})",
            value=str(len(joined)),
            remedy=f"give {count}",
        )
    return joined


def _entry(values: Any, key: Any, path: str) -> Any:
    """Returns an entry of a batch, or those of a list of values."""
    try:
        if isinstance(values, list):
            return [value[key] for value in values]
        return values[key]
    except (KeyError, IndexError, TypeError) as error:
        raise InvalidArgumentError(
            "an entry of the space is missing",
            field=path,
            remedy="give values like those of reset and step",
        ) from error
