"""What is shown to users runs: README snippets, benchmarks, the example."""

import json
import re
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import CJS

import trailblazer_gym

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


@pytest.mark.parametrize("options", [[], ["--policy", "random", "--pad"]])
def test_clusters_benchmark(program, options):
    sizes = ["--num-envs", "1", "9"]
    out = run("benchmarks/clusters.py", "--json", "--seconds", "0.1", *sizes, *options)
    results = json.loads(out)["results"]
    assert [r["num_envs"] for r in results] == [1, 9]
    assert all(r["steps_per_s"] > 0 and r["bytes_per_step"] > 100 for r in results)


def test_transports_benchmark(program):
    options = ["--json", "--seconds", "0.05", "--num-envs", "2"]
    results = json.loads(run("benchmarks/transports.py", *options))["results"]
    measured = {(r["transport"], r["over"]) for r in results}
    assert {("package", "unix"), ("package", "tcp"), ("http.client", "tcp")} <= measured


def test_scheduling_example(program):
    out = run("examples/schedule_jobs.py", "--jobs", "60", "--episodes", "2")
    assert "weighted_fair" in out


def test_fifo_of_benchmark_and_example_are_the_servers(program):
    """All three schedule the same episodes the same way."""
    options = {"scenario": "cjs/custom", "config": {"arrivals": {"jobs": 12}}}
    example = runpy.run_path(str(HERE / "examples" / "schedule_jobs.py"))
    benchmark = runpy.run_path(str(HERE / "benchmarks" / "clusters.py"))
    scores = [example["average_jct"](example["fifo"], seed, options) for seed in (1, 2)]
    envs = trailblazer_gym.TrailblazerVectorEnv(CJS, 2, **options)
    act = benchmark["fifo"](int(envs.single_action_space["executors"].n))
    observations, infos = envs.reset(seed=1)
    found = np.zeros(2)
    while not found.all():
        step = envs.step(act(observations, infos))
        observations, _, terminations, _, infos = step
        ended = terminations & (found == 0)
        found[ended] = infos["average_jct_s"][ended]
    envs.close()
    assert found.tolist() == scores
    command = [program, "rollout", "--policies", "fifo", "--seed", "1", "--json"]
    command += ["--scenario", options["scenario"]]
    command += ["--config", json.dumps(options["config"])]
    played = subprocess.run(command, capture_output=True, check=True)
    (result,) = json.loads(played.stdout)["results"]
    assert result["metrics"]["average_jct_s"]["mean"] == scores[0]


def test_training_example(program):
    pytest.importorskip("skrl", reason="needs the extra `examples`")
    pytest.importorskip("jax", reason="needs the extra `examples`")
    out = run("examples/train_ppo.py", "--timesteps", "100_000", timeout=300)
    assert "PPO" in out
