"""A session on the server: a vector of N environments and its next index."""

from __future__ import annotations

import contextlib
import json
import os
import uuid
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trailblazer_gym import errors, messages, wire
from trailblazer_gym.client import Client, malformed
from trailblazer_gym.messages import Body, ResetReply, RestoreReply, StepReply
from trailblazer_gym.tensors import Array

_CLOSE_TIMEOUT_S = 1.0


@dataclass(frozen=True)
class Environment:
    """What the server declares about an environment; it never changes.

    Attributes:
        id: versioned id ("trailblazer/ABR-v0").
        scenario: what it plays: data, seeds and start points.
        observation_space: in the JSON form of trailblazer.v1.Space.
        action_space: likewise.
        info_space: likewise, always a DictSpace.
        max_episode_steps: longest possible episode; 0 for no limit.
        reward_range: bounds of the reward of one step.
        content_hash: SHA-256 of all that decides results besides seed and actions.
        data_hashes: content hashes of its parts, by part.
        config: the configuration in force, all defaults filled in.
        metadata: what an agent may know beyond its observations.
        can_snapshot: whether snapshot, restore and fork work.
        episodes: number of episodes that are played in a fixed order, where a seed
            s starts at episode s modulo it; 0 where seeds draw them.
    """

    id: str
    scenario: str
    observation_space: Mapping[str, Any] = field(repr=False)
    action_space: Mapping[str, Any] = field(repr=False)
    info_space: Mapping[str, Any] = field(repr=False)
    max_episode_steps: int
    reward_range: tuple[float, float]
    content_hash: str
    data_hashes: Mapping[str, str] = field(repr=False)
    config: Mapping[str, Any] = field(repr=False)
    metadata: Mapping[str, Any] = field(repr=False)
    can_snapshot: bool
    episodes: int


def environment(spec: Mapping[str, Any]) -> Environment:
    """Builds an Environment from trailblazer.v1.EnvironmentSpec in JSON form."""
    return Environment(
        id=spec.get("id", ""),
        scenario=spec.get("scenario", ""),
        observation_space=spec.get("observationSpace", {}),
        action_space=spec.get("actionSpace", {}),
        info_space=spec.get("infoSpace", {"dict": {}}),
        max_episode_steps=int(spec.get("maxEpisodeSteps", 0)),
        reward_range=(
            float(spec.get("rewardLow", 0)),
            float(spec.get("rewardHigh", 0)),
        ),
        content_hash=spec.get("contentHash", ""),
        data_hashes=spec.get("dataHashes", {}),
        config=json.loads(spec.get("configJson") or "{}"),
        metadata=json.loads(spec.get("metadataJson") or "{}"),
        can_snapshot=bool(spec.get("canSnapshot", False)),
        episodes=int(spec.get("episodes", 0)),
    )


