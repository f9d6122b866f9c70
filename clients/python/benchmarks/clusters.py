"""Times vectors of Spark clusters: steps a second, and what a step carries.

A policy written with NumPy schedules all clusters at once. The server runs on
the same machine, and shares its cores.

    python clients/python/benchmarks/clusters.py
    python clients/python/benchmarks/clusters.py --policy random --pad --json
"""

from __future__ import annotations

from typing import Any

import numpy as np
import vectors

from trailblazer_gym import cjs

# Room for what FIFO lets pile up in the scenario cjs/train.
ROOM = {"max_nodes": 256, "max_edges": 256, "max_jobs": 32, "truncate": True}


def fifo(executors: int) -> vectors.Policy:
    """Serves the source of executors first, then jobs as they came.

    No other job gets more than half of the executors.
    """
    most = (executors + 1) // 2

    def act(observations: Any, infos: Any) -> dict[str, np.ndarray]:
        del infos
        clusters = cjs.Clusters(observations)
        job = clusters.node_job[clusters.schedulable]
        source = clusters.is_source[job]
        room = most - clusters.executor_supply[job]
        waits = np.zeros(len(clusters.nodes), bool)
        waits[clusters.edges[:, 1]] = True
        # First the source, then by job, then what waits for no other stage.
        rank = np.where(source, -1, job) * 2 + waits[clusters.schedulable]
        best = clusters.best(np.where(source | (room > 0), -rank, -np.inf))
        if not len(job):
            return {"stage": best, "executors": np.ones_like(best)}
        free = clusters.committable
        some = np.where(source[best], free, np.minimum(free, room[best]))
        return {
            "stage": np.where(best < 0, cjs.PASS, clusters.stage[best]),
            "executors": np.where(best < 0, 1, some).clip(min=1),
        }

    return act


def uniform(executors: int) -> vectors.Policy:
    """Draws legal actions."""
    del executors
    rng = np.random.default_rng(1)
    return lambda observations, infos: cjs.sample_legal(infos, rng)


POLICIES = {"fifo": fifo, "random": uniform}


def main() -> None:
    """Measures vectors of several lengths and prints a table or JSON."""
    parser = vectors.parser(__doc__, "cjs/train", [1, 16, 64, 256])
    parser.add_argument("--policy", choices=POLICIES, default="fifo")
    parser.add_argument("--pad", action="store_true", help="pad all observations")
    args = parser.parse_args()

    def policy(envs: Any) -> vectors.Policy:
        act = POLICIES[args.policy](int(envs.single_action_space["executors"].n))
        if not args.pad:
            return act

        def padded(observations: Any, infos: Any) -> dict[str, np.ndarray]:
            cjs.pad(observations, **ROOM)
            return act(observations, infos)

        return padded

    vectors.compare("trailblazer/CJS-v0", args, policy)


if __name__ == "__main__":
    main()
