"""The messages that carry tensors, to and from bytes."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from trailblazer_gym import tensors, wire
from trailblazer_gym.tensors import Array

# An Array, or a Ragged where environments have rows of differing number.
Leaf: TypeAlias = Any


class Body(NamedTuple):
    """A received message: buffer[start:stop].

    Attributes:
        buffer: uint8; element 0 lies at an address that is a multiple of 16.
    """

    buffer: Array
    start: int
    stop: int


class ResetReply(NamedTuple):
    """ResetResponse. `seeds` are those the server drew, if any."""

    next_index: int
    observation: list[Leaf]
    info: list[Leaf]
    seeds: list[int]


class StepReply(NamedTuple):
    """StepResponse. reward, terminated and truncated have shape (N,)."""

    next_index: int
    observation: list[Leaf]
    reward: Array
    terminated: Array
    truncated: Array
    info: list[Leaf]
    final_observation: list[Leaf]
    final_info: list[Leaf]


class RestoreReply(NamedTuple):
    """RestoreResponse."""

    next_index: int
    state_hash: str
    observation: list[Leaf]
    info: list[Leaf]


def reset_request(
    session_id: str,
    index: int,
    seeds: Sequence[int] = (),
    mask: Array | None = None,
    options: Mapping[str, Any] | None = None,
) -> bytes:
    """Encodes a ResetRequest; `mask` is bool of shape (N,)."""
    number = wire.RESET_REQUEST
    parts = [
        wire.delimited(number["session_id"], session_id.encode()),
        wire.tag(number["index"], scalar=True) + wire.varint(index),
    ]
    if seeds:
        parts.append(wire.delimited(number["seeds"], wire.packed(list(seeds))))
    if mask is not None:
        parts.append(
            tensors.field_prefix(number["mask"], np.dtype(bool), mask.shape)
            + mask.tobytes()
        )
    if options:
        text = json.dumps(dict(options)).encode()
        parts.append(wire.delimited(number["options_json"], text))
    return b"".join(parts)


def step_request_head(session_id: str) -> bytes:
    """Encodes a StepRequest up to the value of its index."""
    number = wire.STEP_REQUEST
    return wire.delimited(number["session_id"], session_id.encode()) + wire.tag(
        number["index"], scalar=True
    )


def snapshot_request(session_id: str) -> bytes:
    """Encodes a SnapshotRequest."""
    return wire.delimited(wire.SNAPSHOT_REQUEST["session_id"], session_id.encode())


def restore_request(session_id: str, state: bytes, index: int | None = None) -> bytes:
    """Encodes a RestoreRequest; without an index it restores in any case."""
    number = wire.RESTORE_REQUEST
    parts = [
        wire.delimited(number["session_id"], session_id.encode()),
        wire.delimited(number["state"], state),
    ]
    if index is not None:
        parts.append(wire.tag(number["index"], scalar=True) + wire.varint(index))
    return b"".join(parts)


def act_request(
    seat_id: str,
    index: int,
    observation: Sequence[Leaf],
    info: Sequence[Leaf] = (),
    reward: Array | None = None,
    start: Array | None = None,
    end: Array | None = None,
    seeds: Sequence[int] = (),
    taken: Sequence[Leaf] = (),
) -> bytes:
    """Encodes an ActRequest; `start` and `end` are bool of shape (N,)."""
    number = wire.ACT_REQUEST
    parts = [
        wire.delimited(number["seat_id"], seat_id.encode()),
        wire.tag(number["index"], scalar=True) + wire.varint(index),
    ]
    parts += [tensors.encode(number["observation"], leaf) for leaf in observation]
    parts += [tensors.encode(number["info"], leaf) for leaf in info]
    for name, array in (("reward", reward), ("start", start), ("end", end)):
        if array is not None:
            parts.append(tensors.encode(number[name], array))
    if seeds:
        parts.append(wire.delimited(number["seeds"], wire.packed(list(seeds))))
    parts += [tensors.encode(number["taken"], leaf) for leaf in taken]
    return b"".join(parts)


def read_act(body: Body) -> tuple[int, list[Leaf]]:
    """Decodes an ActResponse: next_index, and the leaves of the actions."""
    number = wire.ACT_RESPONSE["action"]
    next_index, found, _ = _walk(body, (number,))
    return next_index, _views(body, found[number])


def read_reset(body: Body) -> ResetReply:
    """Decodes a ResetResponse."""
    number = wire.RESET_RESPONSE
    next_index, found, raw = _walk(body, (number["observation"], number["info"]))
    data = memoryview(body.buffer)
    seeds = [
        seed
        for start, stop in raw.get(number["seeds"], ())
        for seed in wire.read_packed(data, start, stop)
    ]
    return ResetReply(
        next_index,
        _views(body, found[number["observation"]]),
        _views(body, found[number["info"]]),
        seeds,
    )


def read_restore(body: Body) -> RestoreReply:
    """Decodes a RestoreResponse."""
    number = wire.RESTORE_RESPONSE
    next_index, found, raw = _walk(body, (number["observation"], number["info"]))
    return RestoreReply(
        next_index,
        _raw(body, raw, number["state_hash"]).decode(),
        _views(body, found[number["observation"]]),
        _views(body, found[number["info"]]),
    )


def read_snapshot(body: Body) -> tuple[bytes, str]:
    """Decodes a SnapshotResponse: the state and its hash."""
    number = wire.SNAPSHOT_RESPONSE
    _, _, raw = _walk(body, ())
    state = _raw(body, raw, number["state"])
    return state, _raw(body, raw, number["state_hash"]).decode()


_STEP_TENSORS = tuple(
    number for name, number in wire.STEP_RESPONSE.items() if name != "next_index"
)


class _Frame(NamedTuple):
    """What a step's reply looks like apart from its index and elements.

    Positions count from the first byte after next_index.

    Attributes:
        layouts: the tensors, in the order of _STEP_TENSORS.
        counts: how many there are of each field.
        positions: of the bytes that are not elements.
        content: these bytes.
    """

    layouts: list[tensors.Layout]
    counts: list[int]
    positions: Array
    content: bytes


class StepReader:
    """Decodes StepResponses.

    From one step to the next little changes but the elements of the tensors and
    the index, so the reader remembers the frames of earlier replies, by length,
    and takes a reply for one of them only if every other byte is the same.

    Attributes:
        first_element: position, in the body, of the last reply's first element.
    """

    _LIMIT = 64

    def __init__(self) -> None:
        self._frames: dict[int, _Frame] = {}
        self.first_element = 0

    def read(self, body: Body) -> StepReply:
        """Decodes a reply; its arrays are views into the body's buffer."""
        buffer, start, stop = body
        base, next_index = start, 0
        if start < stop and buffer[start] == 8:
            next_index, base = wire.read_varint(memoryview(buffer), start + 1)
        frame = self._frames.get(stop - base)
        if (
            frame is None
            or buffer[base:stop][frame.positions].tobytes() != frame.content
        ):
            return self._walk(body, base)
        views = []
        for dtype, shape, offset, _ in frame.layouts:
            offset += base
            array = np.ndarray(shape, dtype, buffer, offset)
            views.append(array.copy() if offset % dtype.itemsize else array)
        self.first_element = frame.layouts[0].offset + base - start
        return _step_reply(next_index, views, frame.counts)

    def _walk(self, body: Body, base: int) -> StepReply:
        """Decodes a reply field by field, and remembers its frame."""
        next_index, found, _ = _walk(body, _STEP_TENSORS)
        layouts = [layout for number in _STEP_TENSORS for layout in found[number]]
        counts = [len(found[number]) for number in _STEP_TENSORS]
        if counts[1:4] != [1, 1, 1]:
            raise wire.MalformedError("a step's reply lacks reward or flags")
        if all(layout.row_offsets is None for layout in layouts):
            self._remember(body, base, layouts, counts)
        return _step_reply(next_index, _views(body, layouts), counts)

    def _remember(
        self,
        body: Body,
        base: int,
        layouts: list[tensors.Layout],
        counts: list[int],
    ) -> None:
        fixed = np.ones(body.stop - base, bool)
        for dtype, shape, offset, _ in layouts:
            size = math.prod(shape) * dtype.itemsize
            fixed[offset - base : offset - base + size] = False
        positions = np.flatnonzero(fixed)
        if len(self._frames) >= self._LIMIT:
            self._frames.clear()
        self._frames[len(fixed)] = _Frame(
            [layout._replace(offset=layout.offset - base) for layout in layouts],
            counts,
            positions,
            body.buffer[positions + base].tobytes(),
        )
        self.first_element = layouts[0].offset - body.start


