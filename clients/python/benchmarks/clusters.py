"""Times vectors of Spark clusters: steps a second, and what a step carries.

A policy written with NumPy schedules all clusters at once. The server runs on
the same machine, and shares its cores.

    python clients/python/benchmarks/clusters.py
    python clients/python/benchmarks/clusters.py --policy random --pad --json
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from typing import Any

import gymnasium
import numpy as np

import trailblazer_gym
from trailblazer_gym import cjs

# Takes observations and infos, returns actions.
Policy = Callable[[Any, Any], dict[str, np.ndarray]]

# Room for what FIFO lets pile up in the scenario cjs/train.
ROOM = {"max_nodes": 256, "max_edges": 256, "max_jobs": 32, "truncate": True}


def fifo(executors: int) -> Policy:
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


def uniform(executors: int) -> Policy:
    """Draws legal actions."""
    del executors
    rng = np.random.default_rng(1)
    return lambda observations, infos: cjs.sample_legal(infos, rng)


POLICIES = {"fifo": fifo, "random": uniform}


def measure(
    num_envs: int, seconds: float, name: str, pad: bool, options: dict[str, Any]
) -> dict[str, Any]:
    """Plays a vector for some seconds; returns rates, times and sizes."""
    envs = gymnasium.make_vec("trailblazer/CJS-v0", num_envs=num_envs, **options)
    policy = POLICIES[name](int(envs.single_action_space["executors"].n))
    client = envs.unwrapped._session.client
    call, received = client.call_binary, 0

    def counted(*args: Any) -> Any:
        nonlocal received
        body = call(*args)
        received += body.stop - body.start
        return body

    client.call_binary = counted
    clock = time.perf_counter
    observations, infos = envs.reset(seed=1)

    def play(until: float) -> list[tuple[float, float]]:
        nonlocal observations, infos
        times = []
        while clock() < until:
            begun = clock()
            if pad:
                cjs.pad(observations, **ROOM)
            actions = policy(observations, infos)
            acted = clock()
            observations, _, _, _, infos = envs.step(actions)
            times.append((acted - begun, clock() - acted))
        return times

    play(clock() + seconds / 5)
    received, begun = 0, clock()
    times = np.array(play(begun + seconds)) * 1e6
    elapsed = clock() - begun
    envs.close()
    p50, p99 = np.percentile(times[:, 1], [50, 99])
    return {
        "num_envs": num_envs,
        "policy": name,
        "padded": pad,
        "steps_per_s": round(len(times) * num_envs / elapsed),
        "bytes_per_step": round(received / len(times) / num_envs),
        "p50_us": round(p50, 1),
        "p99_us": round(p99, 1),
        "policy_us": round(np.median(times[:, 0]), 1),
    }


def main() -> None:
    """Measures vectors of several lengths and prints a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--num-envs", type=int, nargs="+", default=[1, 16, 64, 256])
    parser.add_argument("--seconds", type=float, default=3.0, help="for each length")
    parser.add_argument("--policy", choices=POLICIES, default="fifo")
    parser.add_argument("--pad", action="store_true", help="pad all observations")
    parser.add_argument("--scenario", default="cjs/train")
    parser.add_argument("--server", help="address; one is started if left out")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    args = parser.parse_args()
    options = {"scenario": args.scenario, "server": args.server}
    results = []
    if not args.json:
        print(
            f"{'envs':>6} {'steps/s':>10} {'bytes/step':>10} {'p50 us':>9}"
            f" {'p99 us':>9} {'policy us':>9}"
        )
    for num_envs in args.num_envs:
        row = measure(num_envs, args.seconds, args.policy, args.pad, options)
        results.append(row)
        if not args.json:
            print(
                f"{num_envs:6} {row['steps_per_s']:10,} {row['bytes_per_step']:10,}"
                f" {row['p50_us']:9} {row['p99_us']:9} {row['policy_us']:9}"
            )
    if args.json:
        report = {
            "scenario": args.scenario,
            "version": trailblazer_gym.__version__,
            "cores": os.cpu_count(),
            "results": results,
        }
        print(json.dumps(report))


if __name__ == "__main__":
    main()
