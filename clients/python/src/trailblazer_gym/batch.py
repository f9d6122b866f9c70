"""Batches of trajectories: windows, or whole episodes, as flat arrays."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TypeAlias

import numpy as np

from trailblazer_gym import ragged, tensors, wire
from trailblazer_gym.errors import InvalidArgumentError
from trailblazer_gym.messages import Body
from trailblazer_gym.ragged import Ragged
from trailblazer_gym.tensors import Array, Layout

Values: TypeAlias = "Array | Ragged"


class Batch(Mapping[str, Values]):
    """The steps of some windows, one window after another.

    A mapping from the name of a field ("observation", "action", "reward",
    "info.rebuffer_s") to its values: an array whose first axis is the step, or a
    `Ragged` with one array for each step. The arrays are views of the message
    that arrived, and can be written to.

    Attributes:
        offsets: window i has the steps from offsets[i] up to offsets[i + 1];
            int64, shape (B + 1,).
        episodes: number of each window's episode; int64, shape (B,).
        starts: first step of each window in its episode; int32, shape (B,).
        policies: the names that the field "policy" counts.
        cursor: goes on behind this batch, as the argument of `pull`.
        epoch: passes through the data before this one.
    """

    __slots__ = (
        "_fields",
        "cursor",
        "episodes",
        "epoch",
        "offsets",
        "policies",
        "starts",
    )

    def __init__(
        self,
        fields: Mapping[str, Values],
        offsets: Array,
        episodes: Array,
        starts: Array,
        policies: tuple[str, ...] = (),
        cursor: bytes = b"",
        epoch: int = 0,
    ) -> None:
        self._fields = fields
        self.offsets = offsets
        self.episodes = episodes
        self.starts = starts
        self.policies = policies
        self.cursor = cursor
        self.epoch = epoch

    @property
    def num_windows(self) -> int:
        """Number of windows, B."""
        return len(self.episodes)

    @property
    def num_steps(self) -> int:
        """Number of steps of all windows."""
        return int(self.offsets[-1])

    def window(self, i: int) -> dict[str, Values]:
        """Returns the steps of window i, as views."""
        i = ragged.position(i, self.num_windows, "window")
        start, stop = int(self.offsets[i]), int(self.offsets[i + 1])
        return {name: _steps(v, start, stop) for name, v in self._fields.items()}

    def windows(self) -> Iterator[dict[str, Values]]:
        """Goes through the windows."""
        return map(self.window, range(self.num_windows))

    def padded(self, length: int | None = None) -> tuple[dict[str, Values], Array]:
        """Returns arrays with an axis for the window and one for the step in it.

        Args:
            length: steps of a window in the arrays; None for those of the
                longest window.

        Returns:
            The fields, shape (B, length, ...), zero behind the end of a window,
            and which steps there are: bool, shape (B, length). Where all windows
            are of that length, the arrays are views. A `Ragged` has one array
            for each of B * length steps, window by window, empty behind the end.

        Raises:
            InvalidArgumentError: a window is longer.
        """
        counts = np.diff(self.offsets)
        longest = int(counts.max(initial=0))
        if length is None:
            length = longest
        elif length < longest:
            raise InvalidArgumentError(
                "a window is too long",
                field="length",
                value=str(length),
                remedy=f"give at least {longest}, or pull windows of that many steps",
            )
        mask = np.arange(length) < counts[:, np.newaxis]
        whole = self.num_steps == mask.size
        fields: dict[str, Values] = {}
        for name, values in self._fields.items():
            if isinstance(values, Ragged):
                inner = np.zeros(mask.shape, np.int64)
                inner[mask] = values.counts
                fields[name] = Ragged(values.rows, ragged.offsets(inner.ravel()))
            elif whole:
                fields[name] = values.reshape(*mask.shape, *values.shape[1:])
            else:
                fields[name], _ = Ragged(values, self.offsets).padded(length)
        return fields, mask

    def arrays(self, *, padded: bool = False) -> dict[str, Array]:
        """Returns the batch as a dict of nothing but arrays.

        A ragged field is two: its rows, and "<name>.offsets". Beside the fields
        there are "window.episodes", "window.starts", and "window.offsets", or
        "window.mask" where the arrays are padded.

        Args:
            padded: whether fields are those of `padded`.
        """
        fields: Mapping[str, Values] = self._fields
        found: dict[str, Array] = {}
        if padded:
            fields, found["window.mask"] = self.padded()
        else:
            found["window.offsets"] = self.offsets
        found |= {"window.episodes": self.episodes, "window.starts": self.starts}
        for name, values in fields.items():
            if isinstance(values, Ragged):
                found[name] = values.rows
                found[f"{name}.offsets"] = values.offsets
            else:
                found[name] = values
        return found

    # A batch is equal to itself alone.
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __getitem__(self, name: str) -> Values:
        return self._fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __repr__(self) -> str:
        windows, steps = self.num_windows, self.num_steps
        return f"<Batch: {windows} windows, {steps} steps, {len(self)} fields>"


def _steps(values: Values, start: int, stop: int) -> Values:
    if not isinstance(values, Ragged):
        return values[start:stop]
    inner = values.offsets[start : stop + 1]
    return Ragged(values.rows[inner[0] : inner[-1]], inner - inner[0])


def read(body: Body) -> Batch:
    """Decodes a PullResponse. The batch keeps the body's buffer, and changes it.

    Raises:
        MalformedError: the bytes are no PullResponse.
    """
    number = wire.PULL_RESPONSE
    data = memoryview(body.buffer)
    columns: list[tuple[str, Layout]] = []
    lists: dict[int, list[Array]] = {}
    policies: list[str] = []
    cursor, epoch = b"", 0
    for field, value, start, stop in wire.fields(data, body.start, body.stop):
        if start < 0:
            if field == number["epoch"]:
                epoch = value
        elif field == number["columns"]:
            columns.append(_column(data, start, stop))
        elif field == number["policies"]:
            policies.append(bytes(data[start:stop]).decode())
        elif field == number["cursor"]:
            cursor = bytes(data[start:stop])
        else:
            numbers = wire.read_packed_array(data, start, stop)
            lists.setdefault(field, []).append(numbers)
    offsets, episodes, starts = (
        np.concatenate(lists.get(number[name], [np.zeros(0, np.int64)]))
        for name in ("row_offsets", "episodes", "starts")
    )
    if (
        not len(offsets) == len(episodes) + 1 == len(starts) + 1
        or offsets[0] != 0
        or (np.diff(offsets) < 0).any()
    ):
        raise wire.MalformedError(
            f"{len(episodes)} windows have {len(offsets)} offsets "
            f"and {len(starts)} starts"
        )
    fields: dict[str, Values] = {}
    for name, layout in columns:
        fields[name] = tensors.view(body.buffer, layout)
        if len(fields[name]) != offsets[-1]:
            raise wire.MalformedError(
                f"{name} has {len(fields[name])} steps of {offsets[-1]}"
            )
    return Batch(
        fields,
        offsets,
        episodes,
        starts.astype(np.int32),
        tuple(policies),
        cursor,
        epoch,
    )


def _column(data: memoryview, start: int, stop: int) -> tuple[str, Layout]:
    """Reads a Column, and moves its elements to where they are aligned.

    They move by less than an element, over bytes of the column that are read
    already; what moves is in the processor's cache as a rule.
    """
    name, layout = "", None
    for field, _, begin, end in wire.fields(data, start, stop):
        if begin >= 0 and field == wire.COLUMN["name"]:
            name = bytes(data[begin:end]).decode()
        elif begin >= 0 and field == wire.COLUMN["tensor"]:
            layout = tensors.layout(data, begin, end)
    if layout is None:
        raise wire.MalformedError(f"column {name!r} has no tensor")
    offset, size = layout.offset, math.prod(layout.shape) * layout.dtype.itemsize
    aligned = offset - offset % layout.dtype.itemsize
    if start <= aligned < offset:
        data[aligned : aligned + size] = data[offset : offset + size]
        layout = layout._replace(offset=aligned)
    return name, layout
