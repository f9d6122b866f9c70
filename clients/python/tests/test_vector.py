"""Vectors on a real server, step for step against gymnasium.vector.SyncVectorEnv."""

import warnings

import gymnasium
import numpy as np
import pytest
from conftest import ABR
from gymnasium.utils.env_checker import data_equivalence
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from gymnasium.wrappers.vector import DictInfoToList, RecordEpisodeStatistics

from trailblazer_gym import errors

N = 5
# Longer than two episodes of 48 chunks.
STEPS = 110


@pytest.fixture
def pair(make):
    """Makes a vector of ours, and Gymnasium's over environments of ours."""

    def pair(mode, **options):
        ours = make(N, autoreset_mode=mode, **options)
        theirs = SyncVectorEnv(
            [lambda: make(**options) for _ in range(N)], autoreset_mode=mode
        )
        return ours, theirs

    return pair


def same(ours, theirs):
    """Asserts that two results are equal, down to dtypes and masks."""
    assert data_equivalence(ours, theirs, exact=True), (ours, theirs)


CONFIGS = {
    "matrix": {},
    "dict": {"observation": {"layout": "dict"}},
    "truncated": {"max_steps": 9},
}


@pytest.mark.parametrize("seed", [3, [11, 7, 5, 3, 2]])
@pytest.mark.parametrize("mode", [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP])
@pytest.mark.parametrize("config", CONFIGS)
def test_autoreset_is_gymnasiums(pair, mode, seed, config):
    ours, theirs = pair(mode, scenario="abr/train", config=CONFIGS[config])
    assert ours.metadata["autoreset_mode"] is theirs.metadata["autoreset_mode"] is mode
    assert ours.observation_space == theirs.observation_space
    assert ours.action_space == theirs.action_space
    same(ours.reset(seed=seed), theirs.reset(seed=seed))
    rng, ends = np.random.default_rng(1), 0
    for t in range(STEPS):
        if t == 3:
            # From here on episodes end at different steps.
            mask = np.arange(N) < 2
            same(
                ours.reset(options={"reset_mask": mask}),
                theirs.reset(options={"reset_mask": mask.copy()}),
            )
        actions = rng.integers(ours.single_action_space.n, size=N)
        got = ours.step(actions)
        same(got, theirs.step(actions))
        ended = got[2] | got[3]
        ends += np.count_nonzero(ended)
        assert ("final_obs" in got[4]) == (
            mode is AutoresetMode.SAME_STEP and bool(ended.any())
        )
        assert not (got[3] if config != "truncated" else got[2]).any()
    assert ends >= 2 * N
    same(ours.reset(), theirs.reset())


def test_disabled_resets_by_mask_as_gymnasium_does(pair):
    ours, theirs = pair(AutoresetMode.DISABLED, scenario="abr/train")
    same(ours.reset(seed=3), theirs.reset(seed=3))
    rng = np.random.default_rng(1)
    for t in range(STEPS):
        actions = rng.integers(ours.single_action_space.n, size=N)
        got = ours.step(actions)
        same(got, theirs.step(actions))
        mask = got[2] | got[3]
        if t % 7 == 0:
            mask[t % N] = True
        if mask.any():
            seed = (
                None if t % 2 else [100 * t + i if mask[i] else None for i in range(N)]
            )
            same(
                ours.reset(seed=seed, options={"reset_mask": mask}),
                theirs.reset(seed=seed, options={"reset_mask": mask.copy()}),
            )


def test_disabled_refuses_to_step_a_finished_environment(make):
    envs = make(2, autoreset_mode="Disabled")
    envs.reset(seed=1)
    while not envs.step([0, 0])[2].any():
        pass
    with pytest.raises(errors.OrderError, match="reset"):
        envs.step([0, 0])


def test_make_vec(server):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        envs = gymnasium.make_vec(
            ABR,
            num_envs=3,
            vectorization_mode="vector_entry_point",
            server=server,
            autoreset_mode=AutoresetMode.SAME_STEP,
        )
    assert envs.num_envs == 3
    assert envs.metadata["autoreset_mode"] is AutoresetMode.SAME_STEP
    assert envs.spec.id == ABR
    observations, _ = envs.reset(seed=1)
    assert envs.observation_space.contains(observations)
    observations, rewards, terminations, truncations, _ = envs.step(
        envs.action_space.sample()
    )
    assert envs.observation_space.contains(observations)
    assert (rewards.dtype, rewards.shape) == (np.float64, (3,))
    for flags in (terminations, truncations):
        assert (flags.dtype, flags.shape) == (np.bool_, (3,))
    envs.close()


