"""trailblazer/CJS-v0 on a real server: ragged observations, actions of two parts."""

import warnings

import gymnasium
import numpy as np
import pytest
from conftest import CJS
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode
from ragged_sync import RaggedSyncVectorEnv, plain, same

from trailblazer_gym import cjs, errors
from trailblazer_gym.wrappers import (
    LegalAction,
    LegalVectorAction,
    PadObservation,
    PadVectorObservation,
)

N = 5
# Episodes of some fifty steps.
SMALL = {
    "scenario": "cjs/custom",
    "config": {"arrivals": {"jobs": 3}, "cluster": {"executors": 4}},
}
RECORDED = {**SMALL, "config": {**SMALL["config"], "record": True}}
ROOM = {"max_nodes": 64, "max_edges": 128, "max_jobs": 3}


@pytest.fixture
def make_cjs(make):
    """Makes small environments and vectors of CJS."""
    return lambda num_envs=None, **options: make(num_envs, CJS, **{**SMALL, **options})


def play(env, steps, seed=0):
    """Plays legal actions at random; returns them and what the environment shows."""
    rng, shown, actions = np.random.default_rng(seed), [], []
    info = env.reset(seed=seed)[1]
    for _ in range(steps):
        actions.append(cjs.sample_legal(info, rng))
        shown.append(env.step(actions[-1]))
        info = shown[-1][4]
    return actions, shown


def test_gymnasium_finds_no_fault(server):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # Gymnasium would rather have an environment without wrappers.
        warnings.filterwarnings("ignore", ".*different from the unwrapped")
        env = gymnasium.make(CJS, server=server, **SMALL)
        env.reset(seed=1)
        env.step({"stage": 0, "executors": 1})
        check_env(LegalAction(env.unwrapped, max_stages=50))
        check_env(LegalAction(PadObservation(env.unwrapped, **ROOM), max_stages=50))
        env.close()


def test_an_episode_of_legal_actions_plays_to_its_end(make_cjs):
    env = make_cjs(config=RECORDED["config"])
    space = env.action_space
    space.seed(1)
    observation, info = env.reset(seed=1)
    total, completed, terminated = 0.0, [], False
    while not terminated:
        assert env.observation_space.contains(observation)
        assert info["stage_mask"].shape == (1 + info["schedulable_stages"],)
        action = space.sample(mask=cjs.action_masks(info, space))
        observation, reward, terminated, truncated, info = env.step(action)
        assert reward == info["reward_running"] + info["reward_waiting"]
        assert not truncated
        assert info["runs"].shape[1:] == (6,)
        completed += info["completions"][:, 0].tolist()
        total += reward
    assert sorted(completed) == [0, 1, 2]
    assert info["completed_jobs"] == info["total_jobs"] == 3
    assert -total / 3000 == pytest.approx(info["average_jct_s"])
    assert info["average_jct_s"] >= info["lower_bound_s"]
    assert observation["dag"].nodes.shape == (0, 3)
    assert not cjs.action_masks(info, space)["stage"].any()


def test_features_name_what_nodes_show(make_cjs):
    names = [feature.name for feature in make_cjs().features["dag"]["node"]]
    assert names == ["remaining_tasks", "task_duration", "schedulable"]


def test_illegal_actions_say_what_is_legal_and_change_nothing(make_cjs):
    env, envs = make_cjs(), make_cjs(3)
    stages = len(env.reset(seed=1)[0]["schedulable"])
    before = env.state_hash()
    for action, text in (
        ({"stage": stages, "executors": 1}, f"0 to {stages - 1}"),
        ({"stage": -2, "executors": 1}, "stage"),
        ({"stage": 0, "executors": 5}, "executors"),
        ({"stage": 0}, "executors"),
    ):
        with pytest.raises(errors.InvalidArgumentError, match=text) as caught:
            env.step(action)
        assert caught.value.remedy
    assert env.state_hash() == before
    envs.reset(seed=1)
    before = envs.state_hash()
    with pytest.raises(errors.InvalidArgumentError, match="environment 1"):
        envs.step({"stage": [0, 99, 0], "executors": [1, 1, 1]})
    assert envs.state_hash() == before


@pytest.mark.parametrize("options", [SMALL, RECORDED])
@pytest.mark.parametrize("mode", [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP])
def test_autoreset_is_gymnasiums(make_cjs, mode, options):
    ours = make_cjs(N, autoreset_mode=mode, **options)
    theirs = RaggedSyncVectorEnv(
        [lambda: make_cjs(**options) for _ in range(N)],
        {"stage_mask", "runs", "completions"},
        autoreset_mode=mode,
    )
    assert ours.observation_space == theirs.observation_space
    assert ours.action_space == theirs.action_space
    observations, infos = ours.reset(seed=3)
    same((observations, infos), theirs.reset(seed=3))
    assert ours.observation_space.contains(observations)
    rng, ends = np.random.default_rng(1), 0
    for t in range(150):
        if t == 9:
            # From here on episodes end at different steps.
            mask = np.arange(N) < 2
            got = ours.reset(options={"reset_mask": mask})
            same(got, theirs.reset(options={"reset_mask": mask.copy()}))
            infos["stage_mask"][mask] = got[1]["stage_mask"][mask]
            infos["executor_mask"][mask] = got[1]["executor_mask"][mask]
        actions = cjs.sample_legal(infos, rng)
        got = ours.step(actions)
        same(got, theirs.step(actions))
        infos = got[4]
        ended = got[2] | got[3]
        ends += np.count_nonzero(ended)
        assert ("final_obs" in infos) == (
            mode is AutoresetMode.SAME_STEP and bool(ended.any())
        )
    assert ends >= 2 * N
    theirs.close()


