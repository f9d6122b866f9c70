"""Times PPO here and in Python: environment steps a second, learning included.

    python3 trainer/rl/benchmarks/throughput.py [--json] [--rounds 3] [--updates 20] [--threads 1]

The loop is BenchmarkPPO's on CartPole: 8 environments, 128 steps of each, two
networks of two hidden layers of 64 (tanh) for policy and value, generalized
advantages, 4 epochs of 4 minibatches, gradients clipped to 0.5, Adam. Beside it
runs the same with PyTorch and Gymnasium, in the way that single-file
implementations do it, and with Stable-Baselines3 where that is installed. Both
have one thread: with more, networks of this size are slower in PyTorch (see
--threads). Rounds take turns, so that what else the machine does meets all; the
table shows each one's fastest round and the median of the ratios of rounds.

ABR is shown beside it, on the simulator of this repository, where Python has
nothing to compare. Needs Go, PyTorch and Gymnasium.
"""

import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

ENVIRONMENTS, STEPS, EPOCHS, MINIBATCHES, HIDDEN = 8, 128, 4, 4, 64
GAMMA, LAMBDA, CLIP, ENTROPY, RATE, NORM = 0.99, 0.95, 0.2, 0.01, 2.5e-4, 0.5
BATCH = ENVIRONMENTS * STEPS
ROOT = pathlib.Path(__file__).resolve().parents[3]


def torch_loop():
    """A function that does so many updates with PyTorch and Gymnasium."""
    import gymnasium
    import numpy as np
    import torch
    from torch import nn
    from torch.distributions import Categorical

    torch.manual_seed(1)
    games = gymnasium.vector.SyncVectorEnv(
        [lambda: gymnasium.make("CartPole-v1")] * ENVIRONMENTS,
        autoreset_mode=gymnasium.vector.AutoresetMode.SAME_STEP,
    )

    def network(outputs):
        return nn.Sequential(
            nn.Linear(4, HIDDEN), nn.Tanh(), nn.Linear(HIDDEN, HIDDEN), nn.Tanh(), nn.Linear(HIDDEN, outputs)
        )

    actor, critic = network(2), network(1)
    params = [*actor.parameters(), *critic.parameters()]
    optimizer = torch.optim.Adam(params, lr=RATE, eps=1e-5)
    shown = torch.zeros(STEPS, ENVIRONMENTS, 4)
    actions = torch.zeros(STEPS, ENVIRONMENTS, dtype=torch.long)
    old, rewards, values, over = (torch.zeros(STEPS, ENVIRONMENTS) for _ in range(4))
    now = torch.from_numpy(games.reset(seed=1)[0])

    def play():
        nonlocal now
        with torch.no_grad():
            for t in range(STEPS):
                policy = Categorical(logits=actor(now))
                shown[t], actions[t] = now, policy.sample()
                old[t], values[t] = policy.log_prob(actions[t]), critic(now).flatten()
                observation, reward, terminated, truncated, _ = games.step(actions[t].numpy())
                now = torch.from_numpy(observation)
                rewards[t] = torch.from_numpy(reward.astype(np.float32))
                over[t] = torch.from_numpy((terminated | truncated).astype(np.float32))
            following, advantage = critic(now).flatten(), torch.zeros(ENVIRONMENTS)
            advantages = torch.zeros_like(rewards)
            for t in reversed(range(STEPS)):
                delta = rewards[t] + GAMMA * following * (1 - over[t]) - values[t]
                advantage = delta + GAMMA * LAMBDA * (1 - over[t]) * advantage
                advantages[t], following = advantage, values[t]
        return advantages

    def update():
        advantages = play()
        flat = [x.reshape(BATCH, *x.shape[2:]) for x in (shown, actions, old, advantages, advantages + values)]
        for _ in range(EPOCHS):
            for rows in torch.randperm(BATCH).chunk(MINIBATCHES):
                seen, done, before, gain, returns = (x[rows] for x in flat)
                policy = Categorical(logits=actor(seen))
                gain = (gain - gain.mean()) / (gain.std() + 1e-8)
                ratio = (policy.log_prob(done) - before).exp()
                loss = -torch.min(ratio * gain, ratio.clamp(1 - CLIP, 1 + CLIP) * gain).mean()
                loss = loss - ENTROPY * policy.entropy().mean()
                loss = loss + 0.5 * (critic(seen).flatten() - returns).square().mean()
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(params, NORM)
                optimizer.step()

    def run(updates):
        for _ in range(updates):
            update()

    return run


