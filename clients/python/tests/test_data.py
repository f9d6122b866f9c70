"""Data sets of a server: listed, described and pulled."""

import contextlib
import json
import os
import signal
import socket

import numpy as np
import pytest
from breaker import Breaker
from conftest import serve

import trailblazer_gym
from trailblazer_gym import data, errors, local
from trailblazer_gym.ragged import Ragged


@pytest.fixture(scope="module")
def server(program, collected):
    """Address of a server that has the collected data sets."""
    with serve(program, "--datasets", str(collected)) as (address, _):
        yield address


def content(batch):
    """Returns all bytes of a batch, to be compared."""
    return {
        name: (array.dtype, array.shape, array.tobytes())
        for name, array in batch.arrays().items()
    } | {"batch": (batch.policies, batch.epoch)}


def contents(*args, **query):
    with data.pull(*args, **query) as batches:
        return [content(batch) for batch in batches]


def test_data_sets_are_listed_and_described(server, collected):
    listed = {row.name: row for row in data.list_datasets(server=server)}
    assert sorted(listed) == ["abr", "cc", "cjs"]
    for name, row in listed.items():
        found = data.describe(name, server=server)
        assert found.dataset == row
        info = json.loads((collected / name / "meta" / "info.json").read_text())
        assert found.info == info
        assert (row.env_id, row.steps) == (
            info["environment"],
            info["statistics"]["steps"],
        )
        headers = data.episodes(name, server=server)
        assert (len(headers), sum(h.steps for h in headers)) == (
            row.episodes,
            row.steps,
        )
        assert {h.scenario for h in headers} == set(row.scenarios)


@pytest.mark.parametrize("named", ["argument", "variable"])
def test_reading_makes_no_directory(named, tmp_path, monkeypatch):
    absent = tmp_path / "absent"
    server = {}
    if named == "argument":
        server["datasets"] = str(absent)
    else:
        monkeypatch.setenv("TRAILBLAZER_DATASETS", str(absent))
    for read in (
        lambda: data.list_datasets(**server),
        lambda: data.describe("abr", **server),
        lambda: data.episodes("abr", **server),
        lambda: next(data.pull("abr", **server)),
    ):
        with pytest.raises(errors.InvalidArgumentError, match="no such directory"):
            read()
    assert not absent.exists()


@pytest.mark.parametrize("name", ["abr", "cjs", "cc"])
def test_fields_are_what_was_described(server, name):
    described = data.describe(name, server=server)
    (batch,) = data.pull(name, server=server, batch_size=1000)
    assert list(batch) == list(described.fields)
    assert batch.num_steps == described.dataset.steps
    for field in described.fields.values():
        values = batch[field.name]
        assert isinstance(values, Ragged) == field.ragged
        rows = values.rows if field.ragged else values
        assert (rows.dtype, rows.shape[1:]) == (field.dtype, field.shape)
        assert rows.flags.aligned
        assert rows.flags.writeable
        assert len(field.columns) == np.prod(field.shape, dtype=int)


@pytest.mark.parametrize("name", ["abr", "cjs", "cc"])
def test_statistics_normalise(server, name):
    described = data.describe(name, server=server)
    (batch,) = data.pull(name, server=server, batch_size=1000)
    for field in described.fields.values():
        if field.role not in ("observation", "outcome", "info"):
            continue
        values = batch[field.name]
        rows = values.rows if field.ragged else values
        mean, std = described.mean_std(field.name)
        assert mean.shape == std.shape == field.shape
        rows = rows.astype(float)
        known = np.isfinite(rows).all()
        if known and len(rows):
            np.testing.assert_allclose(mean, rows.mean(0), rtol=1e-6, atol=1e-9)
            np.testing.assert_allclose(std, rows.std(0), rtol=1e-5, atol=1e-6)
    with pytest.raises(errors.InvalidArgumentError, match="return_to_go"):
        described.mean_std("return")


