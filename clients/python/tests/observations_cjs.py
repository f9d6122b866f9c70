"""Random observations of trailblazer/CJS-v0, and their spaces."""

import numpy as np
from gymnasium.spaces import GraphInstance

from trailblazer_gym.ragged import Graphs, Ragged

EXECUTORS = 10
MOST_STAGES = 200


def box(dtype, high, *shape):
    """Declares a Box from 0 up to high."""
    return {
        "dtype": f"DATA_TYPE_{dtype}",
        "shape": [str(n) for n in shape],
        "low": [0],
        "high": [high],
    }


def integer(high):
    return {"box": box("INT64", high)}


def listed(high):
    return {"sequence": {"element": integer(high)}}


DECLARED = {
    "dict": {
        "entries": [
            {"key": key, "space": space}
            for key, space in {
                "dag": {"graph": {"node": box("FLOAT32", 1000, 3)}},
                "job_ptr": listed(MOST_STAGES),
                "executor_supply": listed(2**31 - 1),
                "executor_limit": listed(EXECUTORS),
                "schedulable": listed(MOST_STAGES),
                "committable": integer(EXECUTORS),
                "source_job": integer(MOST_STAGES),
            }.items()
        ]
    }
}
DECLARED_ACTION = {
    "dict": {
        "entries": [
            {
                "key": "stage",
                "space": {"discrete": {"n": str(MOST_STAGES + 1), "start": "-1"}},
            },
            {
                "key": "executors",
                "space": {"discrete": {"n": str(EXECUTORS), "start": "1"}},
            },
        ]
    }
}


def observation(rng):
    """Returns the observation of a cluster of up to six jobs."""
    sizes = rng.integers(1, 7, size=rng.integers(0, 7))
    ends = np.cumsum(sizes)
    nodes = rng.integers(0, 1000, (sizes.sum(), 3)).astype(np.float32)
    nodes[:, 2] = rng.random(len(nodes)) < 0.4
    links = [
        (a, b)
        for end, size in zip(ends, sizes)
        for a in range(end - size, end)
        for b in range(a + 1, end)
        if rng.random() < 0.4
    ]
    return {
        "dag": GraphInstance(
            nodes,
            np.zeros(len(links), int),
            np.array(links, int).reshape(-1, 2),
        ),
        "job_ptr": np.concatenate(([0], ends)),
        "executor_supply": rng.integers(0, 9, len(sizes)),
        "executor_limit": rng.integers(0, EXECUTORS + 1, len(sizes)),
        "schedulable": np.flatnonzero(nodes[:, 2]),
        "committable": np.array(rng.integers(0, EXECUTORS + 1)),
        "source_job": np.array(rng.integers(0, len(sizes) + 1)),
    }


def observations(rng, num_envs):
    """Returns observations of a vector, and the same one by one."""
    alone = [observation(rng) for _ in range(num_envs)]
    joined = {
        key: np.stack([o[key] for o in alone])
        if alone[0][key].ndim == 0
        else Ragged.of([o[key] for o in alone])
        for key in alone[0]
        if key != "dag"
    }
    return {"dag": Graphs.of([o["dag"] for o in alone]), **joined}, alone


def info(rng, stages):
    """Returns the masks of an environment with so many schedulable stages."""
    free = rng.integers(0, EXECUTORS + 1) if stages else 0
    mask = np.ones(1 + stages, np.int8)
    mask[0] = rng.random() < 0.5
    return {
        "stage_mask": mask,
        "executor_mask": (np.arange(EXECUTORS) < free).astype(np.int8),
    }


def infos(alone):
    """Joins infos as a vector's."""
    masks = np.empty(len(alone), object)
    for i, one in enumerate(alone):
        masks[i] = one["stage_mask"]
    return {
        "stage_mask": masks,
        "executor_mask": np.stack([one["executor_mask"] for one in alone]),
    }
