"""What is shown to users runs: README snippets, benchmarks, the example."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parents[1]
READMES = [HERE / "README.md", HERE.parents[1] / "README.md"]
SNIPPETS = [
    snippet
    for readme in READMES
    for snippet in re.findall(r"```python\n(.*?)```", readme.read_text(), re.S)
]


def run(*command, timeout=60):
    """Runs a Python script of the package; returns what it prints."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=HERE,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda s: s.splitlines()[-1][:20])
def test_readme(program, snippet):
    run("-W", "error", "-c", snippet)


def test_throughput_benchmark(program):
    sizes = ["--num-envs", "1", "64"]
    out = run("benchmarks/throughput.py", "--json", "--seconds", "0.1", *sizes)
    results = json.loads(out)["results"]
    assert [r["num_envs"] for r in results] == [1, 64]
    assert all(r["steps_per_s"] > 0 for r in results)


def test_transports_benchmark(program):
    options = ["--json", "--seconds", "0.05", "--num-envs", "2"]
    results = json.loads(run("benchmarks/transports.py", *options))["results"]
    measured = {(r["transport"], r["over"]) for r in results}
    assert {("package", "unix"), ("package", "tcp"), ("http.client", "tcp")} <= measured


def test_training_example(program):
    pytest.importorskip("skrl", reason="needs the extra `examples`")
    pytest.importorskip("jax", reason="needs the extra `examples`")
    out = run("examples/train_ppo.py", "--timesteps", "100_000", timeout=300)
    assert "PPO" in out