def test_episodes_and_batches_are_filtered_alike(server):
    headers = data.episodes("abr", server=server)
    bar = float(np.median([h.total_reward for h in headers]))
    for filters in (
        {"policies": ["bba"]},
        {"min_return": bar},
        {"policies": ["mpc"], "min_return": bar, "complete_only": True},
        {"splits": ["train"], "scenarios": ["abr/default-test"]},
        {"scenarios": [headers[0].scenario_hash]},
    ):
        wanted = [
            h
            for h in headers
            if h.policy in filters.get("policies", [h.policy])
            and h.total_reward >= filters.get("min_return", -np.inf)
        ]
        assert 0 < len(wanted) <= len(headers)
        assert data.episodes("abr", server=server, **filters) == wanted
        batches = list(data.pull("abr", server=server, batch_size=5, **filters))
        numbers = np.concatenate([batch.episodes for batch in batches])
        assert numbers.tolist() == [h.episode for h in wanted]
        for batch in batches:
            for number, window in zip(batch.episodes, batch.windows()):
                header = next(h for h in wanted if h.episode == number)
                assert window["reward"].sum() == pytest.approx(header.total_reward)
                assert {batch.policies[p] for p in window["policy"]} == {header.policy}


@pytest.mark.parametrize("name", ["abr", "cjs"])
def test_one_seed_gives_one_order(server, name, collected):
    query = {"window": 10, "batch_size": 7, "shuffle": True, "epochs": 2}
    first = contents(name, server=server, seed=3, **query)
    assert contents(name, server=server, seed=3, **query) == first
    assert contents(name, datasets=str(collected), seed=3, **query) == first
    assert contents(name, server=server, seed=4, **query) != first
    half = len(first) // 2
    assert [c["batch"][1] for c in first] == [0] * half + [1] * half


@pytest.mark.parametrize(
    "query",
    [
        {"window": 9, "stride": 4, "batch_size": 5, "shuffle": True, "seed": 2},
        {"batch_size": 2, "epochs": 3, "shuffle": True, "pool_steps": 100},
        {"window": 20, "batch_size": 2, "drop_last": True, "worker": 1, "workers": 3},
        {"window": 20, "batch_size": 8, "fields": ["reward", "observation"]},
    ],
)
def test_a_cursor_goes_on_behind_every_batch(server, query):
    with data.pull("abr", server=server, **query) as batches:
        whole = [(content(batch), batch.cursor) for batch in batches]
        assert batches.cursor == whole[-1][1]
    assert len(whole) > 2
    for i, (_, cursor) in enumerate(whole):
        rest = contents("abr", server=server, cursor=cursor, **query)
        assert rest == [c for c, _ in whole[i + 1 :]]


