"""Writes the replies of a server, for tests of what reads them."""

import numpy as np

from trailblazer_gym import tensors, wire
from trailblazer_gym.messages import Body


def tensor(array, row_offsets=None) -> bytes:
    """Encodes a tensor, ragged where it has row offsets."""
    array = np.ascontiguousarray(array)
    raw = tensors.prefix(array.dtype, array.shape) + array.tobytes()
    if row_offsets is not None:
        raw += wire.delimited(wire.TENSOR["row_offsets"], wire.packed(row_offsets))
    return raw


def step_response(next_index, **fields) -> bytes:
    """Encodes a StepResponse; each field is a list of encoded tensors."""
    number = wire.STEP_RESPONSE
    raw = wire.tag(number["next_index"], scalar=True) + wire.varint(next_index)
    for name, found in fields.items():
        raw += b"".join(wire.delimited(number[name], t) for t in found)
    return raw


def pull_response(columns, windows, **fields) -> bytes:
    """Encodes a PullResponse.

    Args:
        columns: name -> encoded tensor.
        windows: (episode, start, steps) of each.
        fields: policies, cursor and epoch.
    """
    number = wire.PULL_RESPONSE
    raw = b""
    for name, found in columns.items():
        column = wire.delimited(wire.COLUMN["name"], name.encode())
        column += wire.delimited(wire.COLUMN["tensor"], found)
        raw += wire.delimited(number["columns"], column)
    episodes, starts, steps = zip(*windows)
    offsets = [0, *np.cumsum(steps).tolist()]
    for name, numbers in (
        ("row_offsets", offsets),
        ("episodes", episodes),
        ("starts", starts),
    ):
        raw += wire.delimited(number[name], wire.packed(list(numbers)))
    for policy in fields.get("policies", ()):
        raw += wire.delimited(number["policies"], policy.encode())
    raw += wire.delimited(number["cursor"], fields.get("cursor", b""))
    return raw + wire.number(number["epoch"], fields.get("epoch", 0))


def body(raw: bytes, lead: int = 0) -> Body:
    """Puts a message into a receive buffer, as the transport does."""
    buffer = np.zeros(lead + len(raw) + 5, np.uint8)
    buffer[lead : lead + len(raw)] = np.frombuffer(raw, np.uint8)
    return Body(buffer, lead, lead + len(raw))
