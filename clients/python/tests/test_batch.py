"""Batches of trajectories: views, aligned, and windows that add up."""

import encode
import numpy as np
import pytest

from trailblazer_gym import batch, errors, wire
from trailblazer_gym.batch import Batch
from trailblazer_gym.ragged import Ragged, offsets


def naive(rng, windows):
    """Draws the steps of windows, as a list of dicts of what each step has."""
    return [
        [
            {
                "observation": rng.random((2, 3), np.float32),
                "flag": rng.random() < 0.5,
                "reward": rng.random(),
                "nodes": rng.integers(9, size=(rng.integers(4), 2)),
            }
            for _ in range(steps)
        ]
        for _, _, steps in windows
    ]


def encoded(steps, windows, names="xyz", **fields):
    """Encodes these steps; the names shift where the elements come to lie."""
    flat = [step for window in steps for step in window]
    nodes = Ragged.of([np.zeros((0, 2), int), *(s["nodes"] for s in flat)])
    columns = {
        names: encode.tensor([s["observation"] for s in flat]),
        "flag": encode.tensor([s["flag"] for s in flat]),
        "reward": encode.tensor([s["reward"] for s in flat]),
        "nodes": encode.tensor(nodes.rows, nodes.offsets[1:].tolist()),
    }
    return encode.body(encode.pull_response(columns, windows, **fields))


def drawn(seed):
    rng = np.random.default_rng(seed)
    windows = [
        (int(rng.integers(1 << 40)), int(rng.integers(1 << 20)), int(n))
        for n in rng.integers(1, 6, size=rng.integers(1, 5))
    ]
    return windows, naive(rng, windows)


@pytest.mark.parametrize("seed", range(40))
def test_batches_are_views_of_what_arrived(seed):
    windows, steps = drawn(seed)
    name = "x" * (seed % 11)
    body = encoded(steps, windows, name, policies=["a", "b"], cursor=b"\0c", epoch=seed)
    got = batch.read(body)
    assert list(got) == [name, "flag", "reward", "nodes"]
    assert (got.num_windows, got.num_steps) == (len(windows), sum(map(len, steps)))
    assert (got.policies, got.cursor, got.epoch) == (("a", "b"), b"\0c", seed)
    assert got.episodes.tolist() == [w[0] for w in windows]
    assert got.starts.tolist() == [w[1] for w in windows]
    assert got.starts.dtype == np.int32
    for values in (got[name], got["flag"], got["reward"], got["nodes"].rows):
        assert np.shares_memory(values, body.buffer) or values.size == 0
        assert values.flags.aligned
        assert values.flags.writeable
    for i, (window, want) in enumerate(zip(got.windows(), steps, strict=True)):
        for key, value in window.items():
            column = [step["observation" if key == name else key] for step in want]
            assert len(value) == len(column)
            for a, b in zip(value, column):
                np.testing.assert_array_equal(a, b)
            again = got.window(i - len(windows))[key]
            if isinstance(value, Ragged):
                assert again == value
            else:
                assert np.shares_memory(again, value)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("more", [None, 0, 3])
def test_padding_keeps_every_step(seed, more):
    windows, steps = drawn(seed)
    got = batch.read(encoded(steps, windows))
    longest = max(map(len, steps))
    fields, mask = got.padded(None if more is None else longest + more)
    assert mask.shape == (len(windows), longest + (more or 0))
    assert mask.sum(1).tolist() == [len(window) for window in steps]
    for i in range(len(windows)):
        for t in range(mask.shape[1]):
            nodes = fields["nodes"][i * mask.shape[1] + t]
            if not mask[i, t]:
                assert not fields["xyz"][i, t].any()
                assert len(nodes) == 0
                continue
            np.testing.assert_array_equal(fields["xyz"][i, t], got.window(i)["xyz"][t])
            np.testing.assert_array_equal(nodes, steps[i][t]["nodes"])
    if longest > 1:
        with pytest.raises(errors.InvalidArgumentError, match=f"at least {longest}"):
            got.padded(longest - 1)


def test_windows_of_one_length_are_not_copied():
    windows = [(0, 0, 4), (1, 8, 4)]
    got = batch.read(encoded(naive(np.random.default_rng(1), windows), windows))
    fields, mask = got.padded()
    assert mask.all()
    assert fields["xyz"].shape == (2, 4, 2, 3)
    assert np.shares_memory(fields["xyz"], got["xyz"])


def test_plain_arrays_say_where_windows_and_rows_begin():
    windows, steps = drawn(3)
    got = batch.read(encoded(steps, windows))
    packed = got.arrays()
    assert packed.keys() - got.keys() == {
        "nodes.offsets",
        "window.episodes",
        "window.starts",
        "window.offsets",
    }
    assert packed["nodes"] is got["nodes"].rows
    padded = got.arrays(padded=True)
    assert padded.keys() - packed.keys() == {"window.mask"}
    assert len(padded["nodes.offsets"]) == padded["window.mask"].size + 1


def test_a_batch_is_a_mapping():
    windows, steps = drawn(0)
    got = batch.read(encoded(steps, windows))
    assert len(got) == 4
    assert "reward" in got
    assert got == got
    assert got != batch.read(encoded(steps, windows))
    assert repr(got).endswith("4 fields>")
    with pytest.raises(KeyError):
        got["return"]
    with pytest.raises(IndexError, match=r"window \d+ of"):
        got.window(len(windows))
    empty = Batch({"r": np.zeros(0)}, offsets([]), np.zeros(0), np.zeros(0))
    assert empty.padded()[0]["r"].shape == (0, 0)


def wrong_rows():
    return encode.pull_response({"r": encode.tensor(np.zeros(3))}, [(0, 0, 2)])


def two_starts():
    raw = encode.pull_response({}, [(0, 0, 2)])
    return raw + wire.delimited(wire.PULL_RESPONSE["starts"], wire.packed([1]))


def no_tensor():
    column = wire.delimited(wire.PULL_RESPONSE["columns"], b"\x0a\x01r")
    return encode.pull_response({}, [(0, 0, 0)]) + column


@pytest.mark.parametrize("make", [wrong_rows, two_starts, no_tensor, bytes])
def test_what_does_not_add_up_is_refused(make):
    with pytest.raises(wire.MalformedError):
        batch.read(encode.body(make()))


def test_offsets_must_not_fall():
    number = wire.PULL_RESPONSE
    raw = b"".join(
        wire.delimited(number[name], wire.packed(values))
        for name, values in (
            ("row_offsets", [0, 2, 1]),
            ("episodes", [0, 0]),
            ("starts", [0, 0]),
        )
    )
    with pytest.raises(wire.MalformedError):
        batch.read(encode.body(raw))


def test_cut_messages_are_refused_or_short_of_nothing():
    """Cut anywhere, a message is refused, or what is missing is at its end."""
    windows, steps = drawn(5)
    body = encoded(steps, windows, cursor=b"cursor")
    whole = body.buffer[: body.stop].tobytes()
    for stop in range(len(whole) - 1):
        try:
            got = batch.read(encode.body(whole[:stop]))
        except ValueError:
            continue
        assert len(got) == 4