def test_workers_share_an_epoch(server):
    query = {"server": server, "window": 10, "batch_size": 4, "shuffle": True}
    whole = contents("abr", **query)
    parts = [contents("abr", worker=w, workers=3, **query) for w in range(3)]
    assert [parts[i % 3][i // 3] for i in range(len(whole))] == whole
    assert sum(map(len, parts)) == len(whole)


def test_windows_cover_their_episodes(server):
    for batch in data.pull("cc", server=server, window=30, stride=20, batch_size=3):
        assert (np.diff(batch.offsets) == 30).all()
        fields, mask = batch.padded()
        assert mask.all()
        steps = batch.starts[:, np.newaxis] + np.arange(30)
        np.testing.assert_array_equal(fields["step"], steps)
        assert (fields["episode"] == batch.episodes[:, np.newaxis]).all()


def test_lost_connections_lose_and_repeat_nothing(server, monkeypatch):
    monkeypatch.setattr("trailblazer_gym.puller._FIRST_PAUSE_S", 0.001)
    query = {"window": 10, "batch_size": 16, "shuffle": True, "epochs": 2}
    whole = contents("abr", server=server, **query)
    rng = np.random.default_rng(1)
    size = max(sum(len(v[2]) for k, v in c.items() if k != "batch") for c in whole)
    # Some connections break within a batch, and some before the first byte.
    limits = iter(lambda: int(rng.choice([0, 100, size, 2 * size, 3 * size])), -1)
    with contextlib.closing(Breaker(server, limits)) as breaker:
        assert contents("abr", server=breaker.address, **query) == whole
        assert breaker.connections > 5
        with pytest.raises(errors.UnavailableError):
            contents("abr", server=breaker.address, reconnects=0, **query)


@pytest.mark.parametrize(("reconnects", "tries"), [(10, 4), (1, 2), (0, 1)])
def test_an_address_without_a_server_is_given_up_soon(monkeypatch, reconnects, tries):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    pauses = []
    monkeypatch.setattr("trailblazer_gym.puller.time.sleep", pauses.append)
    address = f"http://127.0.0.1:{port}"
    with pytest.raises(errors.UnavailableError, match="no server answers"):
        next(data.pull("abr", server=address, reconnects=reconnects))
    assert len(pauses) == tries - 1
    assert all(0.02 < pause <= 0.2 for pause in pauses)


def test_a_puller_goes_on_after_an_error(server, monkeypatch):
    whole = contents("abr", server=server, batch_size=2)
    batches = data.pull("abr", server=server, batch_size=2, reconnects=0)
    got = [content(next(batches))]
    lost = iter([OSError("lost")])

    def break_off(self):
        for error in lost:
            raise error
        return receive(self)

    receive = trailblazer_gym.streaming.Stream.receive
    monkeypatch.setattr(trailblazer_gym.streaming.Stream, "receive", break_off)
    with pytest.raises(errors.UnavailableError, match="lost"):
        next(batches)
    got += map(content, batches)
    assert got == whole
    with pytest.raises(StopIteration):
        next(batches)


def test_a_dead_server_of_our_own_is_started_again(own, collected):
    query = {"datasets": str(collected), "batch_size": 1}
    whole = contents("cjs", **query)
    batches = data.pull("cjs", **query)
    got = [content(next(batches))]
    process = local.shared(datasets=str(collected))._process
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    got += map(content, batches)
    assert got == whole


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_goes_on_by_itself(server):
    batches = data.pull("abr", server=server, batch_size=2)
    next(batches)
    want = [b.episodes.tolist() for b in data.pull("abr", server=server, batch_size=2)]
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(BaseException):
            os.write(write, json.dumps([b.episodes.tolist() for b in batches]).encode())
        os._exit(0)
    os.waitpid(pid, 0)
    assert json.loads(os.read(read, 1 << 16)) == want[1:]
    assert [b.episodes.tolist() for b in batches] == want[1:]


@pytest.mark.parametrize(
    ("query", "kind", "text"),
    [
        ({"batch_size": 0}, errors.InvalidArgumentError, r"batch_size = 0.*from 1"),
        ({"window": -1}, errors.InvalidArgumentError, r"window = -1"),
        ({"epochs": 2**32}, errors.InvalidArgumentError, "epochs"),
        ({"workers": 1.5}, errors.InvalidArgumentError, r"workers = 1\.5"),
        ({"seed": -3}, errors.InvalidArgumentError, r"seed = -3"),
        ({"policies": "bba"}, errors.InvalidArgumentError, r"policies=\['bba'\]"),
        ({"fields": ["rewards"]}, errors.NotFoundError, '"reward"'),
        ({"policies": ["bola"]}, errors.NotFoundError, '"bba" "mpc"'),
        ({"worker": 2, "workers": 2}, errors.InvalidArgumentError, "worker is 2"),
        ({"stride": 3}, errors.InvalidArgumentError, "window"),
        ({"min_return": 1e9}, errors.InvalidArgumentError, "best return"),
        ({"cursor": b"xyz"}, errors.InvalidArgumentError, "cursor"),
    ],
)
def test_bad_queries_name_field_and_remedy(server, query, kind, text):
    with pytest.raises(kind, match=text):
        next(data.pull("abr", server=server, **query))


def test_a_cursor_is_for_its_own_query(server):
    cursor = next(data.pull("abr", server=server, batch_size=2)).cursor
    with pytest.raises(errors.TrailblazerError, match="cursor"):
        next(data.pull("abr", server=server, batch_size=3, cursor=cursor))


@pytest.mark.parametrize("method", [data.describe, data.episodes, data.pull])
def test_unknown_data_sets_are_refused_with_those_that_there_are(server, method):
    with pytest.raises(errors.NotFoundError, match='"abr" "cc" "cjs"'):
        next(iter(method("abr-train", server=server)))


def test_a_server_without_data_sets_says_so(program):
    with serve(program) as (address, _):
        for ask in (data.list_datasets, lambda **to: next(data.pull("abr", **to))):
            with pytest.raises(errors.UnsupportedError, match="--datasets DIR"):
                ask(server=address)


def test_directories_are_the_own_servers(server):
    with pytest.raises(errors.InvalidArgumentError, match="--datasets") as caught:
        data.list_datasets(server=server, datasets="runs")
    assert caught.value.field == "datasets"
