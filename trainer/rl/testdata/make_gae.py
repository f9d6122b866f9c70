"""Writes gae.json: advantages and returns by Stable-Baselines3's rollout buffer.

Run it with a Python that has stable-baselines3: make_gae.py > gae.json
"""

import json

import gymnasium
import numpy as np
import stable_baselines3
import torch
from stable_baselines3.common.buffers import RolloutBuffer

steps, environments = 12, 3
random = np.random.default_rng(5)
cases = []
for gamma, lam in [(0.99, 0.95), (1.0, 1.0), (0.9, 0.0), (0.97, 0.9)]:
    box = gymnasium.spaces.Box(-1, 1, (1,))
    buffer = RolloutBuffer(steps, box, box, gamma=gamma, gae_lambda=lam, n_envs=environments)
    starts = random.random((steps + 1, environments)) < 0.2
    starts[0] = True
    rewards = random.normal(size=(steps, environments)).astype(np.float32)
    values = random.normal(size=(steps, environments)).astype(np.float32)
    last = random.normal(size=environments).astype(np.float32)
    zeros = np.zeros((environments, 1), np.float32)
    for t in range(steps):
        buffer.add(zeros, zeros, rewards[t], starts[t], torch.from_numpy(values[t]), torch.zeros(environments))
    buffer.compute_returns_and_advantage(torch.from_numpy(last), starts[steps])
    cases.append(
        {
            "gamma": gamma,
            "lambda": lam,
            # The last entry says whether the episode ended with the last step.
            "starts": starts.T.tolist(),
            "rewards": rewards.T.tolist(),
            "values": values.T.tolist(),
            "last": last.tolist(),
            "advantages": buffer.advantages.T.tolist(),
            "returns": buffer.returns.T.tolist(),
        }
    )
print(json.dumps({"stable_baselines3": stable_baselines3.__version__, "cases": cases}))
