"""Infos against Gymnasium's own loop over the environments of a vector."""

import numpy as np
import pytest
from gymnasium.utils.env_checker import data_equivalence
from gymnasium.vector import VectorEnv

from trailblazer_gym import infos

N = 5


def box(dtype, *shape):
    return {"box": {"dtype": f"DATA_TYPE_{dtype}", "shape": [str(n) for n in shape]}}


def dictionary(**entries):
    return {"dict": {"entries": [{"key": k, "space": s} for k, s in entries.items()]}}


SPACE = dictionary(
    delay=box("FLOAT64"),
    level={"discrete": {"n": "6"}},
    ratio=box("FLOAT32"),
    stalled=box("BOOL"),
    sizes=box("FLOAT32", 6),
    qoe=dictionary(quality=box("FLOAT64"), detail=dictionary(count=box("INT32"))),
    action_mask={"multiBinary": {"n": "6"}},
)


def leaves(n, seed=0):
    rng = np.random.default_rng(seed)
    return [
        rng.random(n),
        rng.integers(0, 6, n),
        rng.random(n, np.float32),
        rng.random(n) < 0.5,
        rng.random((n, 6), np.float32),
        rng.random(n),
        rng.integers(0, 9, n, np.int32),
        rng.integers(0, 2, (n, 6), np.int8),
    ]


def one(all_leaves, i):
    return infos.single(SPACE)(iter([leaf[i : i + 1] for leaf in all_leaves]))


def by_gymnasium(found):
    """Merges infos of single environments, by index, the slow way."""
    vector = VectorEnv()
    vector.num_envs = N
    merged = {}
    for i, info in found.items():
        merged = vector._add_info(merged, info, i)
    return merged


def test_single_infos_are_plain():
    info = one(leaves(1), 0)
    assert type(info["delay"]) is float
    assert type(info["level"]) is int
    assert type(info["stalled"]) is bool
    assert isinstance(info["ratio"], np.float32)
    assert info["sizes"].shape == (6,)
    assert isinstance(info["qoe"]["detail"]["count"], np.int32)


def test_all():
    found = leaves(N)
    want = by_gymnasium({i: one(found, i) for i in range(N)})
    assert data_equivalence(infos.Batch(SPACE, N).all(found), want, exact=True)


@pytest.mark.parametrize("chosen", [[0], [1, 4], list(range(N))])
def test_some(chosen):
    found, batch = leaves(N), infos.Batch(SPACE, N)
    mask = np.isin(np.arange(N), chosen)
    want = by_gymnasium({i: one(found, i) for i in chosen})
    assert data_equivalence(batch.masked(found, mask), want, exact=True)
    rows = [leaf[chosen] for leaf in found]
    assert data_equivalence(batch.rows(rows, np.array(chosen)), want, exact=True)


def test_values_of_differing_length_become_objects():
    from trailblazer_gym.ragged import Ragged

    space = dictionary(jobs={"sequence": {"element": box("FLOAT32")}})
    found = [Ragged(np.arange(4, dtype=np.float32), np.array([0, 1, 1, 4]))]
    batch = infos.Batch(space, 3)
    jobs = batch.all(found)["jobs"]
    assert jobs.dtype == object
    assert [list(job) for job in jobs] == [[0], [], [1, 2, 3]]
    masked = batch.masked(found, np.array([False, True, True]))
    assert masked["jobs"][0] is None
    assert list(masked["jobs"][2]) == [1, 2, 3]
