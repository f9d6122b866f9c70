"""Tensors between NumPy arrays and the wire.

A dense tensor is an array whose first axis is the environment; a ragged one is
`ragged.Ragged`.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from trailblazer_gym import wire
from trailblazer_gym.errors import InvalidArgumentError
from trailblazer_gym.ragged import Ragged

Array = npt.NDArray

_NAMES = ("BOOL", "INT8", "UINT8", "INT32", "INT64", "FLOAT32", "FLOAT64")

# Number of a DataType -> NumPy dtype, its name -> the same, and back.
DTYPES = {
    number: np.dtype(name.lower()).newbyteorder("<")
    for number, name in enumerate(_NAMES, start=1)
}
DTYPES_BY_NAME = {f"DATA_TYPE_{name}": DTYPES[i] for i, name in enumerate(_NAMES, 1)}
NUMBERS = {dtype: number for number, dtype in DTYPES.items()}


class Layout(NamedTuple):
    """What a tensor is and where in the received bytes its elements lie."""

    dtype: np.dtype
    shape: tuple[int, ...]
    offset: int
    row_offsets: Array | None


def prefix(dtype: np.dtype, shape: tuple[int, ...]) -> bytes:
    """Encodes a dense tensor up to its elements, which must follow."""
    size = math.prod(shape) * dtype.itemsize
    return b"".join(
        (
            wire.tag(wire.TENSOR["dtype"], scalar=True),
            wire.varint(NUMBERS[dtype]),
            wire.delimited(wire.TENSOR["shape"], wire.packed(shape)),
            wire.tag(wire.TENSOR["data"]),
            wire.varint(size),
        )
    )


def field_prefix(number: int, dtype: np.dtype, shape: tuple[int, ...]) -> bytes:
    """Encodes a tensor as a field of a message, up to its elements."""
    head = prefix(dtype, shape)
    size = len(head) + math.prod(shape) * dtype.itemsize
    return wire.tag(number) + wire.varint(size) + head


def layout(data: memoryview, start: int, stop: int) -> Layout:
    """Reads where the elements of the tensor in data[start:stop] lie."""
    number, shape, offset, size = 0, [], 0, 0
    row_offsets: list[Array] = []
    for field, value, begin, end in wire.fields(data, start, stop):
        if field == 1:
            number = value
        elif field == 2:
            shape += wire.read_packed(data, begin, end) if begin >= 0 else [value]
        elif field == 3:
            offset, size = begin, end - begin
        elif field == 4:
            row_offsets.append(
                wire.read_packed_array(data, begin, end)
                if begin >= 0
                else np.array([value])
            )
    dtype = DTYPES.get(number)
    if dtype is None:
        raise wire.MalformedError(f"data type {number} is unknown")
    if math.prod(shape) * dtype.itemsize != size:
        raise wire.MalformedError(
            f"a tensor of {dtype} {tuple(shape)} carries {size} bytes"
        )
    if not row_offsets:
        return Layout(dtype, tuple(shape), offset, None)
    joined = row_offsets[0] if len(row_offsets) == 1 else np.concatenate(row_offsets)
    if joined[0] != 0 or joined[-1] != shape[0]:
        raise wire.MalformedError(
            f"rows from {joined[0]} to {joined[-1]} are not the {shape[0]} there are"
        )
    return Layout(dtype, tuple(shape), offset, joined)


def view(buffer: Array, found: Layout) -> Array | Ragged:
    """Makes the array of a tensor: a view where its address is aligned."""
    array = np.ndarray(found.shape, found.dtype, buffer, found.offset)
    if found.offset % found.dtype.itemsize:
        array = array.copy()
    if found.row_offsets is None:
        return array
    return Ragged(array, found.row_offsets)


def encode(number: int, leaf: Array | Ragged) -> bytes:
    """Encodes an array, or a ragged one, as a field of a message."""
    rows = leaf.rows if isinstance(leaf, Ragged) else leaf
    raw = prefix(rows.dtype, rows.shape) + rows.tobytes()
    if isinstance(leaf, Ragged):
        offsets = wire.packed(leaf.offsets.tolist())
        raw += wire.delimited(wire.TENSOR["row_offsets"], offsets)
    return wire.delimited(number, raw)


def exact(
    value: Any, dtype: np.dtype, shape: tuple[int, ...], path: str, what: str
) -> Array:
    """Returns a value as an array of a dtype and shape, without loss.

    Args:
        path: where the value lies, for errors.
        what: what it is ("an action"), for errors.

    Raises:
        InvalidArgumentError: it has another shape or type.
    """
    try:
        array = np.asarray(value)
    except ValueError:
        array = np.empty(0, object)
    if array.shape != shape:
        raise InvalidArgumentError(
            f"{what} has the wrong shape",
            field=f"shape of {path}",
            value=str(array.shape),
            remedy=f"send an array of shape {shape}",
        )
    if array.dtype == dtype:
        return array
    if np.can_cast(array.dtype, dtype, "same_kind"):
        cast = array.astype(dtype)
        if dtype.kind == "f" or (cast == array).all():
            return cast
    raise InvalidArgumentError(
        f"{what} has the wrong type",
        field=f"dtype of {path}",
        value=str(array.dtype),
        remedy=f"send {dtype.name}",
    )
