"""What agents append to data sets, and what sessions record, by what is pulled."""

import contextlib
import subprocess

import gymnasium
import numpy as np
import pytest
from breaker import Breaker
from conftest import ABR, CC, CJS, serve

import trailblazer_gym
from trailblazer_gym import data, errors, local
from trailblazer_gym.cjs import sample_legal
from trailblazer_gym.ragged import Ragged


def same(a, b):
    """Tells whether two values of a field are equal, bit for bit."""
    if isinstance(a, Ragged):
        return a.offsets.tolist() == b.offsets.tolist() and same(a.rows, b.rows)
    return (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())


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
