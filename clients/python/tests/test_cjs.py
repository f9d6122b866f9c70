"""Helpers for trailblazer/CJS-v0 on random observations, against plain loops."""

import numpy as np
import observations_cjs as make
import pytest
from gymnasium.vector.utils import batch_space

from trailblazer_gym import cjs, spaces
from trailblazer_gym.errors import InvalidArgumentError

SEEDS = range(12)
ROOM = {"max_nodes": 40, "max_edges": 60, "max_jobs": 6}
# Too small for most observations.
TIGHT = {"max_nodes": 9, "max_edges": 4, "max_jobs": 3}


def padded_slowly(o, max_nodes, max_edges, max_jobs):
    """Pads one observation, and leaves out what has no room, one by one."""
    out = {
        "nodes": np.zeros((max_nodes, 3), np.float32),
        "node_job": np.zeros(max_nodes, int),
        "node_mask": np.zeros(max_nodes, np.int8),
        "edges": np.zeros((max_edges, 2), int),
        "edge_mask": np.zeros(max_edges, np.int8),
        "executor_supply": np.zeros(max_jobs, int),
        "executor_limit": np.zeros(max_jobs, int),
        "job_mask": np.zeros(max_jobs, np.int8),
        "schedulable": np.zeros(max_nodes, int),
        "schedulable_mask": np.zeros(max_nodes, np.int8),
        "committable": o["committable"],
        "source_job": np.minimum(o["source_job"], max_jobs),
    }
    for job, (first, end) in enumerate(zip(o["job_ptr"], o["job_ptr"][1:])):
        if job == max_jobs:
            break
        out["executor_supply"][job] = o["executor_supply"][job]
        out["executor_limit"][job] = o["executor_limit"][job]
        out["job_mask"][job] = 1
        for node in range(first, min(end, max_nodes)):
            out["nodes"][node] = o["dag"].nodes[node]
            out["node_job"][node], out["node_mask"][node] = job, 1
    there = np.flatnonzero(out["node_mask"])
    links = [link for link in o["dag"].edge_links if np.isin(link, there).all()]
    for i, link in enumerate(links[:max_edges]):
        out["edges"][i], out["edge_mask"][i] = link, 1
    for i, node in enumerate(np.intersect1d(o["schedulable"], there)):
        out["schedulable"][i], out["schedulable_mask"][i] = node, 1
    return out


def same(got, want):
    assert got.keys() == want.keys()
    for key, array in got.items():
        assert array.dtype == want[key].dtype, key
        np.testing.assert_array_equal(array, want[key], err_msg=key)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("room", [ROOM, TIGHT])
def test_pad_is_what_a_loop_makes(seed, room):
    vector, alone = make.observations(np.random.default_rng(seed), 7)
    space = cjs.padded_space(spaces.build(make.DECLARED), **room)
    padded = cjs.pad(vector, **room, truncate=True)
    assert batch_space(space, 7).contains(padded)
    for i, one in enumerate(alone):
        want = padded_slowly(one, **room)
        same({key: array[i, ...] for key, array in padded.items()}, want)
        got = cjs.pad(one, **room, truncate=True)
        same(got, want)
        assert space.contains(got)
    if room is ROOM:
        same(cjs.pad(vector, **room), padded)


def test_tuples_are_padded_like_flat_buffers():
    vector, alone = make.observations(np.random.default_rng(1), 3)
    tuples = {
        key: value if isinstance(value, np.ndarray) else tuple(value)
        for key, value in vector.items()
    }
    same(cjs.pad(tuples, **ROOM), cjs.pad(vector, **ROOM))
    assert len(alone) == 3


@pytest.mark.parametrize("field", ROOM)
def test_what_has_no_room_is_an_error(field):
    vector, alone = make.observations(np.random.default_rng(3), 4)
    counts = {
        "max_nodes": vector["dag"].nodes.counts,
        "max_edges": vector["dag"].edge_links.counts,
        "max_jobs": vector["executor_supply"].counts,
    }[field]
    worst = counts.argmax()
    room = {**ROOM, field: int(counts.max())}
    cjs.pad(vector, **room)
    room[field] -= 1
    with pytest.raises(ValueError, match=f"environment {worst}") as caught:
        cjs.pad(vector, **room)
    assert isinstance(caught.value, InvalidArgumentError)
    assert caught.value.field == field
    assert f"{field}={counts.max()} or more" in str(caught.value)
    with pytest.raises(ValueError, match=f"{counts.max()} .*, more than"):
        cjs.pad(alone[worst], **room)


