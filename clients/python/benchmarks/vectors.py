"""What the benchmarks of vectors share: their options, the loop, and the table."""

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

# Takes observations and infos, returns actions.
Policy = Callable[[Any, Any], Any]

# What is measured, and what the table calls it.
COLUMNS = {
    "num_envs": "envs",
    "steps_per_s": "steps/s",
    "bytes_per_step": "bytes/step",
    "p50_us": "p50 us",
    "p99_us": "p99 us",
    "policy_us": "policy us",
}


def parser(
    description: str, scenario: str, num_envs: list[int]
) -> argparse.ArgumentParser:
    """Returns a parser of the options that all benchmarks have."""
    options = argparse.ArgumentParser(description=description.splitlines()[0])
    options.add_argument("--num-envs", type=int, nargs="+", default=num_envs)
    options.add_argument("--seconds", type=float, default=3.0, help="for each length")
    options.add_argument("--scenario", default=scenario)
    options.add_argument("--autoreset-mode", default="NextStep")
    options.add_argument("--server", help="address; one is started if left out")
    options.add_argument("--json", action="store_true", help="print one JSON object")
    return options


def compare(
    env_id: str,
    args: argparse.Namespace,
    policy: Callable[[Any], Policy],
    **config: Any,
) -> None:
    """Measures vectors of all lengths, and prints a table or JSON.

    Args:
        policy: returns what acts in a vector.
        config: of the environment.
    """
    results = []
    if not args.json:
        print(" ".join(f"{heading:>10}" for heading in COLUMNS.values()))
    for num_envs in args.num_envs:
        envs = gymnasium.make_vec(
            env_id,
            num_envs=num_envs,
            scenario=args.scenario,
            autoreset_mode=args.autoreset_mode,
            server=args.server,
            config=config,
        )
        row = measure(envs, policy(envs), args.seconds)
        envs.close()
        results.append(row)
        if not args.json:
            print(" ".join(f"{row[column]:10,}" for column in COLUMNS), flush=True)
    if args.json:
        report = {
            "scenario": args.scenario,
            "config": config,
            "version": trailblazer_gym.__version__,
            "cores": os.cpu_count(),
            "results": results,
        }
        print(json.dumps(report))


def measure(envs: Any, policy: Policy, seconds: float) -> dict[str, Any]:
    """Plays a vector for some seconds; returns rates, times and sizes.

    Bytes are those of replies: observations, rewards, flags and infos.
    """
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
            actions = policy(observations, infos)
            acted = clock()
            observations, _, _, _, infos = envs.step(actions)
            times.append((acted - begun, clock() - acted))
        return times

    play(clock() + seconds / 5)
    received, begun = 0, clock()
    times = np.array(play(begun + seconds)) * 1e6
    elapsed = clock() - begun
    p50, p99 = np.percentile(times[:, 1], [50, 99])
    return {
        "num_envs": envs.num_envs,
        "steps_per_s": round(len(times) * envs.num_envs / elapsed),
        "bytes_per_step": round(received / len(times) / envs.num_envs),
        "p50_us": round(p50, 1),
        "p99_us": round(p99, 1),
        "policy_us": round(np.median(times[:, 0]), 1),
    }
