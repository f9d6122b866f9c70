"""Declared spaces become Gymnasium's, and leaves become members of them."""

import numpy as np
import pytest
from gymnasium import spaces as gym
from gymnasium.vector.utils import batch_space

from trailblazer_gym import observations, spaces
from trailblazer_gym.errors import ServerError
from trailblazer_gym.ragged import Ragged

BOX = {
    "box": {
        "dtype": "DATA_TYPE_FLOAT32",
        "shape": ["2"],
        "low": [0.1, "-Infinity"],
        "high": [5, "Infinity"],
        "features": [
            {"name": "buffer", "unit": "s"},
            {"name": "rate", "unit": "Mbps", "description": "of the link"},
        ],
    }
}
DISCRETE = {"discrete": {"n": "6", "start": "-2", "choices": [{"name": "300 kbps"}]}}
NODE = {"dtype": "DATA_TYPE_FLOAT32", "shape": ["2"], "low": [0], "high": [9]}
EDGE = {"dtype": "DATA_TYPE_INT64", "shape": ["1"], "low": [0], "high": [99]}


def test_every_kind_is_built():
    box = spaces.build(BOX)
    assert box == gym.Box(
        np.array([0.1, -np.inf], np.float32), np.array([5, np.inf], np.float32)
    )
    assert spaces.build(DISCRETE) == gym.Discrete(6, start=-2)
    assert spaces.build({"multiDiscrete": {"nvec": ["2", "3"]}}) == gym.MultiDiscrete(
        [2, 3]
    )
    assert spaces.build({"multiBinary": {"n": "4"}}) == gym.MultiBinary(4)
    assert spaces.build({"tuple": {"spaces": [BOX, DISCRETE]}}) == gym.Tuple(
        [box, gym.Discrete(6, start=-2)]
    )
    assert spaces.build({"sequence": {"element": BOX}}) == gym.Sequence(box, stack=True)
    graph = spaces.build({"graph": {"node": NODE, "edge": EDGE}})
    assert graph == gym.Graph(gym.Box(0, 9, (2,)), gym.Box(0, 99, (1,), np.int64))


def test_dict_keeps_the_declared_order():
    entries = [{"key": "z", "space": BOX}, {"key": "a", "space": DISCRETE}]
    space = spaces.build({"dict": {"entries": entries}})
    assert list(space) == ["z", "a"]
    assert isinstance(space["z"], gym.Box)


def test_integer_box_without_bounds_spans_its_type():
    space = spaces.build(
        {"box": {"dtype": "DATA_TYPE_INT32", "shape": ["1"], "low": [0]}}
    )
    assert space.low == 0
    assert space.high == 2**31 - 1


def test_features_have_the_shape_of_the_space():
    space = {"dict": {"entries": [{"key": "state", "space": BOX}]}}
    (buffer, rate) = spaces.features(space)["state"]
    assert buffer == ("buffer", "s", "")
    assert rate == ("rate", "Mbps", "of the link")
    assert spaces.features(DISCRETE)[0].name == "300 kbps"
    assert spaces.features({"graph": {"node": NODE}}) == {"node": ()}


def test_unknown_kind_is_a_clear_error():
    with pytest.raises(ServerError, match="unknown kind"):
        spaces.build({"quaternion": {}})


def ragged(rows, *counts):
    return Ragged(np.asarray(rows), np.cumsum([0, *counts]))


def box_leaf(n):
    return np.full((n, 2), 1, np.float32)


GRAPH_LEAVES = {
    True: [
        ragged(np.ones((5, 2), np.float32), 2, 3),
        ragged(np.arange(3)[:, None], 1, 2),
        ragged(np.array([[0, 1], [0, 2], [2, 1]]), 1, 2),
    ],
    False: [
        ragged(np.ones((5, 2), np.float32), 2, 3),
        ragged(np.array([[0, 1], [0, 2], [2, 1]]), 1, 2),
    ],
}

# Declared space, leaves of two environments.
CASES = [
    (BOX, [box_leaf(2)]),
    (DISCRETE, [np.array([-2, 3])]),
    ({"multiDiscrete": {"nvec": ["2", "3"]}}, [np.array([[1, 2], [0, 0]])]),
    ({"multiBinary": {"n": "3"}}, [np.array([[1, 0, 1], [0, 0, 0]], np.int8)]),
    ({"graph": {"node": NODE, "edge": EDGE}}, GRAPH_LEAVES[True]),
    ({"graph": {"node": NODE}}, GRAPH_LEAVES[False]),
    ({"sequence": {"element": BOX}}, [ragged(np.ones((3, 2), np.float32), 3, 0)]),
    (
        {"tuple": {"spaces": [DISCRETE, BOX]}},
        [np.array([0, 1]), box_leaf(2)],
    ),
    (
        {
            "dict": {
                "entries": [
                    {"key": "jobs", "space": {"graph": {"node": NODE}}},
                    {"key": "free", "space": DISCRETE},
                ]
            }
        },
        [*GRAPH_LEAVES[False], np.array([0, 1])],
    ),
]


@pytest.mark.parametrize(("declared", "leaves"), CASES)
def test_leaves_become_members_of_the_space(declared, leaves):
    space = spaces.build(declared)
    rest = iter(leaves)
    batched = observations.batch(declared)(rest)
    assert list(rest) == []
    assert observations.leaf_count(declared) == len(leaves)
    batched_space = spaces.batch(declared, 2)
    assert batched_space == batch_space(space, 2)
    assert batched_space.contains(batched)
    single = observations.single(declared)
    for i in range(2):
        assert space.contains(single(iter(observations.row(leaves, i))))
