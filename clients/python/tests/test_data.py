"""Data sets of a server: listed, described, pulled and appended to."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import threading

import gymnasium
import numpy as np
import pytest
from conftest import ABR, CC, CJS, serve

import trailblazer_gym
from trailblazer_gym import data, errors, local
from trailblazer_gym.cjs import sample_legal
from trailblazer_gym.ragged import Ragged


@pytest.fixture(scope="module")
def server(program, collected):
    """Address of a server that has the collected data sets."""
    with serve(program, "--datasets", str(collected)) as (address, _):
        yield address


@pytest.fixture
def own(program, tmp_path):
    """Arguments for a private server with an empty directory of data sets."""
    yield {"datasets": str(tmp_path)}
    local._stop_all()


def content(batch):
    """Returns all bytes of a batch, to be compared."""
    return {
        name: (array.dtype, array.shape, array.tobytes())
        for name, array in batch.arrays().items()
    } | {"batch": (batch.policies, batch.epoch)}


def contents(*args, **query):
    with data.pull(*args, **query) as batches:
        return [content(batch) for batch in batches]


def same(a, b):
    """Tells whether two values of a field are equal, bit for bit."""
    if isinstance(a, Ragged):
        return a.offsets.tolist() == b.offsets.tolist() and same(a.rows, b.rows)
    return (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())


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


def start(work, *args):
    threading.Thread(target=work, args=args, daemon=True).start()


class Breaker:
    """Forwards connections, each up to a number of bytes of the reply."""

    def __init__(self, server, limits):
        host, _, port = server.removeprefix("http://").rpartition(":")
        self._target, self._limits = (host, int(port)), limits
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.connections = 0
        start(self._run)

    def _run(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.connections += 1
                start(self._forward, client, next(self._limits))

    def _forward(self, client, left):
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            stack.enter_context(client)
            target = stack.enter_context(socket.create_connection(self._target))
            start(self._ask, client, target)
            while left and (piece := target.recv(min(left, 1 << 16))):
                client.sendall(piece)
                left -= len(piece)
            client.shutdown(socket.SHUT_RDWR)

    def _ask(self, client, target):
        with contextlib.suppress(OSError):
            while piece := client.recv(1 << 16):
                target.sendall(piece)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)

    def close(self):
        self._listener.close()


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


def random_action(env, info, rng):
    if CJS in env.spec.id:
        return sample_legal(info, rng)
    return env.action_space.sample()


def played(env_id, seed, steps=40, **options):
    """Plays at random; returns an episode, and what it consists of."""
    env = gymnasium.make(env_id, **options)
    rng = np.random.default_rng(seed)
    env.action_space.seed(seed)
    observation, info = env.reset(seed=seed)
    observations, infos, actions, rewards = [observation], [info], [], []
    terminated = truncated = False
    while not (terminated or truncated) and len(rewards) < steps:
        action = random_action(env, info, rng)
        observation, reward, terminated, truncated, info = env.step(action)
        observations.append(observation)
        infos.append(info)
        actions.append(action)
        rewards.append(reward)
    env.close()
    return data.Episode(
        observations,
        actions,
        rewards,
        terminated,
        truncated,
        infos,
        policy="at random",
        seed=seed,
        source=f"mine/{seed}",
    )


def part(value, path):
    """Follows the path of a field into a value of a space."""
    for key in path:
        value = getattr(value, key) if hasattr(value, key) else value[key]
    return value


@pytest.mark.parametrize(
    ("env_id", "options"),
    [
        (ABR, {"scenario": "abr/default-test"}),
        (CJS, {"scenario": "cjs/custom", "config": {"arrivals": {"jobs": 5}}}),
        (CC, {"scenario": "cc/custom", "config": {"packets": True}}),
    ],
    ids=["abr", "cjs", "cc"],
)
def test_what_is_appended_is_pulled_exactly(program, own, env_id, options):
    episodes = [played(env_id, seed, **options) for seed in (1, 2)]
    appended = data.append("mine", env_id, episodes=episodes, **options, **own)
    assert appended == (2, 0, sum(len(e.rewards) for e in episodes))
    again = data.append("mine", env_id, episodes=episodes[1:], **options, **own)
    assert again == (0, 1, 0)
    assert len(data.episodes("mine", **own)) == 2
    (batch,) = data.pull("mine", **own)
    headers = data.episodes("mine", **own)
    assert [(h.source, h.seed, h.policy) for h in headers] == [
        ("mine/1", 1, "at random"),
        ("mine/2", 2, "at random"),
    ]
    checked = 0
    for episode, window in zip(episodes, batch.windows(), strict=True):
        steps = len(episode.rewards)
        assert window["reward"].tolist() == episode.rewards
        assert window["terminated"].tolist() == [False] * (steps - 1) + [
            episode.terminated
        ]
        for name, values in window.items():
            role, *path = name.split(".")
            column = {
                "observation": episode.observations[:-1],
                "mask": episode.infos[:-1],
                "action": episode.actions,
                "info": episode.infos[1:],
            }.get(role)
            if column is None:
                continue
            for got, value in zip(values, column, strict=True):
                np.testing.assert_array_equal(got, part(value, path))
                checked += 1
    assert checked > 200
    verified = subprocess.run(
        [program, "verify", f"{own['datasets']}/mine", "--json"],
        check=False,
        capture_output=True,
    )
    local._stop_all()
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_batched_values_are_the_same_as_lists(own):
    options = {"scenario": "cjs/custom", "config": {"arrivals": {"jobs": 5}}}
    listed = played(CJS, 3, **options)
    listed.source = ""
    graphs = trailblazer_gym.Graphs.of([o["dag"] for o in listed.observations])
    observations = {
        key: Ragged.of([o[key] for o in listed.observations])
        if np.ndim(first)
        else np.array([o[key] for o in listed.observations])
        for key, first in listed.observations[0].items()
        if key != "dag"
    }
    batched = data.Episode(
        {"dag": graphs, **observations},
        {k: np.array([a[k] for a in listed.actions]) for k in listed.actions[0]},
        np.array(listed.rewards),
        listed.terminated,
        listed.truncated,
        listed.infos,
        policy="at random",
        seed=3,
    )
    appended = data.append("both", CJS, episodes=[listed, batched], **options, **own)
    assert appended.episodes == 2
    (batch,) = data.pull("both", **own)
    one, other = batch.windows()
    del one["episode"], other["episode"]
    assert all(same(one[name], other[name]) for name in one)


def test_what_is_not_at_hand_is_left_open(own):
    full = played(ABR, 1)
    bare = data.Episode(full.observations, full.actions, full.rewards, terminated=False)
    assert data.append("bare", ABR, None, [bare, bare], split="test", **own) == (
        2,
        0,
        2 * len(full.rewards),
    )
    (batch,) = data.pull("bare", splits=["test"], **own)
    (header, _) = data.episodes("bare", **own)
    assert (header.policy, header.seed, header.split) == ("external", None, "test")
    assert not header.complete
    assert np.isnan(batch["info.buffer_ms"]).all()
    assert (batch["observation"][0] == full.observations[0]).all()


def test_many_episodes_go_in_several_calls(own, monkeypatch):
    """And an error in a later one tells what was kept before."""
    monkeypatch.setattr("trailblazer_gym.appending._CALL_BYTES", 20_000)
    episode = played(ABR, 1)
    episode.source = ""
    assert data.append("many", ABR, None, [episode] * 7, **own).episodes == 7
    broken = played(ABR, 2)
    broken.rewards[3] = float("nan")
    with pytest.raises(errors.InvalidArgumentError) as caught:
        data.append("many", ABR, None, [*[episode] * 5, broken], **own)
    assert "reward, step 3" in str(caught.value)
    assert "mine/2" in str(caught.value)
    assert "5 episodes of earlier calls are kept" in str(caught.value)
    (batch,) = data.pull("many", **own)
    assert batch.num_windows == 7 + 5


def test_a_call_that_is_lost_is_made_again_and_kept_once(program, tmp_path):
    episode = played(ABR, 1)
    episode.source = ""
    with serve(program, "--datasets", str(tmp_path)) as (server, _):
        # The first connection, which describes, is whole; the next lose the reply.
        limits = iter([1 << 30, 0, 30, 1 << 30, 1 << 30])
        with contextlib.closing(Breaker(server, limits)) as breaker:
            appended = data.append(
                "mine", ABR, None, [episode] * 3, server=breaker.address
            )
            assert breaker.connections == 4
        assert appended == (3, 0, 3 * len(episode.rewards))
        (batch,) = data.pull("mine", server=server)
        assert batch.num_windows == 3


def change(**fields):
    return lambda episode: vars(episode).update(fields)


@pytest.mark.parametrize(
    ("spoil", "field"),
    [
        (lambda e: e.observations.pop(), "shape of observations"),
        (lambda e: e.actions.append(0), "shape of actions"),
        (change(actions=[0.5] * 40), "dtype of actions"),
        (change(actions=[17] * 40), "action"),
        (change(rewards=[]), "shape of observations"),
        (change(rewards=3.0), "shape of observations"),
        (change(rewards=["x"] * 40), "dtype of rewards"),
        (lambda e: e.infos[2].pop("buffer_ms"), "infos['buffer_ms']"),
        (change(infos=3), "infos"),
        (change(seed=-1), "seed"),
        (change(policy=""), "episode.policy"),
    ],
)
def test_spoilt_episodes_are_refused_by_field(own, spoil, field):
    episode = played(ABR, 1)
    spoil(episode)
    with pytest.raises(errors.InvalidArgumentError) as caught:
        data.append("spoilt", ABR, None, [episode], **own)
    assert caught.value.field.startswith(field)
    assert caught.value.field


@pytest.mark.parametrize(
    ("spoil", "field"),
    [
        (lambda o: o.pop("dag"), "observations['dag']"),
        (lambda o: o.update(dag=3), "observations['dag'].nodes"),
        (lambda o: o.update(job_ptr=[[1.5]]), "shape of observations['job_ptr']"),
        (lambda o: o.update(job_ptr=[1.5]), "dtype of observations['job_ptr']"),
    ],
)
def test_spoilt_graphs_are_refused_by_field(own, spoil, field):
    episode = played(CJS, 1, scenario="cjs/custom", steps=5)
    spoil(episode.observations[2])
    with pytest.raises(errors.InvalidArgumentError) as caught:
        data.append("spoilt", CJS, "cjs/custom", [episode], **own)
    assert caught.value.field.startswith(field)


def test_what_is_recorded_is_pulled(own, monkeypatch):
    """By the private server, which the environment and the puller share."""
    kept = {"record": "mine", "policy": "me"}
    envs = trailblazer_gym.TrailblazerVectorEnv(
        ABR, 3, autoreset_mode="SameStep", **kept, **own
    )
    observations, _ = envs.reset(seed=1)
    seen, rewards = [observations], []
    for _ in range(60):
        observations, reward, *_ = envs.step([0, 2, 5])
        seen.append(observations)
        rewards.append(reward)
    monkeypatch.setenv("TRAILBLAZER_DATASETS", own["datasets"])
    # Episodes that ended can be pulled while others are being played.
    assert sum(batch.num_windows for batch in data.pull("mine")) > 0
    assert {h.complete for h in data.episodes("mine")} == {True}
    envs.close()
    local._stop_all()  # It finishes what is open.
    assert sum(h.steps for h in data.episodes("mine")) == 3 * 60
    for batch in data.pull("mine", batch_size=1, complete_only=True):
        assert batch.policies == ("me",)
        steps = batch.num_steps
        i = next(
            i
            for i in range(3)
            if same(batch["reward"], np.array([r[i] for r in rewards[:steps]]))
        )
        assert same(batch["observation"], np.array([o[i] for o in seen[:steps]]))


def test_unknown_environments_and_names_are_refused(own):
    with pytest.raises(errors.NotFoundError):
        data.append("mine", "trailblazer/XYZ-v0", None, [], **own)
    with pytest.raises(errors.NotFoundError):
        data.append("mine", ABR, "abr/nowhere", [], **own)
    with pytest.raises(errors.InvalidArgumentError, match="dataset"):
        data.append("a/b", ABR, None, [played(ABR, 1)], **own)
    assert data.append("none", ABR, None, [], **own) == (0, 0, 0)
