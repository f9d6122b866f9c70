"""The hand-written wire format against the contract, and against bad bytes."""

import random
import re
from pathlib import Path

import numpy as np
import pytest

from trailblazer_gym import wire

CONTRACT = Path(__file__).parents[3] / "api" / "trailblazer" / "v1"


def declared(name: str) -> dict[str, int]:
    """Reads the field numbers of a message, or an enum, from the .proto files."""
    for file in CONTRACT.glob("*.proto"):
        text = re.sub(r"//.*|\[[^;]*\]", "", file.read_text())
        found = re.search(rf"(?:message|enum) {name} \{{(.*?)\n\}}", text, re.DOTALL)
        if found:
            pairs = re.findall(r"(\w+) = (\d+)\s*;", found[1])
            return {field: int(number) for field, number in pairs}
    raise LookupError(name)


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("Tensor", wire.TENSOR),
        ("ResetRequest", wire.RESET_REQUEST),
        ("ResetResponse", wire.RESET_RESPONSE),
        ("StepRequest", wire.STEP_REQUEST),
        ("StepResponse", wire.STEP_RESPONSE),
        ("SnapshotRequest", wire.SNAPSHOT_REQUEST),
        ("SnapshotResponse", wire.SNAPSHOT_RESPONSE),
        ("RestoreRequest", wire.RESTORE_REQUEST),
        ("RestoreResponse", wire.RESTORE_RESPONSE),
        ("EpisodeFilter", wire.EPISODE_FILTER),
        ("PullRequest", wire.PULL_REQUEST),
        ("PullResponse", wire.PULL_RESPONSE),
        ("Column", wire.COLUMN),
        ("AppendRequest", wire.APPEND_REQUEST),
        ("AppendOpen", wire.APPEND_OPEN),
        ("AppendEpisode", wire.APPEND_EPISODE),
        ("AppendResponse", wire.APPEND_RESPONSE),
        ("ActRequest", wire.ACT_REQUEST),
        ("ActResponse", wire.ACT_RESPONSE),
        ("FieldError", wire.FIELD_ERROR),
        ("IndexError", wire.INDEX_ERROR),
        ("RetryHint", wire.RETRY_HINT),
        ("NotFoundError", wire.NOT_FOUND_ERROR),
        ("StateError", wire.STATE_ERROR),
    ],
)
def test_field_numbers_are_those_of_the_contract(name, fields):
    assert declared(name) == fields


def test_enums_are_those_of_the_contract():
    from trailblazer_gym.tensors import DTYPES_BY_NAME, NUMBERS

    types = declared("DataType")
    del types["DATA_TYPE_UNSPECIFIED"]
    assert {name: NUMBERS[dtype] for name, dtype in DTYPES_BY_NAME.items()} == types
    reasons = {f"STATE_REASON_{k}": v for k, v in wire.STATE_REASON.items()}
    assert declared("StateReason") == {"STATE_REASON_UNSPECIFIED": 0, **reasons}


@pytest.mark.parametrize("value", [0, 1, 127, 128, 300, 2**32, 2**63, 2**64 - 1])
def test_numbers_survive_the_round_trip(value):
    raw = wire.varint(value)
    assert wire.read_varint(memoryview(raw), 0) == (value, len(raw))


@pytest.mark.parametrize("count", [0, 1, 5, 60, 500])
def test_packed_numbers_survive_the_round_trip(count):
    rng = random.Random(count)
    numbers = [rng.getrandbits(rng.randint(1, 64)) for _ in range(count)]
    raw = b"xy" + wire.packed(numbers) + b"z"
    assert wire.read_packed(memoryview(raw), 2, len(raw) - 1) == numbers


@pytest.mark.parametrize("length", [30, 500])
def test_packed_numbers_must_end(length):
    for raw in (
        b"\x01" * length + b"\x80",
        b"\x80" * length,
        b"\x80" * length + b"\x01",
    ):
        with pytest.raises(wire.MalformedError):
            wire.read_packed(memoryview(raw), 0, len(raw))


@pytest.mark.parametrize("count", [1, 500])
def test_packed_numbers_become_arrays(count):
    numbers = [random.Random(1).getrandbits(63)] * count
    raw = wire.packed(numbers)
    array = wire.read_packed_array(memoryview(raw), 0, len(raw))
    assert array.dtype == np.int64
    assert array.tolist() == numbers


@pytest.mark.parametrize(
    "raw",
    [
        b"\x08",  # A number is announced, and missing.
        b"\x08\xff",  # A number that goes on past the end.
        b"\x0a\x05abc",  # Five bytes announced, three there.
        b"\x0b",  # A group, which proto3 has none of.
        b"\x09\x00",  # Eight bytes announced, one there.
    ],
)
def test_truncated_messages_are_refused(raw):
    with pytest.raises(wire.MalformedError):
        wire.message(raw)


def test_unknown_fields_are_skipped():
    raw = b"\x09" + bytes(8) + b"\x0d" + bytes(4) + b"\x10\x05" + b"\x1a\x02hi"
    assert wire.message(raw) == {2: [5], 3: [b"hi"]}
