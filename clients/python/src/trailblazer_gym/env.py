"""One environment, as Gymnasium knows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gymnasium

from trailblazer_gym import actions, infos, observations, seeds, spaces
from trailblazer_gym.backed import Backed
from trailblazer_gym.client import DEFAULT_TIMEOUT_S
from trailblazer_gym.connect import connect
from trailblazer_gym.errors import InvalidArgumentError
from trailblazer_gym.session import Session
from trailblazer_gym.vector import TrailblazerVectorEnv


class TrailblazerEnv(Backed, gymnasium.Env[Any, Any]):
    """An environment that a Trailblazer server simulates.

    Observations are arrays of their own at every step, and can be written to.

    Args:
        env_id: versioned id ("trailblazer/ABR-v0").
        scenario: what to play; None for the environment's default.
        config: fields of the environment's configuration; those left out keep
            the scenario's values.
        server: "http://host:port", "https://host:port" or "unix:///path"; None
            for TRAILBLAZER_SERVER, and without it for a server that this process
            starts and stops itself.
        data: data directory of the own server; None for TRAILBLAZER_DATA.
        datasets: directory of the data sets that the own server records into; None
            for TRAILBLAZER_DATASETS.
        token: bearer token of the server; None for TRAILBLAZER_TOKEN.
        timeout: seconds that one call may take.
        lease: seconds that the server keeps the session after its last use; None
            for the server's default.
        label: free text that the server shows next to the session.
        record: name of a data set in which the server keeps what happens, episode
            by episode; None for none. Forks are not recorded.
        policy: who acts, as that data set shall name it; None for "external".
        split: the part of that data set; None for "train".
        render_mode: only None; there is nothing to look at.

    Raises:
        TrailblazerError: see `trailblazer_gym.errors`.

    Attributes:
        environment: what the server declares: content hash, configuration, ...
        features: names and units of the observation's elements.
        action_features: likewise of the action's.
        info_features: likewise of the info's.
        last_seed: the seed that the present random stream began with.
    """

    metadata: dict[str, Any] = {"render_modes": []}  # noqa: RUF012

    last_seed: int | None

    def __init__(
        self,
        env_id: str,
        scenario: str | None = None,
        *,
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
        render_mode: None = None,
    ) -> None:
        refuse_rendering(render_mode)
        self._adopt(
            Session.make(
                connect(
                    server, data=data, datasets=datasets, token=token, timeout=timeout
                ),
                env_id,
                scenario=scenario,
                config=config,
                autoreset_mode="AUTORESET_MODE_DISABLED",
                lease=lease,
                label=label,
                record=record,
                policy=policy,
                split=split,
            )
        )

    def _adopt(self, session: Session) -> None:
        super()._adopt(session)
        env = session.environment
        self._encode = actions.Encoder(env.action_space, None)
        self._observe = observations.single(env.observation_space)
        self._inform = infos.single(env.info_space)
        self.observation_space = spaces.build(env.observation_space)
        self.action_space = spaces.build(env.action_space)
        self.last_seed = None

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Starts an episode.

        Args:
            seed: where the random stream begins; None to let it go on.
            options: the environment's own reset options.
        """
        sent = seeds.of_one(seed)
        reply = self._session.reset(sent, options=options)
        used = sent or reply.seeds
        if used:
            self.last_seed = used[0]
            super().reset(seed=self.last_seed)
        return self._observe(iter(reply.observation)), self._inform(iter(reply.info))

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Applies an action.

        Returns:
            Observation, reward, terminated, truncated and info.

        Raises:
            InvalidArgumentError: the action is none of the space; nothing happened.
            OrderError: the episode is over, or none has begun.
        """
        reply = self._session.step(self._encode(action))
        return (
            self._observe(iter(reply.observation)),
            reply.reward.item(),
            reply.terminated.item(),
            reply.truncated.item(),
            self._inform(iter(reply.info)),
        )

    def restore(self, state: bytes) -> tuple[Any, dict[str, Any]]:
        """Goes back to a state that `snapshot` returned, here or elsewhere.

        Returns:
            The observation and info that the environment showed in that state.
        """
        reply = self._session.restore(state)
        return self._observe(iter(reply.observation)), self._inform(iter(reply.info))

    def fork(self) -> TrailblazerEnv:
        """Returns another environment that goes on from a copy of the state."""
        fork = type(self).__new__(type(self))
        fork._adopt(self._session.fork())
        fork.spec = self.spec
        fork.last_seed = self.last_seed
        return fork

    def fork_vector(self, num_envs: int) -> TrailblazerVectorEnv:
        """Returns a vector whose environments all go on from copies of the state.

        Its autoreset mode is DISABLED.
        """
        return TrailblazerVectorEnv.from_session(self._session.fork([0] * num_envs))

    def close(self) -> None:
        """Ends the session; the server keeps nothing but what it recorded."""
        self._leave()


def refuse_rendering(render_mode: Any) -> None:
    """Raises an error for a render mode other than None."""
    if render_mode is not None:
        raise InvalidArgumentError(
            "there is nothing to render",
            field="render_mode",
            value=repr(render_mode),
            remedy="leave it out",
        )
