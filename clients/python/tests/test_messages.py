"""Replies become arrays: views, aligned, writable, and never of wrong bytes."""

import encode
import numpy as np
import pytest

from trailblazer_gym import messages, wire
from trailblazer_gym.ragged import Ragged


def step_body(index, seed, n=5, lead=0, info=2, **more):
    rng = np.random.default_rng(seed)
    fields = {
        "observation": rng.random((n, 6, 6), np.float32),
        "reward": rng.random(n),
        "terminated": rng.random(n) < 0.5,
        "truncated": rng.random(n) < 0.5,
    }
    infos = [rng.random(n) for _ in range(info)]
    raw = encode.step_response(
        index,
        **{name: [encode.tensor(array)] for name, array in fields.items()},
        info=[encode.tensor(array) for array in infos],
        **more,
    )
    return encode.body(raw, lead), fields, infos


def check(reply, index, fields, infos):
    assert reply.next_index == index
    assert len(reply.observation) == 1
    np.testing.assert_array_equal(reply.observation[0], fields["observation"])
    for name in ("reward", "terminated", "truncated"):
        got = getattr(reply, name)
        np.testing.assert_array_equal(got, fields[name])
        assert got.dtype == fields[name].dtype
        assert got.base is None, "reward and flags do not keep the reply alive"
    for got, want in zip(reply.info, infos, strict=True):
        np.testing.assert_array_equal(got, want)
    for array in (*reply.observation, *reply.info, reply.reward):
        assert array.flags.writeable
        assert array.flags.aligned


def test_step_replies_are_read_whatever_was_read_before():
    """Random lengths, layouts and positions; the reader keeps its memory."""
    rng = np.random.default_rng(1)
    reader = messages.StepReader()
    n = info = 3
    for index in range(400):
        if rng.random() < 0.2:
            n, info = int(rng.integers(1, 9)), int(rng.integers(0, 4))
        body, fields, infos = step_body(
            index * 7, index, n, lead=int(rng.integers(16)), info=info
        )
        check(reader.read(body), index * 7, fields, infos)


def test_observations_share_the_received_bytes_once_aligned():
    reader = messages.StepReader()
    body, _, _ = step_body(1, seed=1)
    reader.read(body)
    lead = -reader.first_element % 16
    body, fields, infos = step_body(2, seed=2, lead=lead)
    reply = reader.read(body)
    assert np.shares_memory(reply.observation[0], body.buffer)
    check(reply, 2, fields, infos)


def test_same_length_but_another_layout_is_not_taken_for_the_last_one():
    reader = messages.StepReader()
    flags = {
        name: [encode.tensor(np.zeros(2, bool))] for name in ("terminated", "truncated")
    }
    first = np.arange(8, dtype=np.float32).reshape(2, 4)
    for shape in ((2, 4), (4, 2), (2, 4)):
        raw = encode.step_response(
            3,
            observation=[encode.tensor(first.reshape(shape))],
            reward=[encode.tensor(np.zeros(2))],
            **flags,
        )
        assert reader.read(encode.body(raw)).observation[0].shape == shape


def test_final_rows_are_read():
    body, fields, infos = step_body(
        9,
        seed=3,
        final_observation=[encode.tensor(np.ones((2, 6, 6), np.float32))],
        final_info=[encode.tensor(np.full(2, 7.0)), encode.tensor(np.full(2, 8.0))],
    )
    reply = messages.StepReader().read(body)
    check(reply, 9, fields, infos)
    assert reply.final_observation[0].shape == (2, 6, 6)
    assert [leaf[0] for leaf in reply.final_info] == [7.0, 8.0]


def test_ragged_tensors_carry_their_offsets():
    rows = np.arange(12, dtype=np.int64).reshape(6, 2)
    raw = wire.delimited(
        wire.RESET_RESPONSE["observation"], encode.tensor(rows, [0, 200 % 2, 4, 6])
    )
    (leaf,) = messages.read_reset(encode.body(raw)).observation
    assert isinstance(leaf, Ragged)
    assert leaf.offsets.tolist() == [0, 0, 4, 6]
    np.testing.assert_array_equal(leaf.rows, rows)


def test_reset_reply_holds_drawn_seeds():
    seeds = [5, 2**64 - 1]
    raw = wire.delimited(wire.RESET_RESPONSE["seeds"], wire.packed(seeds))
    assert messages.read_reset(encode.body(raw)).seeds == seeds


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_truncated_replies_are_refused(cut):
    body, _, _ = step_body(1, seed=1)
    with pytest.raises(wire.MalformedError):
        messages.StepReader().read(body._replace(stop=body.stop - cut))


def test_tensors_that_lie_about_their_size_are_refused():
    lie = encode.tensor(np.zeros(4)).replace(b"\x12\x01\x04", b"\x12\x01\x05")
    raw = wire.delimited(wire.RESET_RESPONSE["observation"], lie)
    with pytest.raises(wire.MalformedError, match="carries 32 bytes"):
        messages.read_reset(encode.body(raw))
