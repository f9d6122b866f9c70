"""The protobuf wire format, as far as tensors, seeds and error details need it.

Calls that carry tensors are read and written here by hand, so that arrays are
views into the received bytes; all other calls use the JSON form of the same
messages. DESIGN.md has the measurements behind this. The field numbers below
are those of api/trailblazer/v1, which a test compares.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

TENSOR = {"dtype": 1, "shape": 2, "data": 3, "row_offsets": 4}
RESET_REQUEST = {
    "session_id": 1,
    "index": 2,
    "seeds": 3,
    "mask": 4,
    "options_json": 5,
}
RESET_RESPONSE = {"next_index": 1, "observation": 2, "info": 3, "seeds": 4}
STEP_REQUEST = {"session_id": 1, "index": 2, "action": 3}
STEP_RESPONSE = {
    "next_index": 1,
    "observation": 2,
    "reward": 3,
    "terminated": 4,
    "truncated": 5,
    "info": 6,
    "final_observation": 7,
    "final_info": 8,
}
SNAPSHOT_REQUEST = {"session_id": 1}
SNAPSHOT_RESPONSE = {"state": 1, "state_hash": 2}
RESTORE_REQUEST = {"session_id": 1, "state": 2, "index": 3}
RESTORE_RESPONSE = {"next_index": 1, "state_hash": 2, "observation": 3, "info": 4}
EPISODE_FILTER = {
    "policies": 1,
    "scenarios": 2,
    "splits": 3,
    "complete_only": 4,
    "min_return": 5,
}
PULL_REQUEST = {
    "dataset": 1,
    "filter": 2,
    "window": 3,
    "stride": 4,
    "batch_size": 5,
    "fields": 6,
    "shuffle": 7,
    "seed": 8,
    "pool_steps": 9,
    "epochs": 10,
    "drop_last": 11,
    "worker": 12,
    "workers": 13,
    "cursor": 14,
}
PULL_RESPONSE = {
    "columns": 1,
    "row_offsets": 2,
    "episodes": 3,
    "starts": 4,
    "policies": 5,
    "cursor": 6,
    "epoch": 7,
}
COLUMN = {"name": 1, "tensor": 2}
APPEND_REQUEST = {"open": 1, "episode": 2}
APPEND_OPEN = {
    "dataset": 1,
    "env_id": 2,
    "scenario": 3,
    "config_json": 4,
    "split": 5,
    "call": 6,
}
APPEND_EPISODE = {
    "source": 1,
    "policy": 2,
    "seed": 3,
    "observation": 4,
    "info": 5,
    "action": 6,
    "reward": 7,
    "terminated": 8,
    "truncated": 9,
}
APPEND_RESPONSE = {"episodes": 1, "duplicates": 2, "steps": 3}
ACT_REQUEST = {
    "seat_id": 1,
    "index": 2,
    "observation": 3,
    "info": 4,
    "reward": 5,
    "start": 6,
    "end": 7,
    "seeds": 8,
    "taken": 9,
}
ACT_RESPONSE = {"next_index": 1, "action": 2}
FIELD_ERROR = {"field": 1, "value": 2, "remedy": 3}
INDEX_ERROR = {"expected_index": 1}
RETRY_HINT = {"retry_after": 1}
NOT_FOUND_ERROR = {"kind": 1, "name": 2, "known": 3}
STATE_ERROR = {"reason": 1}
STATE_REASON = {"NOT_RESET": 1, "FINISHED": 2, "CLOSED": 3, "NO_SNAPSHOT": 4}

# From how many bytes on packed numbers are decoded with NumPy.
_MANY = 160
# Bytes of the longest number, of 64 bits.
_LONGEST = 10

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


class MalformedError(ValueError):
    """The bytes are no message of this API."""


def varint(value: int) -> bytes:
    """Encodes a number from 0 up to 2**64 - 1."""
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def tag(number: int, *, scalar: bool = False) -> bytes:
    """Encodes the tag of a length-delimited field, or of a varint one."""
    return varint(number << 3 | (_VARINT if scalar else _BYTES))


def delimited(number: int, value: bytes) -> bytes:
    """Encodes a field that holds bytes, a string, a message or packed numbers."""
    return tag(number) + varint(len(value)) + value


def number(field: int, value: int) -> bytes:
    """Encodes a field that holds a number from 0 up to 2**64 - 1, or a bool."""
    return tag(field, scalar=True) + varint(value)


def double(field: int, value: float) -> bytes:
    """Encodes a field that holds a float64."""
    return varint(field << 3 | _FIXED64) + struct.pack("<d", value)


def packed(numbers: Iterator[int] | list[int] | tuple[int, ...]) -> bytes:
    """Encodes the value of a packed repeated integer field."""
    return b"".join(map(varint, numbers))


def read_varint(data: memoryview, at: int) -> tuple[int, int]:
    """Returns the number at a position, and the position after it."""
    value = shift = 0
    try:
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            if byte < 128:
                return value, at
            shift += 7
    except IndexError:
        raise MalformedError("a number runs past the end of the message") from None


def read_packed(data: memoryview, start: int, stop: int) -> list[int]:
    """Returns the numbers of a packed repeated integer field."""
    raw = data[start:stop].tobytes()
    if len(raw) > _MANY:
        return _read_many(raw).tolist()
    numbers = []
    value = shift = 0
    for byte in raw:
        value |= (byte & 127) << shift
        if byte < 128:
            numbers.append(value)
            value = shift = 0
        else:
            shift += 7
            if shift >= 7 * _LONGEST:
                raise MalformedError("a number has more than 64 bits")
    if shift:
        raise MalformedError("a number runs past the end of the message")
    return numbers


def read_packed_array(data: memoryview, start: int, stop: int) -> npt.NDArray[np.int64]:
    """Returns the numbers of a packed repeated int64 field as an array."""
    raw = data[start:stop].tobytes()
    if len(raw) > _MANY:
        return _read_many(raw).view(np.int64)
    return np.array(read_packed(data, start, stop), np.int64)


def _read_many(raw: bytes) -> npt.NDArray[np.uint64]:
    """Decodes all numbers at once: the sum of each one's shifted bits."""
    coded = np.frombuffer(raw, np.uint8)
    last = np.flatnonzero(coded < 128)
    if not len(last) or last[-1] != len(coded) - 1:
        raise MalformedError("a number runs past the end of the message")
    first = np.concatenate(([0], last[:-1] + 1))
    sizes = last - first + 1
    if sizes.max() > _LONGEST:
        raise MalformedError("a number has more than 64 bits")
    shifts = 7 * (np.arange(len(coded)) - np.repeat(first, sizes))
    bits = (coded & 127).astype(np.uint64) << shifts.astype(np.uint64)
    return np.add.reduceat(bits, first)


