"""Wrappers for learners that know plain arrays only.

For trailblazer/CJS-v0, `PadObservation` gives observations fixed shapes, and
`LegalAction` takes any action of a plain space:

    env = gymnasium.make("trailblazer/CJS-v0")
    env = PadObservation(env, max_nodes=128, max_edges=128, max_jobs=16, truncate=True)
    env = LegalAction(env, max_stages=32)

For trailblazer/CC-v0, `LogBandwidth` takes actions from -1 to 1:

    env = LogBandwidth(gymnasium.make("trailblazer/CC-v0"))

`PadVectorObservation`, `LegalVectorAction` and `LogVectorBandwidth` are the same
for vectors.
"""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
from gymnasium.spaces import Box, MultiDiscrete
from gymnasium.utils import RecordConstructorArgs
from gymnasium.vector import VectorActionWrapper, VectorEnv, VectorWrapper
from gymnasium.vector.utils import batch_space

from trailblazer_gym import cc, cjs
from trailblazer_gym.errors import InvalidArgumentError
from trailblazer_gym.ragged import Ragged
from trailblazer_gym.tensors import Array


class PadObservation(gymnasium.ObservationWrapper, RecordConstructorArgs):
    """Shows what `cjs.pad` makes of observations: a Dict of Boxes.

    Args:
        env: the environment to wrap.
        max_nodes: see `cjs.pad`, as for all that follow.
        max_edges: see there.
        max_jobs: see there.
        truncate: see there; if False, an observation that is too large is an
            error.
    """

    def __init__(
        self,
        env: gymnasium.Env[Any, Any],
        *,
        max_nodes: int,
        max_edges: int,
        max_jobs: int,
        truncate: bool = False,
    ) -> None:
        room = {"max_nodes": max_nodes, "max_edges": max_edges, "max_jobs": max_jobs}
        self._options: dict[str, Any] = {**room, "truncate": truncate}
        RecordConstructorArgs.__init__(self, **self._options)
        gymnasium.ObservationWrapper.__init__(self, env)
        self.observation_space = cjs.padded_space(env.observation_space, **room)

    def observation(self, observation: Any) -> dict[str, Array]:
        """Pads an observation."""
        return cjs.pad(observation, **self._options)