def baselines_loop():
    """A function that does so many updates with Stable-Baselines3."""
    from stable_baselines3 import PPO
    from stable_baselines3.common.env_util import make_vec_env

    learner = PPO(
        "MlpPolicy",
        make_vec_env("CartPole-v1", n_envs=ENVIRONMENTS, seed=1),
        n_steps=STEPS,
        batch_size=BATCH // MINIBATCHES,
        n_epochs=EPOCHS,
        learning_rate=RATE,
        ent_coef=ENTROPY,
        device="cpu",
        seed=1,
    )
    return lambda updates: learner.learn(updates * BATCH)


def timed(run, updates):
    """Steps a second over so many updates."""
    began = time.perf_counter()
    run(updates)
    return updates * BATCH / (time.perf_counter() - began)


def ours(binary, updates):
    """Steps a second of each benchmark of ours."""
    out = subprocess.run(
        [binary, "-test.run=^$", "-test.bench=^BenchmarkPPO$", f"-test.benchtime={updates}x"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    found = re.findall(r"^BenchmarkPPO/(\w+)\S*\s.*?([\d.]+) steps/s", out, re.MULTILINE)
    if not found:
        sys.exit(f"BenchmarkPPO printed no steps/s:\n{out}")
    return {name: float(value) for name, value in found}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="how often each is timed (%(default)s)")
    parser.add_argument("--updates", type=int, default=20, help="updates in a round, of 1,024 steps each (%(default)s)")
    parser.add_argument("--threads", type=int, default=1, help="threads of PyTorch (%(default)s)")
    parser.add_argument("--json", action="store_true", help="print JSON in the place of a table")
    options = parser.parse_args()
    try:
        import torch

        torch.set_num_threads(options.threads)
        theirs = {"PyTorch and Gymnasium": torch_loop()}
    except ImportError as error:
        sys.exit(f"{error}: install torch and gymnasium to compare with them")
    try:
        theirs["Stable-Baselines3"] = baselines_loop()
    except ImportError:
        print("Stable-Baselines3 is left out: it is not installed", file=sys.stderr)

    with tempfile.TemporaryDirectory() as folder:
        binary = str(pathlib.Path(folder, "rl.test"))
        subprocess.run(["go", "test", "-c", "-o", binary, "./trainer/rl"], check=True, cwd=ROOT)
        rounds = []
        for run in theirs.values():
            run(2)  # Warms up.
        for _ in range(options.rounds):
            result = {}
            for name, value in ours(binary, options.updates).items():
                result[f"trailblazer, {name}"] = value
            for name, run in theirs.items():
                result[f"{name}, CartPole"] = timed(run, options.updates)
            rounds.append(result)
    base = "trailblazer, CartPole"
    rows = [
        {
            "what": name,
            "steps_per_second": round(max(r[name] for r in rounds)),
            "ours_is_so_many_times_as_fast": round(statistics.median(r[base] / r[name] for r in rounds), 2),
        }
        for name in rounds[0]
    ]
    if options.json:
        print(json.dumps({"cores": os.cpu_count(), "threads": options.threads, "rounds": options.rounds, "rows": rows}, indent=1))
        return
    print(f"PPO with learning, {os.cpu_count()} cores, the fastest of {options.rounds} rounds")
    for row in rows:
        ratio = "" if "ABR" in row["what"] else f"{row['ours_is_so_many_times_as_fast']:8.1f}x"
        print(f"{row['what']:<34}{row['steps_per_second']:>10,} steps/s{ratio}")


if __name__ == "__main__":
    main()