def fields(
    data: memoryview, start: int, stop: int
) -> Iterator[tuple[int, int, int, int]]:
    """Walks the fields of a message.

    Yields:
        (number, value, start, stop): for a varint its value and -1, -1; for a
        length-delimited field 0 and the range of its bytes. Fields of fixed
        width, which this API has none of, are skipped.
    """
    while start < stop:
        # Most numbers are of one byte, which is worth a case of its own.
        key = data[start]
        start += 1
        if key > 127:
            key, start = read_varint(data, start - 1)
        kind = key & 7
        if kind == _BYTES:
            length, start = read_varint(data, start)
            end = start + length
            if end > stop:
                raise MalformedError("a field runs past the end of the message")
            yield key >> 3, 0, start, end
            start = end
        elif kind == _VARINT:
            value, start = read_varint(data, start)
            yield key >> 3, value, -1, -1
        elif kind == _FIXED64:
            start += 8
        elif kind == _FIXED32:
            start += 4
        else:
            raise MalformedError(f"wire type {kind} is unknown")
    if start > stop:
        raise MalformedError("the message ends in the middle of a field")


def message(raw: bytes) -> dict[int, list[Any]]:
    """Decodes a small message: field number -> its values, ints or bytes."""
    values: dict[int, list[Any]] = {}
    for number, value, start, stop in fields(memoryview(raw), 0, len(raw)):
        values.setdefault(number, []).append(raw[start:stop] if start >= 0 else value)
    return values


def text(values: Mapping[int, list[Any]], number: int) -> str:
    """Returns a string field of a decoded message, "" where it is absent."""
    found = values.get(number)
    return found[-1].decode("utf-8", "replace") if found else ""