@pytest.mark.parametrize("seed", SEEDS)
def test_adjacency_has_every_edge(seed):
    vector, alone = make.observations(np.random.default_rng(seed), 5)
    matrices = cjs.adjacency(cjs.pad(vector, **ROOM))
    assert matrices.shape == (5, 40, 40)
    assert matrices.dtype == np.float32
    for one, matrix in zip(alone, matrices):
        want = np.zeros((40, 40))
        for a, b in one["dag"].edge_links:
            want[a, b] = 1
        np.testing.assert_array_equal(matrix, want)
        got = cjs.adjacency(cjs.pad(one, **ROOM), bool)
        np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("seed", SEEDS)
def test_clusters_count_through_all_environments(seed):
    vector, alone = make.observations(np.random.default_rng(seed), 6)
    clusters = cjs.Clusters(vector)
    assert clusters.num_envs == 6
    node_env, node_job, job_env, edges, schedulable, source = [], [], [], [], [], []
    for env, one in enumerate(alone):
        first_node, first_job = len(node_env), len(job_env)
        edges += [(a + first_node, b + first_node) for a, b in one["dag"].edge_links]
        schedulable += [
            (env, stage, node + first_node)
            for stage, node in enumerate(one["schedulable"])
        ]
        for job, size in enumerate(np.diff(one["job_ptr"])):
            node_env += [env] * size
            node_job += [first_job + job] * size
            job_env.append(env)
            source.append(job == one["source_job"])
    assert clusters.node_env.tolist() == node_env
    assert clusters.node_job.tolist() == node_job
    assert clusters.job_env.tolist() == job_env
    assert clusters.is_source.tolist() == source
    assert clusters.edges.tolist() == [list(edge) for edge in edges]
    assert schedulable == list(
        zip(clusters.schedulable_env, clusters.stage, clusters.schedulable)
    )
    assert len(clusters.executor_supply) == len(clusters.executor_limit) == len(job_env)
    assert clusters.committable.tolist() == [one["committable"] for one in alone]
    bounds, children = clusters.csr()
    for node in range(len(node_env)):
        assert [b for a, b in edges if a == node] == children[
            bounds[node] : bounds[node + 1]
        ].tolist()
    for i, one in enumerate(alone):
        np.testing.assert_array_equal(
            cjs.Clusters(one).nodes, clusters.nodes[clusters.node_env == i]
        )


@pytest.mark.parametrize("seed", SEEDS)
def test_best_is_the_first_of_the_highest(seed):
    rng = np.random.default_rng(seed)
    vector, alone = make.observations(rng, 6)
    clusters = cjs.Clusters(vector)
    # Few values, so that many are equal; one of three is left out.
    score = rng.integers(0, 3, len(clusters.schedulable)).astype(float)
    score[score == 0] = -np.inf
    for env, chosen in enumerate(clusters.best(score)):
        own = [i for i, e in enumerate(clusters.schedulable_env) if e == env]
        able = [i for i in own if score[i] > -np.inf]
        assert chosen == (max(able, key=lambda i: (score[i], -i)) if able else -1)
    assert len(alone) == 6


@pytest.mark.parametrize("seed", SEEDS)
def test_masks_let_gymnasium_sample_what_is_legal(seed):
    rng = np.random.default_rng(seed)
    single = spaces.build(make.DECLARED_ACTION)
    alone = [make.info(rng, n) for n in rng.integers(0, 9, 5)]
    for one in alone:
        mask = cjs.action_masks(one, single)
        check_legal(single.sample(mask=mask), one)
        check_legal(cjs.sample_legal(one, rng), one)
    vector = batch_space(single, 5)
    joined = make.infos(alone)
    for actions in (
        vector.sample(mask=cjs.action_masks(joined, vector)),
        cjs.sample_legal(joined, rng),
    ):
        assert vector.contains(actions)
        for i, one in enumerate(alone):
            check_legal({key: column[i] for key, column in actions.items()}, one)


def check_legal(action, info):
    """Checks an action; where nothing is legal, it must be the space's first."""
    stage, executors = action["stage"] + 1, action["executors"] - 1
    if info["stage_mask"].any():
        assert info["stage_mask"][stage]
    else:
        assert stage == 0
    if info["executor_mask"].any():
        assert info["executor_mask"][executors]
    else:
        assert executors == 0


def test_legal_actions_are_drawn_with_the_same_probability():
    mask = np.array([0, 1, 1, 0, 1], np.int8)
    info = {
        "stage_mask": mask,
        "executor_mask": np.array([1, 1, 0, 0], np.int8),
    }
    rng = np.random.default_rng(1)
    joined = make.infos([info] * 6000)
    actions = cjs.sample_legal(joined, rng)
    values, counts = np.unique(actions["stage"], return_counts=True)
    assert values.tolist() == [0, 1, 3]
    assert (abs(counts - 2000) < 200).all()
    values, counts = np.unique(actions["executors"], return_counts=True)
    assert values.tolist() == [1, 2]
    assert (abs(counts - 3000) < 200).all()