def _step_reply(next_index: int, views: list[Any], counts: list[int]) -> StepReply:
    """Deals the arrays of a step's reply to its fields.

    Reward and flags are copied: they are small, and outlive the rest of the
    reply in many learners.
    """
    at = counts[0]
    info = at + 3 + counts[4]
    final = info + counts[5]
    return StepReply(
        next_index,
        views[:at],
        views[at].copy(),
        views[at + 1].copy(),
        views[at + 2].copy(),
        views[at + 3 : info],
        views[info:final],
        views[final:],
    )


def _walk(
    body: Body, tensor_fields: tuple[int, ...]
) -> tuple[int, dict[int, list[tensors.Layout]], dict[int, list[tuple[int, int]]]]:
    """Walks a reply whose field 1, if it is a number, is next_index.

    Returns:
        next_index, the layouts of each tensor field, and the ranges of the
        other length-delimited fields.
    """
    data = memoryview(body.buffer)
    next_index = 0
    found: dict[int, list[tensors.Layout]] = {number: [] for number in tensor_fields}
    raw: dict[int, list[tuple[int, int]]] = {}
    for number, value, start, stop in wire.fields(data, body.start, body.stop):
        if number in found:
            found[number].append(tensors.layout(data, start, stop))
        elif start >= 0:
            raw.setdefault(number, []).append((start, stop))
        elif number == 1:
            next_index = value
    return next_index, found, raw


def _views(body: Body, layouts: list[tensors.Layout]) -> list[Leaf]:
    return [tensors.view(body.buffer, layout) for layout in layouts]


def _raw(body: Body, raw: dict[int, list[tuple[int, int]]], number: int) -> bytes:
    """Returns a bytes field, b"" where it is absent."""
    if number not in raw:
        return b""
    start, stop = raw[number][-1]
    return body.buffer[start:stop].tobytes()
