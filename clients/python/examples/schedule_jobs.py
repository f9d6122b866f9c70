"""Schedules Spark jobs with an agent of one's own, and shows that it beats FIFO.

    python clients/python/examples/schedule_jobs.py

Each job gets a share of the executors that grows slowly with the work it has
left, small jobs first. Both agents play the same episodes: the same jobs arrive
at the same times. Prints the average job completion time in seconds, and fails
if it is not clearly below FIFO's. Takes half a minute.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any

import gymnasium
import numpy as np

# Gymnasium imports what comes before the colon, and that registers the rest.
ENV = "trailblazer_gym:trailblazer/CJS-v0"

# Takes an observation and the size of the cluster, returns an action.
Agent = Callable[[dict[str, Any], int], dict[str, int]]


def weighted_fair(observation: dict[str, Any], executors: int) -> dict[str, int]:
    """Gives a job a share of the cluster by its remaining work to the power 0.2."""
    nodes = observation["dag"].nodes
    tasks, duration = nodes[:, 0].astype(float), nodes[:, 1]
    work = np.add.reduceat(tasks * duration, observation["job_ptr"][:-1])
    share = np.ceil(executors * work**0.2 / (work**0.2).sum())
    job, waits, free = candidates(observation)
    has = observation["executor_supply"].copy()
    if observation["source_job"] < len(has):
        has[observation["source_job"]] -= free
    room = (share - has)[job]
    # Jobs below their share first, then small ones, then what waits for nothing.
    best = np.lexsort((waits, work[job], room <= 0))[0]
    some = room[best] if room[best] > 0 else observation["executor_limit"][job[best]]
    return {"stage": int(best), "executors": int(np.clip(some, 1, free))}


def fifo(observation: dict[str, Any], executors: int) -> dict[str, int]:
    """Serves jobs as they came, each with up to half of the executors."""
    job, waits, free = candidates(observation)
    source = job == observation["source_job"]
    room = (executors + 1) // 2 - observation["executor_supply"][job]
    best = np.lexsort((waits, job, ~source, ~source & (room <= 0)))[0]
    if source[best]:
        return {"stage": int(best), "executors": free}
    if room[best] <= 0:
        return {"stage": -1, "executors": 1}
    return {"stage": int(best), "executors": int(min(free, room[best]))}


def candidates(observation: dict[str, Any]) -> tuple[np.ndarray, np.ndarray, int]:
    """Returns the schedulable stages' jobs, whether they wait, and free executors.

    A stage waits if another one that it depends on is not complete.
    """
    stages = observation["schedulable"]
    job = np.searchsorted(observation["job_ptr"], stages, side="right") - 1
    waits = np.isin(stages, observation["dag"].edge_links[:, 1])
    return job, waits, int(observation["committable"])


def average_jct(agent: Agent, seed: int, options: dict[str, Any]) -> float:
    """Plays an episode; returns the average job completion time in seconds."""
    env = gymnasium.make(ENV, disable_env_checker=True, **options)
    executors = int(env.action_space["executors"].n)
    observation, info = env.reset(seed=seed)
    ended = False
    while not ended:
        action = agent(observation, executors)
        observation, _, ended, _, info = env.step(action)
    env.close()
    return info["average_jct_s"]


def main() -> None:
    """Plays, compares, and fails if the agent is not clearly better."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--episodes", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=200, help="in each episode")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    options = {
        "scenario": "cjs/default-test",
        "config": {"arrivals": {"jobs": args.jobs}},
    }
    scores = {}
    for agent in (fifo, weighted_fair):
        episodes = range(args.seed, args.seed + args.episodes)
        played = [average_jct(agent, seed, options) for seed in episodes]
        scores[agent] = np.mean(played)
        listed = " ".join(f"{jct:6.1f}" for jct in played)
        print(f"{agent.__name__:13} {scores[agent]:6.1f} s   ({listed})")
    if scores[weighted_fair] > 0.9 * scores[fifo]:
        sys.exit("the agent does not clearly beat FIFO")


if __name__ == "__main__":
    main()
