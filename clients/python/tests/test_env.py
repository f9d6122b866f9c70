"""One environment on a real server."""

import warnings

import gymnasium
import numpy as np
import pytest
from conftest import ABR
from gymnasium.utils.env_checker import check_env, data_equivalence
from gymnasium.wrappers import RecordEpisodeStatistics

import trailblazer_gym
from trailblazer_gym import errors


def play(env, actions):
    """Returns what an environment shows for a list of actions."""
    return [env.step(action) for action in actions]


def actions_for(env, count, seed=0):
    env.action_space.seed(seed)
    return [env.action_space.sample() for _ in range(count)]


def finish(env):
    """Plays to the end of the episode; returns the last step."""
    while True:
        step = env.step(env.action_space.sample())
        if step[2] or step[3]:
            return step


def test_gymnasium_finds_no_fault(server):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        env = gymnasium.make(ABR, server=server)
        check_env(env.unwrapped)
        env.close()


def test_make_passes_the_options_on(server):
    env = gymnasium.make(ABR, server=server, scenario="abr/default-test")
    assert env.unwrapped.environment.scenario == "abr/default-test"
    assert env.unwrapped.environment.id == ABR
    assert len(env.unwrapped.environment.content_hash) == 64
    assert env.unwrapped.environment.episodes == 100
    env.close()
    env.close()


def test_module_prefix_imports_the_package(server):
    env = gymnasium.make(f"trailblazer_gym:{ABR}", server=server)
    env.close()


def test_catalog_lists_what_is_registered(server):
    catalog = {e["id"]: e for e in trailblazer_gym.environments(server)}
    assert set(trailblazer_gym.ENVIRONMENTS) <= set(catalog)
    assert "abr/train" in {s["name"] for s in catalog[ABR]["scenarios"]}


def test_features_name_every_row_of_the_observation(make):
    env = make()
    features = env.features
    space = env.observation_space
    assert isinstance(space, gymnasium.spaces.Box)
    assert len(features) in (space.shape[0], np.prod(space.shape))
    assert all(feature.name and feature.unit for feature in features)
    assert len(env.action_features) == env.action_space.n


def test_observations_belong_to_their_receiver(make):
    env = make()
    first, _ = env.reset(seed=1)
    kept = first.copy()
    second, *_ = env.step(env.action_space.sample())
    np.testing.assert_array_equal(first, kept)
    assert not np.shares_memory(first, second)
    assert second.flags.aligned
    second += 1
    assert isinstance(env.step(env.action_space.sample())[1], float)


def test_same_seed_same_episode_other_seed_another(make):
    env = make(scenario="abr/train")
    episodes = []
    for seed in (5, 5, 6):
        first = env.reset(seed=seed)
        episodes.append([first, *play(env, actions_for(env, 20))])
    assert data_equivalence(episodes[0], episodes[1], exact=True)
    assert not data_equivalence(episodes[0], episodes[2], exact=True)


def test_seed_zero_is_a_seed_and_none_goes_on(make):
    env = make(scenario="abr/train")
    first = env.reset(seed=0)
    second = env.reset()
    assert env.last_seed == 0
    assert env.np_random_seed == 0
    assert data_equivalence(env.reset(seed=0), first, exact=True)
    assert data_equivalence(env.reset(), second, exact=True)


def test_a_drawn_seed_is_told_and_repeats_the_episode(make):
    env = make(scenario="abr/train")
    first = env.reset()
    assert env.last_seed is not None
    assert data_equivalence(make(scenario="abr/train").reset(seed=env.last_seed), first)


@pytest.mark.parametrize("seed", [-1, 2**64, 1.5, "1"])
def test_bad_seeds_are_refused(make, seed):
    with pytest.raises(errors.InvalidArgumentError, match=r"2\*\*64 - 1"):
        make().reset(seed=seed)


