"""Trains a video player with PPO, and shows that it beats random play.

The agent is skrl's, on JAX; it learns on the training traces and is judged on
the test traces. Both policies play the same episodes, one in each environment.

    pip install 'clients/python[examples]'
    python clients/python/examples/train_ppo.py

Prints the mean return of an episode with its 95 % interval, for random play and
for the trained agent, and fails if the intervals overlap. Takes a minute
on two cores.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable

import flax.linen as nn
import gymnasium
import jax
import jax.numpy as jnp
import numpy as np
from skrl import config
from skrl.agents.jax.ppo import PPO, PPO_CFG
from skrl.envs.wrappers.jax import wrap_env
from skrl.memories.jax import RandomMemory
from skrl.models.jax import CategoricalMixin, DeterministicMixin, Model
from skrl.resources.preprocessors.jax import RunningStandardScaler
from skrl.trainers.jax import SequentialTrainer
from skrl.utils import set_seed

import trailblazer_gym

ENV = "trailblazer/ABR-v0"
# The test scenario has as many; seeds that follow each other play each once.
EPISODES = 100

# Takes observations of shape (N, 6, 6), returns actions of shape (N,).
Policy = Callable[[np.ndarray], np.ndarray]


def network(observations: jax.Array, outputs: int) -> jax.Array:
    """Two hidden layers; to be called in a model's own `__call__`."""
    x = nn.tanh(nn.Dense(128)(observations))
    x = nn.tanh(nn.Dense(128)(x))
    return nn.Dense(outputs)(x)


class Levels(CategoricalMixin, Model):
    """Scores the levels of the next chunk."""

    def __init__(self, **spaces):
        Model.__init__(self, **spaces)
        CategoricalMixin.__init__(self, unnormalized_log_prob=True)

    @nn.compact
    def __call__(self, inputs, role):
        return network(inputs["observations"], self.num_actions), {}


class Value(DeterministicMixin, Model):
    """Estimates the return from here on."""

    def __init__(self, **spaces):
        Model.__init__(self, **spaces)
        DeterministicMixin.__init__(self, clip_actions=False)

    @nn.compact
    def __call__(self, inputs, role):
        return network(inputs["observations"], 1), {}


def train(timesteps: int, num_envs: int, seed: int) -> Policy:
    """Trains on the training traces; returns the greedy policy."""
    # skrl takes each step for the agent's own, so an environment must reset
    # within the step that ends its episode.
    envs = gymnasium.make_vec(
        ENV,
        num_envs=num_envs,
        scenario="abr/train",
        autoreset_mode=trailblazer_gym.AutoresetMode.SAME_STEP,
    )
    env = wrap_env(envs, wrapper="gymnasium")
    spaces = {
        "observation_space": env.observation_space,
        "action_space": env.action_space,
        "device": env.device,
    }
    models = {"policy": Levels(**spaces), "value": Value(**spaces)}
    for role, model in models.items():
        model.init_state_dict(role=role)
    rollouts = 48
    size = int(np.prod(env.observation_space.shape))
    cfg = PPO_CFG(
        rollouts=rollouts,
        learning_epochs=4,
        mini_batches=4,
        learning_rate=5e-4,
        discount_factor=0.99,
        gae_lambda=0.95,
        # One long stall must not drown all else.
        rewards_shaper=lambda rewards, *_: jnp.clip(rewards, -8, 5),
        observation_preprocessor=RunningStandardScaler,
        observation_preprocessor_kwargs={"size": size, "device": env.device},
        value_preprocessor=RunningStandardScaler,
        value_preprocessor_kwargs={"size": 1, "device": env.device},
    )
    cfg.experiment.directory = tempfile.gettempdir()
    cfg.experiment.write_interval = cfg.experiment.checkpoint_interval = 0
    agent = PPO(
        models=models,
        memory=RandomMemory(memory_size=rollouts, num_envs=num_envs, device=env.device),
        cfg=cfg,
        **spaces,
    )
    trainer = SequentialTrainer(
        env=env,
        agents=agent,
        cfg={
            "timesteps": timesteps // num_envs,
            "close_environment_at_exit": False,
            "environment_info": "none",
            "headless": True,
            "disable_progressbar": not sys.stdout.isatty(),
        },
    )
    trainer.train()
    envs.close()
    agent.enable_training_mode(False)

    def greedy(observations: np.ndarray) -> np.ndarray:
        flat = jnp.asarray(observations).reshape(len(observations), -1)
        _, outputs = agent.act(flat, None, timestep=0, timesteps=0)
        return np.asarray(jax.device_get(outputs["net_output"])).argmax(axis=1)

    return greedy


def returns(policy: Policy, seed: int) -> np.ndarray:
    """Plays one episode in each test environment; returns their returns."""
    envs = gymnasium.make_vec(
        ENV, num_envs=EPISODES, scenario="abr/default-test", autoreset_mode="NextStep"
    )
    observations, _ = envs.reset(seed=seed)
    total, playing = np.zeros(EPISODES), np.ones(EPISODES, bool)
    while playing.any():
        step = envs.step(policy(observations))
        observations, rewards, terminations, truncations, _ = step
        total += rewards * playing
        playing &= ~(terminations | truncations)
    envs.close()
    return total


def interval(values: np.ndarray) -> tuple[float, float, float]:
    """Returns mean and 95 % interval."""
    half = 1.96 * values.std(ddof=1) / np.sqrt(len(values))
    return values.mean(), values.mean() - half, values.mean() + half


def main() -> None:
    """Trains, compares, and fails if the agent is not clearly better."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--timesteps", type=int, default=300_000)
    parser.add_argument("--num-envs", type=int, default=64)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    config.jax.device = "cpu"
    set_seed(args.seed)
    rng = np.random.default_rng(args.seed)

    begun = time.monotonic()
    agent = train(args.timesteps, args.num_envs, args.seed)
    elapsed = time.monotonic() - begun
    print(f"trained {args.timesteps:,} steps in {elapsed:.0f} s")
    scores = {
        "random": interval(returns(lambda o: rng.integers(6, size=len(o)), args.seed)),
        "PPO": interval(returns(agent, args.seed)),
    }
    for name, (mean, low, high) in scores.items():
        print(f"{name:7} return {mean:8.2f}  [{low:8.2f}, {high:8.2f}]")
    if scores["PPO"][1] <= scores["random"][2]:
        sys.exit("the agent does not clearly beat random play")


if __name__ == "__main__":
    main()
