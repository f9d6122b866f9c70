"""Values of differing length for a vector of environments, in flat buffers.

A vector's graphs and sequences arrive as the rows of all environments, one
after another, and the offsets at which those of each begin. They stay so: the
value of one environment is made when it is asked for, and whoever computes on
all of them at once takes `rows` and `offsets` as they are.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, overload

import numpy as np
import numpy.typing as npt
from gymnasium.spaces import GraphInstance


class Ragged(Sequence[npt.NDArray]):
    """N arrays of differing length, one for each environment.

    Items are views of `rows`.

    Attributes:
        rows: the rows of all environments, shape (total, ...).
        offsets: item i is rows[offsets[i]:offsets[i + 1]]; int64, shape (N + 1,).
    """

    __slots__ = ("offsets", "rows")

    def __init__(self, rows: npt.NDArray, offsets: npt.NDArray) -> None:
        self.rows = rows
        self.offsets = offsets

    @classmethod
    def of(cls, arrays: Iterable[npt.NDArray]) -> Ragged:
        """Joins arrays, one for each environment; returns what is joined already."""
        if isinstance(arrays, cls):
            return arrays
        parts = list(arrays)
        return cls(np.concatenate(parts), offsets(list(map(len, parts))))

    def only(self, i: int) -> Ragged:
        """Returns the rows of environment i, as a vector of one."""
        rows = self[i]
        return Ragged(rows, offsets([len(rows)]))

    @property
    def counts(self) -> npt.NDArray:
        """Number of rows of each environment; int64, shape (N,)."""
        return np.diff(self.offsets)

    @property
    def owners(self) -> npt.NDArray:
        """Environment of each row; int64, shape (total,)."""
        return np.repeat(np.arange(len(self)), self.counts)

    @property
    def places(self) -> npt.NDArray:
        """Position of each row among those of its environment; int64, (total,)."""
        return np.arange(len(self.rows)) - np.repeat(self.offsets[:-1], self.counts)

    def where(self, keep: npt.NDArray) -> Ragged:
        """Returns the rows that a bool array of shape (total,) chooses."""
        kept = offsets(keep)
        return Ragged(self.rows[keep], kept[self.offsets])

    def padded(self, most: int) -> tuple[npt.NDArray, npt.NDArray]:
        """Returns the rows as an array with zeros where there are none.

        Args:
            most: number of rows of each environment, at least max(counts).

        Returns:
            The array, shape (N, most, ...), and which of its rows are used;
            bool, shape (N, most).
        """
        used = np.arange(most) < self.counts[:, np.newaxis]
        rows = np.ascontiguousarray(self.rows)
        out = np.zeros((*used.shape, *rows.shape[1:]), rows.dtype)
        if rows.ndim == 1:
            out[used] = rows
        else:
            # Rows that are copied as one element each take a sixth of the time.
            width = math.prod(rows.shape[1:])
            row = np.dtype((np.void, rows.itemsize * width))
            whole = out.reshape(*used.shape, width).view(row)[..., 0]
            whole[used] = rows.reshape(len(rows), width).view(row)[:, 0]
        return out, used

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @overload
    def __getitem__(self, index: int) -> npt.NDArray: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[npt.NDArray, ...]: ...
    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return tuple(self)[index]
        i = position(index, len(self))
        return self.rows[self.offsets[i] : self.offsets[i + 1]]

    def __iter__(self) -> Iterator[npt.NDArray]:
        bounds = self.offsets.tolist()
        return map(self.rows.__getitem__, map(slice, bounds, bounds[1:]))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Ragged)
            and self.rows.dtype == other.rows.dtype
            and np.array_equal(self.offsets, other.offsets)
            and np.array_equal(self.rows, other.rows)
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        kind = f"{self.rows.dtype} {self.rows.shape[1:]}"
        return f"<Ragged: {len(self)} arrays of {kind}, {len(self.rows)} rows>"


class Graphs(Sequence[GraphInstance]):
    """N graphs, one for each environment.

    Items are `gymnasium.spaces.GraphInstance` of views.

    Attributes:
        nodes: features of the nodes.
        edges: features of the edges; None where they have none, and where items
            say 0 for each edge, because Gymnasium drops links without features.
        edge_links: pairs of node indices (from, to), which count from each
            graph's first node.
    """

    __slots__ = ("edge_links", "edges", "nodes")

    def __init__(self, nodes: Ragged, edges: Ragged | None, edge_links: Ragged) -> None:
        self.nodes = nodes
        self.edges = edges
        self.edge_links = edge_links

    @classmethod
    def of(cls, graphs: Iterable[GraphInstance]) -> Graphs:
        """Joins graphs, one for each environment; returns what is joined already.

        The features of edges are left out.
        """
        if isinstance(graphs, cls):
            return graphs
        parts = list(graphs)
        return cls(
            Ragged.of([np.asarray(g.nodes) for g in parts]),
            None,
            Ragged.of([np.asarray(g.edge_links) for g in parts]),
        )

    def __len__(self) -> int:
        return len(self.nodes)

    @overload
    def __getitem__(self, index: int) -> GraphInstance: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[GraphInstance, ...]: ...
    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return tuple(self)[index]
        links = self.edge_links[index]
        if self.edges is None:
            return GraphInstance(self.nodes[index], np.zeros(len(links), int), links)
        return GraphInstance(self.nodes[index], self.edges[index], links)

    def __iter__(self) -> Iterator[GraphInstance]:
        edges = self.edges
        if edges is None:
            links = self.edge_links
            edges = Ragged(np.zeros(len(links.rows), int), links.offsets)
        return map(GraphInstance, self.nodes, edges, self.edge_links)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Graphs) and all(
            getattr(self, part) == getattr(other, part) for part in self.__slots__
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        nodes, links = len(self.nodes.rows), len(self.edge_links.rows)
        return f"<Graphs: {len(self)} graphs, {nodes} nodes, {links} edges>"


def offsets(counts: npt.ArrayLike) -> npt.NDArray:
    """Returns where parts of these lengths begin, and where the last one ends."""
    return np.concatenate(([0], np.cumsum(counts, dtype=np.int64)))


def position(index: Any, length: int, what: str = "environment") -> int:
    """Returns an index counted from the front; negative ones count from the end."""
    i = operator.index(index)
    if not -length <= i < length:
        raise IndexError(f"{what} {i} of {length}")
    return i % length