@pytest.mark.parametrize("action", [-1, 99, 2**40])
def test_actions_out_of_range_change_nothing(make, action):
    env, twin = make(), make()
    for e in (env, twin):
        e.reset(seed=3)
    with pytest.raises(errors.InvalidArgumentError) as caught:
        env.step(action)
    assert caught.value.field
    assert str(action) in caught.value.value
    assert caught.value.remedy in str(caught.value)
    actions = actions_for(env, 5)
    assert data_equivalence(play(env, actions), play(twin, actions), exact=True)


def test_calls_out_of_order_say_what_to_do(make):
    env = make()
    with pytest.raises(errors.OrderError, match="reset"):
        env.step(0)
    env.reset(seed=1)
    finish(env)
    with pytest.raises(errors.OrderError, match="reset"):
        env.step(0)
    env.reset()
    env.step(0)
    env.close()
    with pytest.raises(errors.OrderError, match="closed"):
        env.step(0)


@pytest.mark.parametrize(
    ("options", "kind", "text"),
    [
        ({"scenario": "abr/no-such"}, errors.NotFoundError, "abr/no-such"),
        ({"env_id": "trailblazer/Nope-v0"}, errors.NotFoundError, "Nope"),
        ({"config": {"no_such": 1}}, errors.InvalidArgumentError, "no_such"),
        ({"timeout": 0}, errors.InvalidArgumentError, "timeout"),
        ({"lease": -1}, errors.InvalidArgumentError, "lease"),
        ({"render_mode": "human"}, errors.InvalidArgumentError, "render_mode"),
        ({"data": "/data"}, errors.InvalidArgumentError, "--data"),
        ({"server": "localhost"}, errors.InvalidArgumentError, "http://"),
    ],
)
def test_bad_options_are_refused(make, options, kind, text):
    with pytest.raises(kind, match=text):
        make(**options)


def test_restore_and_fork_repeat_the_future_exactly(make):
    env = make(scenario="abr/train")
    env.reset(seed=7)
    actions = actions_for(env, 60)
    shown = play(env, actions[:9])[-1]
    state, state_hash = env.snapshot(), env.state_hash()
    fork = env.fork()
    future = play(env, actions[9:30])
    assert env.state_hash() != state_hash

    observation, info = env.restore(state)
    assert env.state_hash() == state_hash
    assert data_equivalence((observation, info), (shown[0], shown[4]), exact=True)
    assert data_equivalence(play(env, actions[9:30]), future, exact=True)
    assert data_equivalence(play(fork, actions[9:30]), future, exact=True)

    other = make(scenario="abr/train")
    other.restore(state)
    assert data_equivalence(play(other, actions[9:30]), future, exact=True)
    fork.close()


def test_fork_vector_tries_every_action(make):
    env = make()
    env.reset(seed=7)
    env.step(1)
    state = env.snapshot()
    with_all = env.fork_vector(env.action_space.n)
    assert with_all.metadata["autoreset_mode"] is trailblazer_gym.AutoresetMode.DISABLED
    observations, rewards, *_ = with_all.step(np.arange(env.action_space.n))
    for action in range(env.action_space.n):
        env.restore(state)
        observation, reward, *_ = env.step(action)
        np.testing.assert_array_equal(observations[action], observation)
        assert rewards[action] == reward
    with_all.close()


def test_restoring_garbage_changes_nothing(make):
    env = make()
    env.reset(seed=1)
    before = env.state_hash()
    with pytest.raises(errors.InvalidArgumentError):
        env.restore(b"garbage")
    assert env.state_hash() == before


def test_episode_statistics(server):
    env = RecordEpisodeStatistics(gymnasium.make(ABR, server=server))
    env.reset(seed=1)
    total, length = 0.0, 0
    while True:
        _, reward, terminated, truncated, info = env.step(1)
        total, length = total + reward, length + 1
        if terminated or truncated:
            break
    assert info["episode"]["r"] == pytest.approx(total)
    assert info["episode"]["l"] == length
    env.close()


def test_infos_explain_the_reward(make):
    env = make()
    env.reset(seed=1)
    _, _, _, _, info = env.step(1)
    assert info
    assert env.info_features.keys() == info.keys()
