"""The files of data sets, read by the libraries that people read them with."""

import json
import subprocess

import numpy as np
import pytest

from trailblazer_gym import data, local
from trailblazer_gym.ragged import Ragged

pandas = pytest.importorskip("pandas", reason="needs the extra `test`")
pytest.importorskip("pyarrow", reason="needs the extra `test`")

NAMES = ["abr", "cjs", "cc"]


@pytest.fixture
def pulled(program, collected):
    """Returns a function that pulls all of a data set in one batch."""

    def pulled(name):
        (batch,) = data.pull(name, datasets=str(collected), batch_size=1 << 20)
        return batch

    yield pulled
    local._stop_all()


@pytest.fixture
def info(program, collected):
    """Returns a function with what `trailblazer data info --json` says."""

    def info(name):
        command = [program, "data", "info", "--json", str(collected / name)]
        return json.loads(
            subprocess.run(command, check=True, capture_output=True).stdout
        )

    return info


def columns(name, collected, batch):
    """Yields each column's name, and its values as they were pulled."""
    described = data.describe(name, datasets=str(collected))
    for field in described.fields.values():
        values = batch[field.name]
        ragged = isinstance(values, Ragged)
        rows = values.rows if ragged else values
        flat = rows.reshape(len(rows), -1)
        for i, column in enumerate(field.columns):
            elements = flat[:, i]
            yield column, Ragged(elements, values.offsets) if ragged else elements


def bits(values):
    """Returns numbers as integers, so that NaN is equal to itself."""
    values = np.ascontiguousarray(values)
    return values.view(f"u{values.itemsize}")


@pytest.mark.parametrize("name", NAMES)
def test_pandas_reads_what_is_pulled_bit_for_bit(collected, pulled, name):
    frame = pandas.read_parquet(collected / name / "data")
    batch = pulled(name)
    assert len(frame) == batch.num_steps
    seen = set()
    for column, values in columns(name, collected, batch):
        seen.add(column)
        if column == "policy":
            assert [batch.policies[p] for p in values] == frame[column].tolist()
        elif isinstance(values, Ragged):
            lists = frame[column]
            assert lists.map(len).tolist() == values.counts.tolist(), column
            joined = np.concatenate(lists.tolist())
            assert joined.dtype == values.rows.dtype, column
            np.testing.assert_array_equal(bits(joined), bits(values.rows), column)
        else:
            read = frame[column].to_numpy()
            assert read.dtype == values.dtype, column
            np.testing.assert_array_equal(bits(read), bits(values), column)
    # Beside the fields there is what is the same for all steps of an episode.
    assert set(frame) - seen == {"scenario", "scenario_hash", "seed"}


@pytest.mark.parametrize("name", NAMES)
def test_episodes_and_sums_are_those_of_data_info(collected, info, name):
    steps = pandas.read_parquet(collected / name / "data")
    episodes = pandas.read_parquet(collected / name / "episodes")
    statistics = info(name)["info"]["statistics"]
    assert (len(episodes), len(steps)) == (statistics["episodes"], statistics["steps"])
    assert episodes["complete"].sum() == statistics["complete_episodes"]
    groups = steps.groupby("episode")
    by_episode = episodes.set_index("episode")
    assert (groups.size() == by_episode["steps"]).all()
    np.testing.assert_allclose(groups["reward"].sum(), by_episode["return"])
    assert (groups["terminated"].any() == by_episode["terminated"]).all()
    assert (groups["seed"].first() == by_episode["seed"]).all()
    returns = statistics["episode_return"]
    assert episodes["return"].mean() == pytest.approx(returns["mean"])
    assert episodes["return"].std(ddof=0) == pytest.approx(returns["std"])
    for policy, count in statistics["policies"].items():
        rows = steps[steps["policy"] == policy]
        assert (rows["episode"].nunique(), len(rows)) == (
            count["episodes"],
            count["steps"],
        )
    for column, summary in statistics["columns"].items():
        values = steps[column]
        if values.dtype == object:
            values = pandas.Series(np.concatenate(values.tolist()))
        values = values.astype(float)
        values = values[np.isfinite(values)]
        assert len(values) == summary["count"], column
        if len(values):
            assert values.sum() == pytest.approx(
                summary["mean"] * summary["count"], rel=1e-6, abs=1e-6
            ), column


@pytest.mark.parametrize("name", NAMES)
def test_return_to_go_is_the_sum_of_what_follows(collected, name):
    steps = pandas.read_parquet(collected / name / "data")
    for _, episode in steps.groupby("episode"):
        rewards = episode["reward"].to_numpy()
        to_go = np.cumsum(rewards[::-1])[::-1]
        np.testing.assert_allclose(episode["return_to_go"], to_go, rtol=1e-9)
        assert episode["step"].tolist() == list(range(len(episode)))


@pytest.mark.parametrize("name", NAMES)
def test_pyarrow_reads_single_columns(collected, pulled, name):
    dataset = pytest.importorskip("pyarrow.dataset")
    files = dataset.dataset(collected / name / "data", format="parquet")
    table = files.to_table(columns=["episode", "reward", "terminated"])
    batch = pulled(name)
    for column in table.column_names:
        read = table[column].to_numpy()
        np.testing.assert_array_equal(bits(read), bits(batch[column]))
    policy = batch.policies[0]
    chosen = files.to_table(filter=dataset.field("policy") == policy)
    assert chosen.num_rows == (batch["policy"] == 0).sum()


@pytest.mark.parametrize("name", NAMES)
def test_the_hugging_face_loader_reads_the_directory(
    collected, pulled, name, monkeypatch, tmp_path
):
    for variable in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE"):
        monkeypatch.setenv(variable, "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    loader = pytest.importorskip("datasets", reason="needs the extra `test`")
    cache = str(tmp_path / "cache")
    loaded = loader.load_dataset(str(collected / name), cache_dir=cache)
    batch = pulled(name)
    assert list(loaded) == ["train"]
    steps = loaded["train"].with_format("arrow")[:]
    for column, values in columns(name, collected, batch):
        if column == "policy" or isinstance(values, Ragged):
            continue
        read = steps[column].to_numpy()
        np.testing.assert_array_equal(bits(read), bits(values), column)
    episodes = loader.load_dataset(str(collected / name), "episodes", cache_dir=cache)
    lengths = np.bincount(batch["episode"])
    assert episodes["train"]["steps"][:] == lengths.tolist()