def test_observations_belong_to_their_receiver(make_cjs):
    envs = make_cjs(N)
    first, _ = envs.reset(seed=1)
    kept = plain(first)
    kept = {**kept, "job_ptr": tuple(part.copy() for part in kept["job_ptr"])}
    second, *_ = envs.step({"stage": [0] * N, "executors": [1] * N})
    same(first, kept)
    assert not np.shares_memory(first["dag"].nodes.rows, second["dag"].nodes.rows)
    for rows in (second["dag"].nodes.rows, second["job_ptr"].rows):
        assert rows.flags.aligned
        assert rows.flags.writeable


def test_restore_and_fork_repeat_the_future_exactly(make_cjs):
    envs, env = make_cjs(N), make_cjs()
    for some in (envs, env):
        play(some, 12, seed=7)
        state, state_hash = some.snapshot(), some.state_hash()
        fork = some.fork()
        shown, info = some.restore(state)
        rng, actions, future = np.random.default_rng(1), [], []
        for _ in range(15):
            actions.append(cjs.sample_legal(info, rng))
            future.append(some.step(actions[-1]))
            info = future[-1][4]
        assert some.state_hash() != state_hash
        same(some.restore(state)[0], shown)
        assert some.state_hash() == state_hash
        same([some.step(action) for action in actions], future)
        same([fork.step(action) for action in actions], future)
        fork.close()
    many = env.fork_vector(3)
    assert many.observation_space.contains(many.restore(many.snapshot())[0])
    many.close()


def test_make_vec(server):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        envs = gymnasium.make_vec(CJS, num_envs=3, server=server, **SMALL)
    observations, infos = envs.reset(seed=1)
    for _ in range(5):
        assert envs.observation_space.contains(observations)
        mask = cjs.action_masks(infos, envs.action_space)
        observations, *_, infos = envs.step(envs.action_space.sample(mask=mask))
    envs.close()


@pytest.mark.parametrize("mode", ["NextStep", "SameStep", "Disabled"])
def test_wrappers_play_any_actions(make_cjs, mode):
    vector = make_cjs(N, autoreset_mode=mode)
    envs = PadVectorObservation(vector, **ROOM)
    envs = LegalVectorAction(envs, max_stages=6)
    rng, ends = np.random.default_rng(1), 0
    observations, infos = envs.reset(seed=1)
    for _ in range(150):
        assert envs.observation_space.contains(observations)
        stages, executors = np.split(envs.action_masks(), [7], axis=1)
        for i, mask in enumerate(infos["stage_mask"]):
            if infos["_stage_mask"][i]:
                want = [*mask.tolist(), *[0] * 7][:7]
                assert stages[i].tolist() == want
        told = infos["_executor_mask"]
        assert (executors == infos["executor_mask"])[told].all()
        actions = rng.integers(envs.single_action_space.nvec, size=(N, 2))
        step = envs.step(actions)
        observations, _, terminations, _, infos = step
        ends += np.count_nonzero(terminations)
        for i in np.flatnonzero(infos.get("_final_obs", ())):
            assert mode == "SameStep"
            final = infos["final_obs"][i]
            assert envs.single_observation_space.contains(final)
            assert not final["node_mask"].any()
        if mode == "Disabled" and terminations.any():
            observations, infos = envs.reset(options={"reset_mask": terminations})
    assert ends > N


def test_an_illegal_action_counts_as_the_closest_legal_one(make_cjs):
    env, twin = LegalAction(make_cjs(), max_stages=50), make_cjs()
    observation, info = env.reset(seed=1)
    twin.reset(seed=1)
    stages, free = len(observation["schedulable"]), observation["committable"]
    assert env.action_space == gymnasium.spaces.MultiDiscrete([51, 4])
    assert env.action_masks().sum() == info["stage_mask"].sum() + free
    got = env.step(env.action_space.nvec - 1)
    same(got, twin.step({"stage": stages - 1, "executors": free}))
    while got[4]["stage_mask"][0] == 1:
        got = env.step([0, 0])
        same(got, twin.step({"stage": cjs.PASS, "executors": 1}))
    # Nothing would ever happen again, so passing isn't legal.
    assert not env.action_masks()[0]
    same(env.step([0, 0]), twin.step({"stage": 0, "executors": 1}))
