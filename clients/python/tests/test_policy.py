"""Policies of a server, by what the program's own rollouts say of them."""

import itertools
import json
import subprocess

import gymnasium
import numpy as np
import pytest
from breaker import Breaker
from conftest import ABR, CC, CJS, serve
from gymnasium.vector import AutoresetMode

import trailblazer_gym
from trailblazer_gym import ServedPolicy, errors, local

SERVED = ("mpc", "random", "weighted-fair", "gcc")


@pytest.fixture(scope="module")
def policies(program):
    """Address of a server with policies."""
    options = [text for name in SERVED for text in ("--policy", name)]
    with serve(program, *options) as (address, _):
        yield address


def rollout(program, scenario, policy, metric, episodes, config):
    """What the program says that a policy reaches in the first episodes."""
    done = subprocess.run(
        [
            *(program, "rollout", "--json", "--scenario", scenario),
            *("--policies", policy, "--episodes", str(episodes)),
            *("--config", json.dumps(config)),
        ],
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout)["results"][0]["metrics"][metric]["mean"]


@pytest.mark.parametrize(
    ("env_id", "scenario", "policy", "metric", "config"),
    [
        (ABR, "abr/ood1", "mpc", "qoe", {}),
        (ABR, "abr/ood1", "random", "qoe", {}),
        (CJS, "cjs/custom", "weighted-fair", "average_jct_s", {}),
        (CC, "cc/custom", "gcc", "mape", {"packets": True}),
    ],
)
def test_it_acts_as_in_the_programs_rollouts(
    program, policies, env_id, scenario, policy, metric, config
):
    """The policy's seeds are those of the rollout's, from 0 on."""
    env = gymnasium.make(env_id, scenario=scenario, config=config, server=policies)
    found = []
    with ServedPolicy(env, policy=policy, server=policies) as served:
        assert served.name == policy
        assert served.needs_info
        assert not served.needs_reward
        for seed in range(2):
            observation, info = env.reset(seed=seed)
            served.reset(seed=seed)
            done = False
            while not done:
                action = served.act(observation, info)
                observation, reward, terminated, truncated, info = env.step(action)
                done = terminated or truncated
                if done:
                    served.act(observation, info, done=True)
                if metric == "qoe":
                    found.append(reward)
                elif metric == "mape":
                    found += [info["ape"]] if info["ape_counts"] else []
                elif done:
                    found.append(info["average_jct_s"])
    env.close()
    want = rollout(program, scenario, policy, metric, 2, config)
    assert np.mean(found) == pytest.approx(want, rel=1e-6)


@pytest.mark.parametrize("mode", list(AutoresetMode))
def test_a_vector_is_acted_in_as_each_of_its_environments_is(policies, mode):
    """Episodes end at differing times, and others begin."""
    options = {"scenario": "abr/train", "server": policies, "autoreset_mode": mode}
    envs = gymnasium.make_vec(ABR, num_envs=3, config={"max_steps": 7}, **options)
    served = ServedPolicy(envs, policy="mpc", server=policies)
    alone = [
        ServedPolicy(
            ABR,
            policy="mpc",
            scenario="abr/train",
            config=dict(envs.unwrapped.environment.config),
            server=policies,
        )
        for _ in range(3)
    ]
    observations, infos = envs.reset(seed=3)
    served.reset(seed=3)
    for mate in alone:
        mate.reset(seed=3)
    rewards, done = np.zeros(3), np.zeros(3, bool)
    for _ in range(30):
        actions = served.act(observations, infos, rewards, done=done)
        assert actions.shape == (3,)
        for i, mate in enumerate(alone):
            same_step = mode == AutoresetMode.SAME_STEP
            if done[i] and same_step:
                mate.reset(seed=3)
            info = {
                k: v[i] for k, v in infos.items() if not k.startswith(("_", "final"))
            }
            ended = bool(done[i]) and not same_step
            assert mate.act(observations[i], info, done=ended) == actions[i]
        if mode == AutoresetMode.DISABLED and done.any():
            observations, infos = envs.reset(options={"reset_mask": done})
            rewards, done = np.zeros(3), np.zeros(3, bool)
            continue
        observations, rewards, terminated, truncated, infos = envs.step(actions)
        done = terminated | truncated
    for one in (served, *alone):
        one.close()
    envs.close()


def test_a_lost_answer_is_made_up_for(policies):
    """Every other connection breaks before the answer is whole."""
    limits = itertools.chain([1 << 20], itertools.cycle([60, 60, 60, 60, 1 << 20]))
    breaker = Breaker(policies, limits)
    options = {"policy": "random", "scenario": "abr/train"}
    env = gymnasium.make(ABR, scenario="abr/train", server=policies)
    served = ServedPolicy(ABR, server=breaker.address, **options)
    whole = ServedPolicy(ABR, server=policies, **options)
    observation, info = env.reset(seed=1)
    served.reset(seed=1)
    whole.reset(seed=1)
    lost = 0
    for step in range(12):
        if step % 3 == 2:
            served._client._connection.close()  # The next ones break.
        want = whole.act(observation, info)
        try:
            assert served.act(observation, info) == want
        except errors.UnavailableError:
            lost += 1
        observation, _, _, _, info = env.step(want)
    assert lost
    for one in (served, whole, env):
        one.close()
    breaker.close()