class Session:
    """A session, stepped exactly once per index whatever the network does.

    A call whose outcome is not known, because its deadline passed, is kept:
    the same call again fetches its result, a reset settles it first, and any
    other step is refused.

    Args:
        client: calls the server; the session owns it.
        declared: trailblazer.v1.Session in JSON form.
        env: what the session's environments are.
        recorded: whether the server keeps what the session does.
    """

    def __init__(
        self,
        client: Client,
        declared: Mapping[str, Any],
        env: Environment,
        *,
        recorded: bool = False,
    ) -> None:
        self.client = client
        self.environment = env
        self.id: str = declared["sessionId"]
        self.num_envs = int(declared.get("numEnvs", 1))
        self.autoreset_mode: str = declared.get("autoresetMode", "")
        self.lease: str = declared.get("lease", "")
        self.recorded = recorded
        self.next_index = int(declared.get("nextIndex", 0))
        self._step_head = messages.step_request_head(self.id)
        self._reader = messages.StepReader()
        self._unsettled: tuple[str, bytes] | None = None
        self._pid = os.getpid()
        self._finalizer = weakref.finalize(self, _close, client, self.id, self._pid)

    @classmethod
    def make(
        cls,
        client: Client,
        env_id: str,
        *,
        scenario: str | None = None,
        config: Mapping[str, Any] | None = None,
        num_envs: int = 1,
        autoreset_mode: str,
        lease: float | None = None,
        label: str | None = None,
        record: str | None = None,
        policy: str | None = None,
        split: str | None = None,
    ) -> Session:
        """Opens a session; see trailblazer.v1.MakeRequest.

        Args:
            autoreset_mode: name of the enum value ("AUTORESET_MODE_DISABLED").
            lease: seconds that the session outlives its last use.
            record: the data set that keeps what the session does; None for none.
            policy: who acts, as the data set shall name it.
            split: the part of the data set.

        Raises:
            InvalidArgumentError: policy or split is given, but no data set.
        """
        request: dict[str, Any] = {
            "envId": env_id,
            "scenario": scenario or "",
            "configJson": json.dumps(dict(config)) if config else "",
            "numEnvs": num_envs,
            "autoresetMode": autoreset_mode,
            "requestId": uuid.uuid4().hex,
            "label": label or "",
        }
        if lease is not None:
            request["lease"] = f"{lease:.9f}s"
        if record is not None:
            recording = {
                "dataset": record,
                "policy": policy or "",
                "split": split or "",
            }
            request["record"] = recording
        elif policy is not None or split is not None:
            client.close()
            raise errors.InvalidArgumentError(
                "nothing is recorded",
                field="split" if policy is None else "policy",
                value=str(split if policy is None else policy),
                remedy='name a data set of the server as record="NAME"',
            )
        reply = _open(client, "Make", request)
        env = environment(reply["spec"])
        return cls(client, reply["session"], env, recorded=record is not None)

    def reset(
        self,
        seeds: Sequence[int] = (),
        mask: Array | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> ResetReply:
        """Starts new episodes; see trailblazer.v1.ResetRequest."""
        if self._unsettled:
            self._settle(*self._unsettled)
        request = messages.reset_request(self.id, self.next_index, seeds, mask, options)
        reply = _read(messages.read_reset, self._indexed("Reset", request))
        self.next_index = reply.next_index
        return reply

    def step(self, action: bytes) -> StepReply:
        """Applies the encoded action fields of a StepRequest."""
        request = self._step_head + wire.varint(self.next_index) + action
        if self._unsettled and self._unsettled != ("Step", request):
            raise errors.OrderError(
                "whether the last step happened is not known",
                remedy="repeat it with the same action, or reset",
            )
        body = self._indexed("Step", request, self._reader.first_element)
        reply = _read(self._reader.read, body)
        self.next_index = reply.next_index
        return reply

    def snapshot(self) -> tuple[bytes, str]:
        """Returns the state of all environments, and its hash."""
        body = self.client.call_binary("Snapshot", messages.snapshot_request(self.id))
        return _read(messages.read_snapshot, body)

    def restore(self, state: bytes) -> RestoreReply:
        """Puts all environments back into a state."""
        # After a step of unknown outcome the index is unknown, too.
        index = self.next_index if self._unsettled is None else None
        body = self.client.call_binary(
            "Restore", messages.restore_request(self.id, state, index)
        )
        reply = _read(messages.read_restore, body)
        self.next_index = reply.next_index
        self._unsettled = None
        return reply

    def fork(
        self, environments: Sequence[int] = (), label: str | None = None
    ) -> Session:
        """Opens a session with copies of environments of this one."""
        client = self.client.clone()
        request = {
            "sessionId": self.id,
            "environments": [int(i) for i in environments],
            "requestId": uuid.uuid4().hex,
            "label": label or "",
        }
        reply = _open(client, "Fork", request)
        return Session(client, reply["session"], self.environment)

    def renew(self) -> None:
        """Keeps the session for another lease without using it."""
        self.client.call("RenewLease", {"sessionId": self.id})

    def close(self) -> None:
        """Ends the session on the server, as far as it can be reached.

        Raises:
            OrderError: the server can't write what the session did. It keeps it,
                and the session stays open, so that closing can be tried again.
        """
        if self.recorded and self._finalizer.alive and self._pid == os.getpid():
            with contextlib.suppress(errors.DeadlineError, errors.UnavailableError):
                self.client.call("Close", {"sessionId": self.id})
        self._finalizer()

    def _indexed(self, method: str, request: bytes, align: int = 0) -> Body:
        """Makes a call that carries an index, and keeps it if it goes astray."""
        if not self._finalizer.alive:
            raise errors.OrderError("the environment is closed")
        self._unsettled = (method, request)
        try:
            body = self.client.call_binary(method, request, align)
        except (errors.DeadlineError, errors.UnavailableError):
            raise
        except errors.TrailblazerError:
            self._unsettled = None
            raise
        self._unsettled = None
        return body

    def _settle(self, method: str, request: bytes) -> None:
        """Finds out what an unsettled call did, so that another can follow."""
        read = self._reader.read if method == "Step" else messages.read_reset
        try:
            body = self._indexed(method, request)
        except (errors.DeadlineError, errors.UnavailableError):
            raise
        except errors.TrailblazerError:
            return
        self.next_index = _read(read, body).next_index


def _open(client: Client, method: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """Makes the first call of a client, which is closed if it fails."""
    try:
        return client.call(method, request)
    except BaseException:
        client.close()
        raise


def _read(read: Any, body: Body) -> Any:
    """Decodes a reply; one that can't be decoded is a ServerError."""
    try:
        return read(body)
    except wire.MalformedError as error:
        raise malformed(error) from error


def _close(client: Client, session_id: str, pid: int) -> None:
    """Ends a session if the server answers soon; else its lease does.

    A forked child leaves the sessions of its parent alone.
    """
    if pid == os.getpid():
        with contextlib.suppress(errors.TrailblazerError):
            client.call(
                "Close",
                {"sessionId": session_id},
                timeout=_CLOSE_TIMEOUT_S,
                retry=False,
            )
    client.close()
