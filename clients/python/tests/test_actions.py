"""Actions are sent as they are, or refused with a remedy; never bent."""

import numpy as np
import pytest

from trailblazer_gym import wire
from trailblazer_gym.actions import Encoder
from trailblazer_gym.errors import InvalidArgumentError, UnsupportedError

DISCRETE = {"discrete": {"n": "6"}}
BOX = {"box": {"dtype": "DATA_TYPE_FLOAT32", "shape": ["2"]}}
BITS = {"multiBinary": {"n": "3"}}
BOTH = {
    "dict": {
        "entries": [{"key": "level", "space": DISCRETE}, {"key": "rate", "space": BOX}]
    }
}


def sent(space, action, num_envs=None):
    """Returns dtype number, shape and raw elements of each tensor that is sent."""
    raw = Encoder(space, num_envs)(action)
    found = []
    for tensor in wire.message(raw)[wire.STEP_REQUEST["action"]]:
        fields = wire.message(tensor)
        shape = wire.read_packed(memoryview(fields[2][0]), 0, len(fields[2][0]))
        found.append((fields[1][0], shape, fields[3][0]))
    return found


@pytest.mark.parametrize("action", [3, np.int64(3), np.int32(3), np.array(3), True + 2])
def test_discrete_takes_any_whole_number(action):
    assert sent(DISCRETE, action) == [(5, [1], np.int64(3).tobytes())]


def test_vectors_are_sent_batch_first():
    action = np.arange(8).reshape(4, 2) / 2
    assert sent(BOX, action, 4) == [(6, [4, 2], action.astype(np.float32).tobytes())]
    assert sent(DISCRETE, [1, 2, 3], 3)[0][1] == [3]
    both = sent(BOTH, {"level": np.zeros(4, int), "rate": action}, 4)
    assert [shape for _, shape, _ in both] == [[4], [4, 2]]


@pytest.mark.parametrize(
    ("space", "action", "num_envs", "text"),
    [
        (DISCRETE, 1.5, None, "dtype of action = float64"),
        (DISCRETE, np.array([1]), None, r"shape of action = \(1,\)"),
        (DISCRETE, [1, 2], 3, r"send an array of shape \(3,\)"),
        (DISCRETE, "up", None, "dtype of action"),
        (DISCRETE, None, None, "dtype of action = object"),
        (BOX, [[1, 2], [3]], 2, "shape"),
        (BITS, [256, 0, 1], None, "send int8"),
        (BOTH, {"level": 1}, None, r"action\['rate'\]"),
        (BOTH, 5, None, "lacks an entry"),
    ],
)
def test_wrong_actions_are_refused(space, action, num_envs, text):
    with pytest.raises(InvalidArgumentError, match=text):
        Encoder(space, num_envs)(action)


def test_ragged_actions_are_not_supported():
    with pytest.raises(UnsupportedError):
        Encoder({"sequence": {"element": BOX}}, None)
