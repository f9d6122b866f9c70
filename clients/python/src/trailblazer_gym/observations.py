"""From the leaves of a space to the values that Gymnasium's users expect.

A plan is built once per session from the declared space. It takes the leaves,
in wire order, and returns the value of one environment or of the whole vector.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from gymnasium.spaces import GraphInstance

from trailblazer_gym import spaces, tensors
from trailblazer_gym.messages import Leaf

Plan = Callable[[Iterator[Leaf]], Any]


def single(space: Mapping[str, Any]) -> Plan:
    """Plans the value of the one environment of a session."""
    name, body = spaces.kind(space)
    if name == "discrete":
        return lambda leaves: next(leaves)[0]
    if name in ("dict", "tuple"):
        return _container(name, body, single)
    if name in ("graph", "sequence"):
        vector = batch(space)
        return lambda leaves: vector(leaves)[0]
    return lambda leaves: next(leaves)[0, ...]


def batch(space: Mapping[str, Any]) -> Plan:
    """Plans the batched value of all environments.

    Arrays keep the environment as first axis, dicts and tuples hold batches,
    graphs and sequences become tuples with one value for each environment.
    """
    name, body = spaces.kind(space)
    if name in ("dict", "tuple"):
        return _container(name, body, batch)
    if name == "graph":
        return _graphs(has_edges="edge" in body)
    if name == "sequence":
        return _sequences(batch(body["element"]), leaf_count(body["element"]))
    return next


def row(leaves: list[Leaf], i: int) -> list[Leaf]:
    """Returns the leaves of environment i alone, as `single` takes them."""
    return [
        tensors.Ragged(
            leaf.rows[leaf.offsets[i] : leaf.offsets[i + 1]],
            [0, leaf.offsets[i + 1] - leaf.offsets[i]],
        )
        if isinstance(leaf, tensors.Ragged)
        else leaf[i : i + 1]
        for leaf in leaves
    ]


def leaf_count(space: Mapping[str, Any]) -> int:
    """Returns the number of tensors that carry a space."""
    name, body = spaces.kind(space)
    if name == "dict":
        return sum(leaf_count(entry["space"]) for entry in body.get("entries", ()))
    if name == "tuple":
        return sum(leaf_count(entry) for entry in body.get("spaces", ()))
    if name == "graph":
        return 3 if "edge" in body else 2
    return leaf_count(body["element"]) if name == "sequence" else 1


def _container(
    name: str, body: Mapping[str, Any], plan: Callable[[Mapping[str, Any]], Plan]
) -> Plan:
    """Plans a Dict or a Tuple from the plans of its entries."""
    if name == "tuple":
        parts = [plan(space) for space in body.get("spaces", ())]
        return lambda leaves: tuple(part(leaves) for part in parts)
    entries = [(e["key"], plan(e["space"])) for e in body.get("entries", ())]
    return lambda leaves: {key: part(leaves) for key, part in entries}


def _graphs(*, has_edges: bool) -> Plan:
    def value(leaves: Iterator[Leaf]) -> tuple[GraphInstance, ...]:
        nodes = _rows(next(leaves))
        edges = _rows(next(leaves)) if has_edges else None
        links = _rows(next(leaves))
        if edges is None:
            edges = [np.zeros(len(link), np.int64) for link in links]
        return tuple(map(GraphInstance, nodes, edges, links))

    return value


def _sequences(element: Plan, count: int) -> Plan:
    def value(leaves: Iterator[Leaf]) -> tuple[Any, ...]:
        split = [_rows(next(leaves)) for _ in range(count)]
        return tuple(element(iter(rows)) for rows in zip(*split))

    return value


def _rows(leaf: Leaf) -> list[tensors.Array]:
    """Splits a ragged leaf into the rows of each environment."""
    assert isinstance(leaf, tensors.Ragged), "a ragged leaf has row offsets"
    rows, offsets = leaf
    return [rows[a:b] for a, b in itertools.pairwise(offsets)]
