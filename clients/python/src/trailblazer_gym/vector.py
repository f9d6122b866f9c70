"""N environments stepped together, as Gymnasium's vector environments are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from trailblazer_gym import actions, infos, observations, seeds, spaces
from trailblazer_gym.backed import Backed
from trailblazer_gym.client import DEFAULT_TIMEOUT_S
from trailblazer_gym.connect import connect
from trailblazer_gym.errors import InvalidArgumentError
from trailblazer_gym.messages import StepReply
from trailblazer_gym.session import Session
from trailblazer_gym.tensors import Array

_MODES = {mode: f"AUTORESET_MODE_{mode.name}" for mode in AutoresetMode}


class TrailblazerVectorEnv(Backed, VectorEnv[Any, Any, Array]):
    """A vector of environments that a Trailblazer server simulates.

    One step is one call to the server, whatever the number of environments.
    Observations are arrays of their own at every step, and can be written to;
    `Graphs` and `Ragged` where graphs and sequences differ in size.

    Args:
        env_id: versioned id ("trailblazer/ABR-v0").
        num_envs: N.
        scenario: what to play; None for the environment's default.
        autoreset_mode: what happens to an environment whose episode has ended:
            one of Gymnasium's modes, or its value ("NextStep", "SameStep",
            "Disabled").
        config: see `TrailblazerEnv`, as for all that follow.

    Raises:
        TrailblazerError: see `trailblazer_gym.errors`.

    Attributes:
        environment: what the server declares: content hash, configuration, ...
        features: names and units of one observation's elements.
        action_features: likewise of one action's.
        info_features: likewise of one info's.
        last_seeds: the seeds that the random streams last began with: one for
            each environment, or one s for s + i; empty before the first reset.
    """

    metadata: dict[str, Any] = {"render_modes": []}  # noqa: RUF012

    last_seeds: list[int]

    def __init__(
        self,
        env_id: str,
        num_envs: int = 1,
        scenario: str | None = None,
        *,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        config: Mapping[str, Any] | None = None,
        server: str | None = None,
        data: str | None = None,
        datasets: str | None = None,
        token: str | None = None,
        timeout: float = DEFAULT_TIMEOUT_S,
        lease: float | None = None,
        label: str | None = None,
        record: str | None = None,
        policy: str | None = None,
        split: str | None = None,
    ) -> None:
        mode = _mode(autoreset_mode)
        if num_envs < 1:
            raise InvalidArgumentError(
                "a vector needs environments",
                field="num_envs",
                value=str(num_envs),
                remedy="give a number from 1 on",
            )
        self._adopt(
            Session.make(
                connect(
                    server, data=data, datasets=datasets, token=token, timeout=timeout
                ),
                env_id,
                scenario=scenario,
                config=config,
                num_envs=num_envs,
                autoreset_mode=_MODES[mode],
                lease=lease,
                label=label,
                record=record,
                policy=policy,
                split=split,
            )
        )

    @classmethod
    def from_session(cls, session: Session) -> TrailblazerVectorEnv:
        """Returns the vector of a session that is open already."""
        vector = cls.__new__(cls)
        vector._adopt(session)
        return vector

    def _adopt(self, session: Session) -> None:
        super()._adopt(session)
        env = session.environment
        mode = next(m for m, name in _MODES.items() if name == session.autoreset_mode)
        self.num_envs = session.num_envs
        self.metadata = {**self.metadata, "autoreset_mode": mode}
        self._encode = actions.Encoder(env.action_space, self.num_envs)
        self._observe = observations.batch(env.observation_space)
        self._observe_one = observations.single(env.observation_space)
        self._infos = infos.Batch(env.info_space, self.num_envs)
        self.single_observation_space = spaces.build(env.observation_space)
        self.single_action_space = spaces.build(env.action_space)
        self.observation_space = spaces.batch(env.observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self.last_seeds = []

    def reset(
        self,
        *,
        seed: int | Sequence[int | None] | None = None,
        options: dict[str, Any] | None = None,
    ) -> tuple[Any, dict[str, Any]]:
        """Starts episodes.

        Args:
            seed: a number s for seeds s + i, a list of one for each environment,
                or None to let their random streams go on.
            options: "reset_mask", a bool array of shape (N,), chooses the
                environments to reset; all else is the environment's own.

        Returns:
            Observations and infos; environments outside the mask show what they
            showed last, and have no infos.
        """
        own = dict(options or {})
        mask = (
            _mask(own.pop("reset_mask"), self.num_envs) if "reset_mask" in own else None
        )
        sent = seeds.of_vector(seed, self.num_envs, mask)
        reply = self._session.reset(sent, mask, own)
        used = sent or reply.seeds
        if used:
            self.last_seeds = used
            super().reset(seed=used[0])
        observation = self._observe(iter(reply.observation))
        if mask is None:
            return observation, self._infos.all(reply.info)
        return observation, self._infos.masked(reply.info, mask)

    def step(self, actions: Any) -> tuple[Any, Array, Array, Array, dict[str, Any]]:
        """Applies one action in every environment.

        Returns:
            Observations, rewards (float64), terminations and truncations (bool)
            of shape (N,), and infos. In the mode SAME_STEP infos hold final_obs
            and final_info of the environments whose episodes ended.

        Raises:
            InvalidArgumentError: an action is none of the space; nothing happened.
            OrderError: no episode has begun, or, in the mode DISABLED, one is over.
        """
        reply = self._session.step(self._encode(actions))
        info = self._infos.all(reply.info)
        if reply.final_observation:
            self._add_final(info, reply)
        return (
            self._observe(iter(reply.observation)),
            reply.reward,
            reply.terminated,
            reply.truncated,
            info,
        )

    def _add_final(self, info: dict[str, Any], reply: StepReply) -> None:
        """Adds what the episodes that ended in this step showed last."""
        ended = reply.terminated | reply.truncated
        indices = np.flatnonzero(ended)
        final = np.full(self.num_envs, None, object)
        for row, i in enumerate(indices):
            leaves = observations.row(reply.final_observation, row)
            final[i] = self._observe_one(iter(leaves))
        info["final_obs"], info["_final_obs"] = final, ended
        info["final_info"] = self._infos.rows(reply.final_info, indices)
        info["_final_info"] = ended.copy()

    def restore(self, state: bytes) -> tuple[Any, dict[str, Any]]:
        """Goes back to a state of this vector, or of one of the same make.

        Returns:
            The observations and infos that it showed in that state.
        """
        reply = self._session.restore(state)
        return self._observe(iter(reply.observation)), self._infos.all(reply.info)

    def fork(self, environments: Sequence[int] = ()) -> TrailblazerVectorEnv:
        """Returns another vector that goes on from copies of the states.

        Args:
            environments: which to copy, repeats allowed; none for all.
        """
        fork = self.from_session(self._session.fork(environments))
        fork.spec = self.spec
        return fork

    def close_extras(self, **kwargs: Any) -> None:
        """Ends the session; the server keeps nothing but what it recorded."""
        self._leave()


def _mode(mode: AutoresetMode | str) -> AutoresetMode:
    """Reads an autoreset mode: the enum, its value or its name."""
    for known in AutoresetMode:
        if mode in (known, known.value, known.name):
            return known
    raise InvalidArgumentError(
        "the autoreset mode is unknown",
        field="autoreset_mode",
        value=repr(mode),
        remedy=f"give one of {', '.join(repr(m.value) for m in AutoresetMode)}",
    )


def _mask(mask: Any, num_envs: int) -> Array:
    """Checks a reset mask as Gymnasium's own vectors do."""
    array = np.asarray(mask)
    if array.dtype == bool and array.shape == (num_envs,) and array.any():
        return array
    raise InvalidArgumentError(
        "the reset mask is wrong",
        field="options['reset_mask']",
        value=f"{array.dtype} of shape {array.shape}, {np.count_nonzero(array)} set",
        remedy=f"give bools of shape ({num_envs},), at least one True",
    )
