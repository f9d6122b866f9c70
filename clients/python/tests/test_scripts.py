"""What is shown to users runs: README snippets, benchmarks, examples."""

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


def rollout(program, scenario, *options):
    """Returns the metrics of policies that the program itself plays."""
    command = [program, "rollout", "--json", "--scenario", scenario, *options]
    played = subprocess.run(command, capture_output=True, check=True)
    return {
        result["policy"]: {
            name: metric["mean"] for name, metric in result["metrics"].items()
        }
        for result in json.loads(played.stdout)["results"]
    }


def run(*command, timeout=60, cwd=HERE):
    """Runs a Python script of the package; returns what it prints."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda s: s.splitlines()[-1][:20])
def test_readme(program, snippet, collected, tmp_path):
    if "pandas" in snippet:
        pytest.importorskip("pandas", reason="needs the extra `test`")
    # The data set that READMEs collect on the command line.
    (tmp_path / "experience").symlink_to(collected / "abr")
    run("-W", "error", "-c", snippet, cwd=tmp_path)


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


@pytest.mark.parametrize("options", [[], ["--policy", "request", "--packets"]])
def test_sessions_benchmark(program, options):
    sizes = ["--num-envs", "1", "9"]
    out = run("benchmarks/sessions.py", "--json", "--seconds", "0.1", *sizes, *options)
    report = json.loads(out)
    results = report["results"]
    assert report["config"] == ({"packets": True} if options else {})
    assert [r["num_envs"] for r in results] == [1, 9]
    assert all(r["steps_per_s"] > 0 and r["bytes_per_step"] > 400 for r in results)


def test_pull_benchmark(program):
    pytest.importorskip("pandas", reason="needs the extra `test`")
    out = run("benchmarks/pull.py", "--json", "--episodes", "30", "--passes", "1")
    report = json.loads(out)
    assert report["steps"] == 30 * 47
    results = report["results"]
    assert list(results) == [
        "pull",
        "pull, shuffled",
        "pull, padded",
        "pandas",
        "pyarrow",
    ]
    assert all(r["steps_per_s"] > 0 and r["mb_per_s"] > 0 for r in results.values())


def test_benchmarks_print_tables(program):
    table = run("benchmarks/sessions.py", "--seconds", "0.05", "--num-envs", "2")
    heading, row = table.splitlines()
    assert heading.split()[:2] == ["envs", "steps/s"]
    assert row.split()[0] == "2"


def test_transports_benchmark(program):
    options = ["--json", "--seconds", "0.05", "--num-envs", "2"]
    results = json.loads(run("benchmarks/transports.py", *options))["results"]
    measured = {(r["transport"], r["over"]) for r in results}
    assert {("package", "unix"), ("package", "tcp"), ("http.client", "tcp")} <= measured


def test_scheduling_example(program):
    out = run("examples/schedule_jobs.py", "--jobs", "60", "--episodes", "2")
    assert "weighted_fair" in out


def test_prediction_example(program):
    """What is learned from few sessions already beats the rules; others don't."""
    sizes = ["--sessions", "24", "--test-sessions", "24"]
    report = json.loads(run("examples/predict_bandwidth.py", "--json", *sizes))
    scores = report["results"]
    assert report["sessions"] == 24
    assert scores["true bandwidth"]["mape"] == 0
    assert scores["model"]["mape"] < 0.25 < scores["request rate"]["mape"]
    assert scores["last receive rate"]["mape"] > 2 * scores["model"]["mape"]
    assert (
        scores["model"]["stall_rate_100ms"] < scores["request rate"]["stall_rate_100ms"]
    )


def test_scores_of_the_prediction_example_are_the_servers(program):
    """Rules score the same where the program plays and measures them itself."""
    example = runpy.run_path(str(HERE / "examples" / "predict_bandwidth.py"))
    options = ["--seed", "5", "--episodes", "12", "--policies", "oracle,request-rate"]
    want = rollout(program, "cc/test", *options)

    def request(observations, infos):
        return infos["request_kbps"]

    for policy, name in ((example["oracle"], "oracle"), (request, "request-rate")):
        scores = example["play"](policy, "cc/test", range(5, 17)).scores
        assert scores.keys() <= want[name].keys()
        for metric, score in scores.items():
            assert score == pytest.approx(want[name][metric], rel=1e-9), metric


def test_fifo_of_benchmark_and_example_are_the_servers(program, monkeypatch):
    """All three schedule the same episodes the same way."""
    monkeypatch.syspath_prepend(str(HERE / "benchmarks"))
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
    played = ["--policies", "fifo", "--seed", "1"]
    played += ["--config", json.dumps(options["config"])]
    result = rollout(program, options["scenario"], *played)
    assert result["fifo"]["average_jct_s"] == scores[0]


def test_training_example(program):
    pytest.importorskip("skrl", reason="needs the extra `examples`")
    pytest.importorskip("jax", reason="needs the extra `examples`")
    out = run("examples/train_ppo.py", "--timesteps", "100_000", timeout=300)
    assert "PPO" in out
