"""Batches per second of a data set, pulled from a server on this machine.

The server reads the files, cuts them into windows and sends them; "pull" and
"pull, shuffled" are what arrives as NumPy arrays, "padded" gives each window a
row. Beside them, pandas and PyArrow read the same columns of the files into flat
arrays, without windows or shuffling. Each is the best of several passes.

    python clients/python/benchmarks/pull.py
    python clients/python/benchmarks/pull.py --datasets runs --name abr-train --json
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from trailblazer_gym import binary, data, ragged

FIELDS = ("observation", "action", "reward", "return_to_go")


class Passed(NamedTuple):
    """What one pass through the data brought."""

    batches: int
    steps: int
    bytes: int


def pulled(padded: bool, **query: Any) -> Passed:
    """Pulls a data set."""
    batches = steps = size = 0
    with data.pull(**query) as pull:
        for batch in pull:
            if padded:
                batch.padded()
            batches, steps = batches + 1, steps + batch.num_steps
            for values in batch.values():
                rows = values.rows if isinstance(values, ragged.Ragged) else values
                size += rows.nbytes
    return Passed(batches, steps, size)


def pandas_reads(files: Path, columns: list[str]) -> Passed:
    """Reads columns of the files with pandas."""
    import pandas

    frame = pandas.read_parquet(files, columns=columns)
    return counted([frame[column].to_numpy() for column in columns])


def pyarrow_reads(files: Path, columns: list[str]) -> Passed:
    """Reads columns of the files with PyArrow."""
    from pyarrow import parquet

    table = parquet.read_table(files, columns=columns)
    return counted([table[column].to_numpy() for column in columns])


def counted(arrays: list[np.ndarray]) -> Passed:
    """Counts columns of numbers, and columns of arrays of them."""
    size = sum(
        a.nbytes if a.dtype != object else sum(row.nbytes for row in a) for a in arrays
    )
    return Passed(1, len(arrays[0]), size)


def measure(work: Callable[[], Passed], passes: int) -> dict[str, float]:
    """Returns rates of the fastest of some passes."""
    best, done = float("inf"), Passed(0, 0, 0)
    for _ in range(passes):
        begun = time.perf_counter()
        done = work()
        best = min(best, time.perf_counter() - begun)
    return {
        "batches_per_s": round(done.batches / best, 1),
        "steps_per_s": round(done.steps / best),
        "mb_per_s": round(done.bytes / best / 1e6, 1),
    }


def collect(folder: str, episodes: int) -> None:
    """Fills a data set of built-in ABR episodes."""
    command = [binary.find(), "collect", "--scenario", "abr/default-test"]
    command += ["--policies", "bba", "--expert", "none", "--reference-episodes", "0"]
    command += ["--episodes", str(episodes), "--out", f"{folder}/abr"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    """Measures, and prints a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--datasets", help="directory; one is collected if left out")
    parser.add_argument("--name", default="abr", help="of the data set")
    parser.add_argument("--episodes", type=int, default=20_000, help="to collect")
    parser.add_argument("--window", type=int, default=20)
    parser.add_argument("--batch-size", type=int, default=256)
    parser.add_argument("--fields", nargs="+", default=FIELDS)
    parser.add_argument("--passes", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if args.datasets is None:
            collect(folder, args.episodes)
        report(args, args.datasets or folder)


def report(args: argparse.Namespace, datasets: str) -> None:
    """Measures a data set, and prints what came out."""
    described = data.describe(args.name, datasets=datasets)
    query = {
        "dataset": args.name,
        "datasets": datasets,
        "window": args.window,
        "batch_size": args.batch_size,
        "fields": args.fields,
    }
    columns = [c for name in args.fields for c in described.fields[name].columns]
    files = Path(datasets, args.name, "data")
    works = {
        "pull": lambda: pulled(False, **query),
        "pull, shuffled": lambda: pulled(False, **query, shuffle=True),
        "pull, padded": lambda: pulled(True, **query),
        "pandas": lambda: pandas_reads(files, columns),
        "pyarrow": lambda: pyarrow_reads(files, columns),
    }
    results = {name: measure(work, args.passes) for name, work in works.items()}
    if args.json:
        print(
            json.dumps(
                {
                    "steps": described.dataset.steps,
                    "window": args.window,
                    "batch_size": args.batch_size,
                    "fields": list(args.fields),
                    "cores": os.cpu_count(),
                    "results": results,
                }
            )
        )
        return
    print(f"{'':14} {'batches/s':>10} {'steps/s':>12} {'MB/s':>8}")
    for name, row in results.items():
        print(
            f"{name:14} {row['batches_per_s']:10,.0f} {row['steps_per_s']:12,} "
            f"{row['mb_per_s']:8,.0f}"
        )


if __name__ == "__main__":
    main()