class PadVectorObservation(VectorWrapper):
    """`PadObservation` for a vector, final observations included.

    Args:
        env: the vector to wrap.
        max_nodes: see `cjs.pad`, as for all that follow.
        max_edges: see there.
        max_jobs: see there.
        truncate: see there.
    """

    def __init__(
        self,
        env: VectorEnv[Any, Any, Any],
        *,
        max_nodes: int,
        max_edges: int,
        max_jobs: int,
        truncate: bool = False,
    ) -> None:
        super().__init__(env)
        room = {"max_nodes": max_nodes, "max_edges": max_edges, "max_jobs": max_jobs}
        self._options: dict[str, Any] = {**room, "truncate": truncate}
        single = cjs.padded_space(env.single_observation_space, **room)
        self.single_observation_space = single
        self.observation_space = batch_space(single, self.num_envs)

    def reset(
        self, *, seed: Any = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Starts episodes; see `TrailblazerVectorEnv.reset`."""
        observations, infos = self.env.reset(seed=seed, options=options)
        return cjs.pad(observations, **self._options), infos

    def step(self, actions: Any) -> tuple[Any, Array, Array, Array, dict[str, Any]]:
        """Applies one action in every environment."""
        observations, rewards, terminations, truncations, infos = self.env.step(actions)
        for i in np.flatnonzero(infos.get("_final_obs", ())):
            infos["final_obs"][i] = cjs.pad(infos["final_obs"][i], **self._options)
        padded = cjs.pad(observations, **self._options)
        return padded, rewards, terminations, truncations, infos


class LegalAction(gymnasium.Wrapper, RecordConstructorArgs):
    """Takes actions of a MultiDiscrete space: (stage + 1, executors - 1).

    So stage 0 passes. An action that is not legal counts as the closest one that
    is: the last stage for one that is not there, and as many executors as there
    are to give away.

    Args:
        env: the environment to wrap.
        max_stages: how many schedulable stages there are actions for.
    """

    def __init__(self, env: gymnasium.Env[Any, Any], *, max_stages: int) -> None:
        RecordConstructorArgs.__init__(self, max_stages=max_stages)
        gymnasium.Wrapper.__init__(self, env)
        self.action_space = _plain(env.action_space, max_stages)
        self._legal = _Legal(1, max_stages)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Starts an episode."""
        observation, info = self.env.reset(seed=seed, options=options)
        self._legal.update([info["stage_mask"]], info["executor_mask"])
        return observation, info

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Applies the legal action that is closest."""
        closest = self._legal.closest(np.asarray(action)[np.newaxis])
        step = self.env.step({key: choice[0] for key, choice in closest.items()})
        self._legal.update([step[4]["stage_mask"]], step[4]["executor_mask"])
        return step

    def action_masks(self) -> Array:
        """Returns which stages, then which numbers of executors, are legal; bool."""
        return self._legal.masks()[0]


class LegalVectorAction(VectorWrapper):
    """`LegalAction` for a vector, whose actions have shape (N, 2).

    Args:
        env: the vector to wrap.
        max_stages: how many schedulable stages there are actions for.
    """

    def __init__(self, env: VectorEnv[Any, Any, Any], *, max_stages: int) -> None:
        super().__init__(env)
        self.single_action_space = _plain(env.single_action_space, max_stages)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self._legal = _Legal(self.num_envs, max_stages)

    def reset(
        self, *, seed: Any = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Starts episodes; see `TrailblazerVectorEnv.reset`."""
        observations, infos = self.env.reset(seed=seed, options=options)
        told = infos["_stage_mask"]
        self._legal.update(
            infos["stage_mask"][told], infos["executor_mask"][told], told
        )
        return observations, infos

    def step(self, actions: Any) -> tuple[Any, Array, Array, Array, dict[str, Any]]:
        """Applies the legal action that is closest in every environment."""
        step = self.env.step(self._legal.closest(np.asarray(actions)))
        self._legal.update(step[4]["stage_mask"], step[4]["executor_mask"])
        return step

    def action_masks(self) -> Array:
        """Returns which stages, then which numbers of executors, are legal.

        Returns:
            bool, shape (N, 1 + max_stages + number of executors).
        """
        return self._legal.masks()


class _Legal:
    """What is legal in N environments."""

    def __init__(self, num_envs: int, max_stages: int) -> None:
        self._most = 1 + max_stages
        # Legal are the stages from first up to last, counted from PASS, and as
        # many executors as `free`.
        self._first = np.zeros(num_envs, int)
        self._last = np.zeros(num_envs, int)
        self._free = np.zeros(num_envs, int)
        self._executors = 0

    def update(self, stage_masks: Any, executor_masks: Array, told: Any = ...) -> None:
        """Takes over the masks of infos, of the environments of a mask."""
        stages = Ragged.of(stage_masks)
        rows = np.atleast_2d(executor_masks)
        self._first[told] = 1 - stages.rows[stages.offsets[:-1]]
        self._last[told] = np.minimum(stages.counts, self._most) - 1
        self._free[told] = rows.sum(axis=1)
        self._executors = rows.shape[1]

    def closest(self, actions: Array) -> dict[str, Array]:
        """Returns the legal actions that are closest to actions of shape (N, 2)."""
        stages = np.minimum(np.maximum(actions[:, 0], self._first), self._last)
        executors = np.minimum(actions[:, 1] + 1, np.maximum(self._free, 1))
        return {"stage": stages + cjs.PASS, "executors": executors}

    def masks(self) -> Array:
        """Returns bools of shape (N, most + executors)."""
        stage, executor = np.arange(self._most), np.arange(self._executors)
        first, last = self._first[:, np.newaxis], self._last[:, np.newaxis]
        return np.concatenate(
            (
                (stage >= first) & (stage <= last),
                executor < self._free[:, np.newaxis],
            ),
            axis=1,
        )


def _plain(action_space: Any, max_stages: int) -> MultiDiscrete:
    return MultiDiscrete([1 + max_stages, action_space["executors"].n])


class LogBandwidth(gymnasium.ActionWrapper, RecordConstructorArgs):
    """Takes bandwidths on a logarithmic scale: -1 is the least, 1 the most.

    What lies beyond counts as -1 or 1. Of a probe, numbers below 0 ask for none,
    and from 0 to 1 its rate goes from the least to the most.

    Args:
        env: the environment to wrap.
        min_kbps: the least bandwidth.
        max_kbps: the most; None for the most that the environment takes.
    """

    def __init__(
        self,
        env: gymnasium.Env[Any, Any],
        *,
        min_kbps: float = 50.0,
        max_kbps: float | None = None,
    ) -> None:
        RecordConstructorArgs.__init__(self, min_kbps=min_kbps, max_kbps=max_kbps)
        gymnasium.ActionWrapper.__init__(self, env)
        self._scale = _LogScale(env, env.action_space, min_kbps, max_kbps)
        self.action_space = Box(-1, 1, env.action_space.shape, np.float32)

    def action(self, action: Any) -> Array:
        """Returns the environment's action, kbps."""
        return self._scale.kbps(action)

    def inverse(self, kbps: Any) -> Array:
        """Returns the action that stands for one of the environment; float32."""
        return self._scale.action(kbps)


class LogVectorBandwidth(VectorActionWrapper):
    """`LogBandwidth` for a vector.

    Args:
        env: the vector to wrap.
        min_kbps: see `LogBandwidth`, as for all that follow.
        max_kbps: see there.
    """

    def __init__(
        self,
        env: VectorEnv[Any, Any, Any],
        *,
        min_kbps: float = 50.0,
        max_kbps: float | None = None,
    ) -> None:
        super().__init__(env)
        single = env.single_action_space
        self._scale = _LogScale(env, single, min_kbps, max_kbps)
        self.single_action_space = Box(-1, 1, single.shape, np.float32)
        self.action_space = batch_space(self.single_action_space, self.num_envs)

    def actions(self, actions: Any) -> Array:
        """Returns the vector's actions, kbps."""
        return self._scale.kbps(actions)

    def inverse(self, kbps: Any) -> Array:
        """Returns the actions that stand for those of the vector; float32."""
        return self._scale.action(kbps)


class _LogScale:
    """Kbps and numbers from -1 to 1, and back."""

    def __init__(
        self, env: Any, space: Any, min_kbps: float, max_kbps: float | None
    ) -> None:
        self._probes = cc.Manifest.of(env).probes
        limit = float(space.high.max())
        self._low, self._high = min_kbps, limit if max_kbps is None else max_kbps
        if not 0 < self._low < self._high <= limit:
            raise InvalidArgumentError(
                "the bandwidths span no range",
                field="min_kbps, max_kbps",
                value=f"{self._low:g}, {self._high:g}",
                remedy=f"give 0 < min_kbps < max_kbps <= {limit:g}",
            )

    def kbps(self, action: Any) -> Array:
        """Returns the rates of actions."""
        scaled = np.asarray(action, np.float64).clip(-1, 1)
        probe = self._probe(scaled)
        share = np.where(probe, scaled, (scaled + 1) / 2)
        # Powers may round to above the most.
        rates = np.minimum(self._low * (self._high / self._low) ** share, self._high)
        return np.where(probe & (scaled < 0), 0, rates)

    def action(self, kbps: Any) -> Array:
        """Returns the actions of rates, the closest where there are none."""
        rates = np.asarray(kbps, np.float64)
        inside = rates.clip(self._low, self._high)
        share = np.log(inside / self._low) / np.log(self._high / self._low)
        none = np.where(rates > 0, share, -1)
        return np.where(self._probe(rates), none, 2 * share - 1).astype(np.float32)

    def _probe(self, actions: Array) -> Array:
        """Tells which numbers of actions ask for probes; bool, of their shape."""
        probe = np.zeros(actions.shape, bool)
        if self._probes and actions.ndim:
            probe[..., 1:] = True
        return probe
