"""From the leaves of a space to the values that Gymnasium's users expect.

A plan is built once per session from the declared space. It takes the leaves,
in wire order, and returns the value of one environment or of the whole vector.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from trailblazer_gym import spaces
from trailblazer_gym.messages import Leaf
from trailblazer_gym.ragged import Graphs, Ragged

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
    graphs become `Graphs`, and sequences of arrays `Ragged`. Sequences of dicts
    or tuples become a tuple with one value for each environment.
    """
    name, body = spaces.kind(space)
    if name in ("dict", "tuple"):
        return _container(name, body, batch)
    if name == "graph":
        return _graphs(has_edges="edge" in body)
    if name == "sequence":
        element = body["element"]
        if spaces.kind(element)[0] not in ("dict", "tuple"):
            return _ragged
        return _sequences(batch(element), leaf_count(element))
    return next


def row(leaves: list[Leaf], i: int) -> list[Leaf]:
    """Returns the leaves of environment i alone, as `single` takes them."""
    return [
        leaf.only(i) if isinstance(leaf, Ragged) else leaf[i : i + 1] for leaf in leaves
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
    def value(leaves: Iterator[Leaf]) -> Graphs:
        nodes = _ragged(leaves)
        edges = _ragged(leaves) if has_edges else None
        return Graphs(nodes, edges, _ragged(leaves))

    return value


def _sequences(element: Plan, count: int) -> Plan:
    def value(leaves: Iterator[Leaf]) -> tuple[Any, ...]:
        split = [_ragged(leaves) for _ in range(count)]
        return tuple(element(iter(rows)) for rows in zip(*split))

    return value


def _ragged(leaves: Iterator[Leaf]) -> Ragged:
    leaf = next(leaves)
    assert isinstance(leaf, Ragged), "a ragged leaf has row offsets"
    return leaf