def test_seeds_count_up_from_one_number(make):
    counted, listed = make(3), make(3)
    same(counted.reset(seed=40), listed.reset(seed=[40, 41, 42]))
    assert counted.last_seeds == [40]
    assert listed.last_seeds == [40, 41, 42]


@pytest.mark.parametrize("seed", [[1, 2], [1, 2, None], -3, [1, 2, -3], [1, 2, 0.5]])
def test_bad_seeds_are_refused(make, seed):
    with pytest.raises(errors.InvalidArgumentError, match="seed"):
        make(3).reset(seed=seed)


@pytest.mark.parametrize(
    "mask", [np.zeros(3, bool), np.ones(2, bool), np.ones(3, int), None, [True]]
)
def test_bad_masks_are_refused(make, mask):
    envs = make(3, autoreset_mode="Disabled")
    envs.reset(seed=1)
    with pytest.raises(errors.InvalidArgumentError, match="reset_mask"):
        envs.reset(options={"reset_mask": mask})


def test_a_mask_is_left_in_the_callers_options(make):
    envs = RecordEpisodeStatistics(make(3, autoreset_mode="Disabled"))
    envs.reset(seed=1)
    envs.step([0, 0, 0])
    options = {"reset_mask": np.array([True, False, False])}
    envs.reset(options=options)
    assert list(envs.episode_lengths) == [0, 1, 1]


@pytest.mark.parametrize("mode", ["Sometimes", None, 3])
def test_unknown_modes_are_refused(make, mode):
    with pytest.raises(errors.InvalidArgumentError, match="NextStep"):
        make(2, autoreset_mode=mode)


@pytest.mark.parametrize(
    ("actions", "text"),
    [
        ([0, 1], "shape"),
        ([[0, 1, 2]], "shape"),
        ([0.5, 1, 2], "dtype"),
        ([0, 1, 99], "99"),
        ([0, -1, 0], "-1"),
    ],
)
def test_wrong_actions_are_refused(make, actions, text):
    envs = make(3)
    envs.reset(seed=1)
    before = envs.state_hash()
    with pytest.raises(errors.InvalidArgumentError, match=text):
        envs.step(actions)
    assert envs.state_hash() == before


def test_restore_and_fork_repeat_the_future_exactly(make):
    envs = make(4, scenario="abr/train")
    envs.reset(seed=7)
    rng = np.random.default_rng(1)
    actions = rng.integers(envs.single_action_space.n, size=(120, 4))
    for action in actions[:20]:
        envs.step(action)
    state, state_hash = envs.snapshot(), envs.state_hash()
    fork = envs.fork()
    picked = envs.fork([2, 2, 0])
    future = [envs.step(action) for action in actions[20:]]
    envs.restore(state)
    assert envs.state_hash() == state_hash
    same([envs.step(action) for action in actions[20:]], future)
    same([fork.step(action) for action in actions[20:]], future)
    rewards = [picked.step(action[[2, 2, 0]])[1] for action in actions[20:]]
    np.testing.assert_array_equal(rewards, [step[1][[2, 2, 0]] for step in future])
    for env in (fork, picked):
        env.close()


def test_episode_statistics(make):
    envs = RecordEpisodeStatistics(make(3))
    envs.reset(seed=1)
    total = np.zeros(3)
    while True:
        _, rewards, terminations, truncations, infos = envs.step([1, 1, 1])
        total += rewards
        if (terminations | truncations).all():
            break
    np.testing.assert_allclose(infos["episode"]["r"], total)
    assert (infos["episode"]["l"] > 0).all()


def test_infos_can_be_listed(make):
    envs = DictInfoToList(make(3))
    _, infos = envs.reset(seed=1)
    assert len(infos) == 3
    assert infos[0].keys() == infos[2].keys() != set()


def test_large_vectors(make):
    envs = make(4096)
    envs.reset(seed=1)
    _, rewards, *_ = envs.step(np.zeros(4096, int))
    assert rewards.shape == (4096,)