def test_what_is_wrong_is_said(policies, server):
    listed = trailblazer_gym.policies(policies)
    assert [p["name"] for p in listed] == list(SERVED)
    with pytest.raises(errors.NotFoundError, match="weighted-fair"):
        ServedPolicy(ABR, policy="nobody", server=policies)
    with pytest.raises(errors.InvalidArgumentError, match="CJS-v0"):
        ServedPolicy(CJS, policy="mpc", server=policies)
    with pytest.raises(errors.InvalidArgumentError, match="trailblazer_gym"):
        ServedPolicy(object(), server=policies)
    with pytest.raises(errors.UnsupportedError, match="--policy"):
        ServedPolicy(ABR, server=server)
    served = ServedPolicy(ABR, server=policies, lease=60)
    assert served.name == "mpc"
    assert "RobustMPC" in served.description
    assert (served.content_hash, served.context) == ("", 0)
    with pytest.raises(errors.InvalidArgumentError, match="info"):
        served.act(np.zeros((6, 6), np.float32))
    with pytest.raises(errors.InvalidArgumentError, match="shape"):
        served.act(np.zeros((6, 5), np.float32))
    served._client.call("ClosePolicy", {"seatId": served._id}, service="PolicyService")
    env = gymnasium.make(ABR, server=policies)
    shown = env.reset(seed=1)
    with pytest.raises(errors.SessionLostError):
        served.act(*shown)
    served.close()
    with pytest.raises(errors.OrderError, match="closed"):
        served.act(*shown)
    env.close()


def test_a_directory_is_no_name_of_a_policy(program, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    try:
        with pytest.raises(errors.UnavailableError, match="a=mpc"):
            ServedPolicy(ABR, policy="a=mpc")
    finally:
        local._stop_all()


def test_a_server_of_its_own_has_the_policy(program):
    try:
        with pytest.raises(errors.InvalidArgumentError, match="mpc"):
            ServedPolicy(ABR)
        with pytest.raises(errors.UnavailableError, match="nobody"):
            ServedPolicy(ABR, policy="nobody")
        env = gymnasium.make(ABR)
        with pytest.raises(errors.TrailblazerError, match=r"bba:5,15 can't act"):
            ServedPolicy(CJS, policy="bba:5,15")
        with ServedPolicy(env, policy="bba:5,15") as served:
            assert served.name == "bba:5,15"
            observation, info = env.reset(seed=1)
            assert served.act(observation, info) in env.action_space
        env.close()
    finally:
        local._stop_all()


@pytest.fixture(scope="module")
def transformers(program, tmp_path_factory):
    """Address of a server with a decision transformer that knows nothing.

    It looks back on actions. Its weights are large, so that all of them matter.
    """
    data, run = (str(tmp_path_factory.mktemp("made") / name) for name in ("abr", "run"))
    shape = {"width": 16, "layers": 1, "heads": 2, "init_std": 1}
    sizes = [text for k, v in shape.items() for text in ("--set", f"backbone.{k}={v}")]
    episodes = ("--episodes", "12", "--config", '{"max_steps":12}')
    collect = ("--scenario", "abr/train", "--policies", "random", *episodes)
    train = ("--preset", "decision-transformer", "--steps", "1", "--no-play", *sizes)
    for arguments in (
        ("collect", "--out", data, *collect),
        ("train", "--data", data, "--out", run, *train),
    ):
        subprocess.run([program, *arguments, "--quiet"], check=True)
    with serve(program, "--policy", f"{run}:sample=1") as (address, _):
        yield address


def test_a_policy_is_told_what_was_done_in_its_place(transformers):
    """All are shown the same, and each is told something else."""
    config, steps = {"max_steps": 40}, 40
    env = gymnasium.make(
        ABR, scenario="abr/train", config=config, server=transformers
    ).unwrapped
    observation, _ = env.reset(seed=1)
    shown = [(observation, 0.0)]
    done = [np.int64(step % 3) for step in range(steps)]
    for action in done[:-1]:
        observation, reward, *_ = env.step(action)
        shown.append((observation, reward))
    options = {"scenario": "abr/train", "config": config, "server": transformers}

    def alone(seed, told):
        with ServedPolicy(ABR, **options) as served:
            assert served.needs_taken
            served.reset(seed=seed)
            chosen = []
            for i, (observation, reward) in enumerate(shown):
                taken = told(chosen, i - 1) if i else None
                chosen.append(
                    served.act(observation, reward=reward, taken=taken).item()
                )
            return chosen

    untold = alone(5, lambda chosen, i: None)
    assert alone(5, lambda chosen, i: chosen[i]) == untold
    told = [alone(seed, lambda chosen, i: done[i]) for seed in (5, 6)]
    assert told[0] != untold

    with ServedPolicy(ABR, num_envs=3, **options) as served:
        served.reset(seed=5)
        chosen, taken = [], None
        for i, (observation, reward) in enumerate(shown):
            observations, flags = np.stack([observation] * 3), np.zeros(3, bool)
            rewards = np.full(3, reward)
            answer = served.act(observations, None, rewards, done=flags, taken=taken)
            chosen.append(answer)
            # The last environment did as it was told.
            taken = np.array([done[i], done[i], answer[2]])
        assert np.transpose(chosen).tolist() == [
            *told,
            alone(7, lambda chosen, i: None),
        ]

    with ServedPolicy(ABR, **options) as served:
        served.reset(seed=5)
        served.act(shown[0][0], reward=0)
        for wrong in ([1, 2], 0.5, 6, -1):
            with pytest.raises(errors.InvalidArgumentError) as raised:
                served.act(shown[1][0], reward=shown[1][1], taken=wrong)
            assert "taken" in raised.value.field
        # Nothing has happened.
        answer = served.act(shown[1][0], reward=shown[1][1], taken=done[0])
        assert answer == told[0][1]
    env.close()


def test_a_rule_does_not_look_at_what_was_done(policies):
    with ServedPolicy(ABR, policy="mpc", server=policies) as served:
        assert not served.needs_taken
        env = gymnasium.make(ABR, server=policies)
        observation, info = env.reset(seed=1)
        assert served.act(observation, info, taken="anything") in env.action_space
        env.close()
