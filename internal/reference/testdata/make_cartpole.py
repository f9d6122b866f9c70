"""Writes cartpole.json: episodes of Gymnasium's CartPole-v1, to compare with.

Each has a seed, actions (a fixed pattern by the seed), and what was shown: the
first observation and the last four, with the number of steps and how it ended.
Run it with a Python that has gymnasium: make_cartpole.py > cartpole.json
"""

import json

import gymnasium

episodes = []
for seed, pattern in [(0, "01"), (1, "0011"), (2, "10"), (7, "1"), (42, "0110"), (666, "01"), (2**40, "0101101")]:
    env = gymnasium.make("CartPole-v1")
    shown = [env.reset(seed=seed)[0].tolist()]
    steps, ended = 0, False
    while not ended:
        action = int(pattern[steps % len(pattern)])
        observation, _, terminated, truncated, _ = env.step(action)
        shown.append(observation.tolist())
        steps, ended = steps + 1, terminated or truncated
    episodes.append(
        {
            "seed": seed,
            "actions": pattern,
            "steps": steps,
            "terminated": bool(terminated),
            "truncated": bool(truncated),
            "first": shown[0],
            "last": shown[-4:],
        }
    )

# A feedback rule that never falls reaches the limit.
env = gymnasium.make("CartPole-v1")
observation = env.reset(seed=3)[0]
steps, ended, first = 0, False, observation.tolist()
while not ended:
    action = int(observation[2] + 0.5 * observation[3] + 0.05 * observation[0] + 0.1 * observation[1] > 0)
    observation, _, terminated, truncated, _ = env.step(action)
    steps, ended = steps + 1, terminated or truncated
episodes.append(
    {
        "seed": 3,
        "actions": "rule",
        "steps": steps,
        "terminated": bool(terminated),
        "truncated": bool(truncated),
        "first": first,
        "last": [],
    }
)
print(json.dumps({"gymnasium": gymnasium.__version__, "episodes": episodes}, indent=1))
