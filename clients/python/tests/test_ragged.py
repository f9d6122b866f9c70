"""Flat buffers of a vector against lists of arrays."""

import copy
import pickle

import numpy as np
import pytest
from gymnasium.spaces import GraphInstance
from gymnasium.utils.env_checker import data_equivalence

from trailblazer_gym.ragged import Graphs, Ragged


def arrays(rng, shape=()):
    """Returns arrays of differing length, empty ones among them."""
    return [
        rng.random((n, *shape), np.float32)
        for n in rng.integers(0, 5, rng.integers(1, 9))
    ]


def same(got, want):
    assert len(got) == len(want)
    for a, b in zip(got, want):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("shape", [(), (3,), (2, 2)])
@pytest.mark.parametrize("seed", range(8))
def test_a_ragged_is_a_sequence_of_arrays(seed, shape):
    want = arrays(np.random.default_rng(seed), shape)
    got = Ragged.of(want)
    same(list(got), want)
    same([got[i] for i in range(len(got))], want)
    same([got[-1 - i] for i in range(len(got))], want[::-1])
    same(got[1:3], want[1:3])
    same(got[::-1], want[::-1])
    same(got.only(0), want[:1])
    assert got.counts.tolist() == [len(a) for a in want]
    assert got.owners.tolist() == [i for i, a in enumerate(want) for _ in a]
    assert got.places.tolist() == [k for a in want for k in range(len(a))]
    assert Ragged.of(got) is got
    with pytest.raises(IndexError, match=str(len(want))):
        got[len(want)]


@pytest.mark.parametrize("shape", [(), (3,), (2, 2)])
@pytest.mark.parametrize("seed", range(8))
def test_rows_are_chosen_and_padded(seed, shape):
    rng = np.random.default_rng(seed)
    want = arrays(rng, shape)
    ragged = Ragged.of(want)
    keep = rng.random(len(ragged.rows)) < 0.5
    chosen = ragged.where(keep)
    same(chosen, [a[k] for a, k in zip(want, Ragged(keep, ragged.offsets))])
    padded, used = chosen.padded(6)
    assert padded.shape == (len(want), 6, *shape)
    for a, row, mask in zip(chosen, padded, used):
        np.testing.assert_array_equal(row[: len(a)], a)
        assert not row[len(a) :].any()
        assert mask.tolist() == [True] * len(a) + [False] * (6 - len(a))


def test_items_are_views():
    ragged = Ragged(np.arange(5), np.array([0, 2, 5]))
    ragged[1][0] = 99
    assert ragged.rows[2] == 99
    assert all(np.shares_memory(item, ragged.rows) for item in ragged)


def graphs():
    nodes = Ragged(np.arange(10, dtype=np.float32).reshape(5, 2), np.array([0, 2, 5]))
    links = Ragged(np.array([[0, 1], [0, 2], [1, 2]]), np.array([0, 1, 3]))
    edges = Ragged(np.array([[7], [8], [9]]), np.array([0, 1, 3]))
    return Graphs(nodes, None, links), Graphs(nodes, edges, links)


def test_graphs_are_a_sequence_of_graphs():
    plain, valued = graphs()
    want = GraphInstance(
        np.arange(4, 10, dtype=np.float32).reshape(3, 2),
        np.zeros(2, int),
        np.array([[0, 2], [1, 2]]),
    )
    for got in (plain[1], plain[-1], list(plain)[1], plain[1:][0]):
        assert data_equivalence(got, want, exact=True)
    assert data_equivalence(
        tuple(valued), tuple(valued[i] for i in range(2)), exact=True
    )
    assert valued[1].edges.tolist() == [[8], [9]]
    assert data_equivalence(tuple(Graphs.of(list(plain))), tuple(plain), exact=True)
    with pytest.raises(IndexError):
        plain[2]


@pytest.mark.parametrize("value", [Ragged.of([np.arange(3), np.arange(2)]), *graphs()])
def test_values_can_be_compared_copied_and_pickled(value):
    for other in (copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
        assert other == value
        assert data_equivalence(other, value, exact=True)
        part = other if isinstance(other, Ragged) else other.nodes
        part.rows[-1] += 1
        assert other != value
    assert value != 3
    assert "2 " in repr(value)
