"""Environment steps per second through vectors, with random actions.

Counts everything that an agent's loop pays for: drawing the actions with NumPy,
the call, the server's step, and the arrays and infos that come back. The server
runs on the same machine, and shares its cores.

    python clients/python/benchmarks/throughput.py
    python clients/python/benchmarks/throughput.py --json --num-envs 256
"""

from __future__ import annotations

import argparse
import json
import os
import time
from typing import Any

import gymnasium
import numpy as np

import trailblazer_gym


def measure(num_envs: int, seconds: float, options: dict[str, Any]) -> dict[str, Any]:
    """Steps a vector for some seconds; returns rates and times per call."""
    envs = gymnasium.make_vec("trailblazer/ABR-v0", num_envs=num_envs, **options)
    envs.reset(seed=1)
    rng = np.random.default_rng(1)
    choices = envs.single_action_space.n
    clock = time.perf_counter

    def play(until: float) -> list[float]:
        times = []
        while clock() < until:
            begun = clock()
            envs.step(rng.integers(choices, size=num_envs))
            times.append(clock() - begun)
        return times

    play(clock() + seconds / 5)
    begun = clock()
    times = play(begun + seconds)
    elapsed = clock() - begun
    envs.close()
    p50, p99 = np.percentile(times, [50, 99]) * 1e6
    return {
        "num_envs": num_envs,
        "steps_per_s": round(len(times) * num_envs / elapsed),
        "calls_per_s": round(len(times) / elapsed),
        "p50_us": round(p50, 1),
        "p99_us": round(p99, 1),
    }


def main() -> None:
    """Measures vectors of several lengths and prints a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--num-envs", type=int, nargs="+", default=[1, 16, 256, 4096])
    parser.add_argument("--seconds", type=float, default=3.0, help="for each length")
    parser.add_argument("--scenario", default="abr/train")
    parser.add_argument("--autoreset-mode", default="NextStep")
    parser.add_argument("--server", help="address; one is started if left out")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    args = parser.parse_args()
    options = {
        "scenario": args.scenario,
        "autoreset_mode": args.autoreset_mode,
        "server": args.server,
    }
    results = []
    if not args.json:
        print(f"{'envs':>6} {'steps/s':>12} {'calls/s':>9} {'p50 us':>9} {'p99 us':>9}")
    for num_envs in args.num_envs:
        result = measure(num_envs, args.seconds, options)
        results.append(result)
        if not args.json:
            print(
                f"{num_envs:6} {result['steps_per_s']:12,} {result['calls_per_s']:9,}"
                f" {result['p50_us']:9} {result['p99_us']:9}"
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
