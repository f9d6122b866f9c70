"""Learns to predict the bandwidth of a network from what its true value was.

    python clients/python/examples/predict_bandwidth.py

A linear model makes the logarithm of the bandwidth from the 52 features of
trailblazer/CC-v0. It learns from sessions of cc/train, whose infos tell the bandwidth
that there was: at first from sessions in which simple rules acted, then also
from sessions in which it acted itself, since what it sees depends on what it
does. Then it plays sessions of cc/test. Prints the error of what was predicted
(MAPE, eq. 7 of the paper) and for how long the video stood still, next to those
of simple rules and of the true bandwidth, and fails if the model is not clearly
better than the rules. Takes some ten seconds.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import gymnasium
import numpy as np

from trailblazer_gym import cc

# Gymnasium imports what comes before the colon, and that registers the rest.
ENV = "trailblazer_gym:trailblazer/CC-v0"
# Bandwidths below this are outages, which no prediction is compared with.
FLOOR_KBPS = 50.0
ROUNDS = 4

# Takes a vector's observations, shape (N, 52), and infos; returns kbps, (N,).
Policy = Callable[[np.ndarray, dict[str, Any]], np.ndarray]


class Played(NamedTuple):
    """What sessions showed; the first two have a row for each step."""

    observations: np.ndarray
    bandwidths: np.ndarray
    scores: dict[str, float]


def play(policy: Policy, scenario: str, seeds: Sequence[int]) -> Played:
    """Plays one session for each seed, all at once."""
    envs = gymnasium.make_vec(ENV, num_envs=len(seeds), scenario=scenario)
    most = envs.single_action_space.high[0]
    observations, infos = envs.reset(seed=list(seeds))
    playing = np.ones(len(seeds), bool)
    shown, bandwidths, errors, delays = [], [], [], []
    stalled, played = np.zeros(2), 0.0
    while playing.any():
        shown.append(observations[playing])
        bandwidths.append(infos["bottleneck_kbps"][playing])
        actions = np.clip(policy(observations, infos), 0, most)[:, np.newaxis]
        observations, _, terminations, truncations, infos = envs.step(actions)
        errors.append(infos["ape"][playing & (infos["ape_counts"] == 1)])
        delays.append(infos["queue_delay_ms"][playing & (infos["arrivals"] == 1)])
        for i, gap in enumerate(("100", "500")):
            stalled[i] += infos[f"stalled_{gap}_ms"][playing].sum()
        played += infos["played_ms"][playing].sum()
        playing &= ~(terminations | truncations)
    envs.close()
    scores = {
        "mape": np.concatenate(errors).mean(),
        "ape_median": np.median(np.concatenate(errors)),
        "stall_rate_100ms": stalled[0] / played,
        "stall_rate_500ms": stalled[1] / played,
        "queue_delay_ms": np.concatenate(delays).mean(),
    }
    return Played(
        np.concatenate(shown),
        np.concatenate(bandwidths),
        {name: float(score) for name, score in scores.items()},
    )


def feature(manifest: cc.Manifest, name: str) -> Policy:
    """Predicts what a feature shows, or the rate in force while that is nothing."""

    def act(observations: np.ndarray, infos: dict[str, Any]) -> np.ndarray:
        kbps = manifest.value(observations, name)
        return np.where(kbps > 0, kbps, infos["target_kbps"])

    return act


def oracle(observations: np.ndarray, infos: dict[str, Any]) -> np.ndarray:
    """Predicts the true bandwidth, which no sender can know."""
    del observations
    return infos["bottleneck_kbps"]


def scaled(policy: Policy, factor: float) -> Policy:
    """Predicts a share of what another policy does."""
    return lambda observations, infos: factor * policy(observations, infos)


def mixed(policies: Sequence[Policy], rng: np.random.Generator) -> Policy:
    """Lets policies take turns in environments, every other time with noise.

    The noise goes up and down over some two seconds, so that there are sessions
    in which too much is sent, and such in which it is too little.
    """
    noise: np.ndarray | float = 0.0

    def act(observations: np.ndarray, infos: dict[str, Any]) -> np.ndarray:
        nonlocal noise
        drawn = rng.normal(size=len(observations))
        noise = 0.95 * noise + 0.5 * np.sqrt(1 - 0.95**2) * drawn
        who = np.arange(len(observations))
        kbps = [policy(observations, infos) for policy in policies]
        noisy = who // len(policies) % 2 == 1
        return np.choose(who % len(policies), kbps) * np.exp(noisy * noise)

    return act


class Model:
    """A linear function of features, whose exponential is the bandwidth.

    It has the least mean of |predicted - true| / true, which is |exp(e) - 1|
    where logarithms differ by e, found by least squares that are weighted so
    that they come to the same, over and over.
    """

    def __init__(self, observations: np.ndarray, kbps: np.ndarray) -> None:
        self.mean, self.std = observations.mean(axis=0), observations.std(axis=0)
        inputs, logs = self.inputs(observations), np.log(kbps)
        ridge = 1e-3 * len(inputs) * np.eye(inputs.shape[1])
        weights = np.ones(len(inputs))
        for _ in range(10):
            weighted = inputs.T * (weights / weights.mean())
            self.linear = np.linalg.solve(weighted @ inputs + ridge, weighted @ logs)
            error = inputs @ self.linear - logs
            # Least squares can't weigh an error of nothing, nor need huge ones.
            error = np.copysign(np.abs(error).clip(0.03, 2), error)
            weights = np.abs(np.expm1(error)) / error**2

    def inputs(self, observations: np.ndarray) -> np.ndarray:
        """Standardizes features, and adds a 1."""
        standard = (observations - self.mean) / (self.std + 1e-3)
        ones = np.ones((len(standard), 1))
        return np.hstack((standard.clip(-5, 5), ones)).astype(np.float64)

    def __call__(self, observations: np.ndarray, infos: dict[str, Any]) -> np.ndarray:
        """Predicts; a policy."""
        del infos
        return np.exp(self.inputs(observations) @ self.linear)


def train(rules: Sequence[Policy], sessions: int, seed: int) -> Model:
    """Learns from as many sessions, a part of them in every round."""
    rng = np.random.default_rng(seed)
    seeds = np.array_split(np.arange(seed, seed + sessions), ROUNDS)
    policies, played = rules, []
    for some in seeds:
        played.append(play(mixed(policies, rng), "cc/train", some.tolist()))
        observations = np.concatenate([one.observations for one in played])
        kbps = np.concatenate([one.bandwidths for one in played])
        counts = kbps >= FLOOR_KBPS
        model = Model(observations[counts], kbps[counts])
        policies = [model]
    return model


def main() -> None:
    """Trains, compares, and fails if the model is not clearly better."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sessions", type=int, default=200, help="to learn from")
    parser.add_argument("--test-sessions", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0, help="of the first session")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    args = parser.parse_args()
    if args.sessions < ROUNDS or args.test_sessions < 1:
        parser.error(f"give at least {ROUNDS} sessions to learn from, and 1 to test")

    probe = gymnasium.make(ENV)
    manifest = cc.Manifest.of(probe)
    probe.close()
    rules = {
        "request rate": feature(manifest, "request_rate"),
        "last receive rate": feature(manifest, "recv_rate_S"),
        "max receive rate": feature(manifest, "recv_max_2s"),
    }
    model = train(list(rules.values()), args.sessions, args.seed)
    policies = {
        **rules,
        "model": model,
        "model x 0.8": scaled(model, 0.8),
        "true bandwidth": oracle,
    }
    seeds = range(args.seed, args.seed + args.test_sessions)
    scores = {}
    if not args.json:
        print(
            f"{'':18} {'MAPE':>7} {'median':>7} {'stall 100':>10} {'stall 500':>10}"
            f" {'queue':>9}"
        )
    for name, policy in policies.items():
        score = scores[name] = play(policy, "cc/test", seeds).scores
        if not args.json:
            print(
                f"{name:18} {score['mape']:7.1%} {score['ape_median']:7.1%}"
                f" {score['stall_rate_100ms']:10.1%} {score['stall_rate_500ms']:10.1%}"
                f" {score['queue_delay_ms']:6.0f} ms"
            )
    if args.json:
        print(json.dumps({"sessions": args.sessions, "results": scores}))
    if scores["model"]["mape"] > 0.8 * min(scores[name]["mape"] for name in rules):
        sys.exit("the model is not clearly better than the rules")


if __name__ == "__main__":
    main()
