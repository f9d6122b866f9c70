"""Data sets that the program exports, as NumPy and Minari read them."""

import subprocess

import numpy as np
import pytest


def collect(program, out, *options):
    """Fills a data set."""
    run(program, "collect", "--out", out, "--quiet", *options)
    return out


def run(program, *arguments):
    return subprocess.run([program, *arguments], check=True, capture_output=True)


def d4rl(program, dataset, *options):
    """Exports a data set as arrays."""
    path = dataset.with_suffix(".npz")
    run(program, "data", "export", dataset, "--format", "d4rl", "--out", path, *options)
    return np.load(path, allow_pickle=False)


@pytest.fixture(scope="module")
def videos(program, tmp_path_factory):
    """Five episodes of two policies."""
    return collect(
        program,
        tmp_path_factory.mktemp("abr") / "set",
        *("--scenario", "abr/default-test"),
        *("--policies", "bba,fixed:level=2", "--mix", "draw", "--episodes", "5"),
    )


def test_arrays(program, videos):
    z = d4rl(program, videos, "--compress")
    steps = len(z["rewards"])
    assert z["observations"].shape == z["next_observations"].shape == (steps, 6, 6)
    assert z["observations"].dtype == np.float32
    assert z["actions"].dtype == np.int64
    ends = z["terminals"] | z["timeouts"]
    assert ends.sum() == 5
    assert ends[-1]
    inside = ~ends[:-1]
    np.testing.assert_array_equal(
        z["next_observations"][:-1][inside], z["observations"][1:][inside]
    )
    assert set(z["metadata/policies"]) == {"bba", "fixed:level=2"}
    assert z["metadata/environment"] == ["trailblazer/ABR-v0"]
    assert len(z["metadata/observations"]) == 36
    # Whoever acts by one level chooses it.
    fixed = list(z["metadata/policies"]).index("fixed:level=2")
    assert set(z["actions"][z["policy"] == fixed]) <= {2}


def test_graphs_are_packed(program, tmp_path):
    dataset = collect(
        program,
        tmp_path / "set",
        *("--scenario", "cjs/default-test", "--policies", "fifo", "--episodes", "1"),
    )
    z = d4rl(program, dataset)
    states, steps = z["states"], len(z["rewards"])
    np.testing.assert_array_equal(states, np.arange(steps))
    offsets = z["observations/dag/nodes/offsets"]
    nodes = z["observations/dag/nodes/values"]
    assert len(offsets) == steps + 2
    assert offsets[-1] == len(nodes)
    first = nodes[offsets[states[0]] : offsets[states[0] + 1]]
    assert first.ndim == 2
    assert len(first) > 0


def test_minari(program, videos, tmp_path, monkeypatch):
    minari = pytest.importorskip("minari")
    pytest.importorskip("pyarrow")
    pytest.importorskip("PIL")
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path))
    name = "trailblazer/test-v0"
    run(
        program,
        *("data", "export", videos, "--format", "minari"),
        *("--id", name, "--out", tmp_path),
    )
    dataset = minari.load_dataset(name)
    z = d4rl(program, videos)
    assert dataset.total_episodes == 5
    assert dataset.total_steps == len(z["rewards"])
    start = 0
    for episode in dataset:
        part = slice(start, start + len(episode.rewards))
        np.testing.assert_array_equal(
            episode.observations[:-1], z["observations"][part]
        )
        np.testing.assert_array_equal(
            episode.observations[1:], z["next_observations"][part]
        )
        np.testing.assert_array_equal(episode.actions, z["actions"][part])
        np.testing.assert_array_equal(episode.rewards, z["rewards"][part])
        np.testing.assert_array_equal(episode.terminations, z["terminals"][part])
        np.testing.assert_array_equal(
            episode.infos["buffer_ms"][1:], z["infos/buffer_ms"][part]
        )
        assert dataset.observation_space.contains(episode.observations[0])
        assert dataset.action_space.contains(episode.actions[0])
        start = part.stop
    assert start == len(z["rewards"])
    assert len(dataset.sample_episodes(2)) == 2
