"""Policies that a server has: trained models, and the rules they compare with.

import gymnasium
from trailblazer_gym import ServedPolicy

env = gymnasium.make("trailblazer/ABR-v0")
with ServedPolicy(env, policy="mpc") as policy:
    observation, info = env.reset(seed=1)
    policy.reset(seed=1)
    done = False
    while not done:
        action = policy.act(observation, info)
        observation, reward, terminated, truncated, info = env.step(action)
        done = terminated or truncated
"""

from __future__ import annotations

import contextlib
import json
import os
import weakref
from collections.abc import Mapping
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode

from trailblazer_gym import errors, messages, observations, spaces, tensors, wire
from trailblazer_gym.backed import Backed
from trailblazer_gym.client import DEFAULT_TIMEOUT_S, Client, malformed
from trailblazer_gym.connect import connect
from trailblazer_gym.leaves import flatten
from trailblazer_gym.messages import Leaf
from trailblazer_gym.session import Environment, environment
from trailblazer_gym.tensors import Array

_SERVICE = "PolicyService"
_CLOSE_TIMEOUT_S = 1.0
_BOOL, _FLOAT = np.dtype(bool), np.dtype("<f8")


class ServedPolicy:
    """A policy on a server, which acts in environments wherever they run.

    It remembers their episodes: what it has seen since they began.

    Args:
        env: an environment or vector of this package, wrapped or not; or the id of
            one ("trailblazer/ABR-v0"), for which what follows says what it shows.
        policy: the policy's name on the server, None for its first. Without a
            server, a rule ("mpc"), or the directory of a trained run ("runs/abr").
        scenario: what is played; None for the environment's default.
        config: fields of its configuration; those left out keep the scenario's.
        num_envs: how many environments it acts in at once; None for one, whose
            values have no first axis.
        autoreset_mode: what a vector does with an environment whose episode has
            ended.
        server: see `TrailblazerEnv`, as for all that follow. The private server is
            one that has this policy.

    Raises:
        TrailblazerError: see `trailblazer_gym.errors`.

    Attributes:
        name: the policy's name on the server.
        description: what it is.
        content_hash: SHA-256 of a trained network, "" for a rule.
        environment: what the server declares about the environment.
        needs_info: whether `act` takes infos.
        needs_reward: whether `act` takes rewards.
        needs_taken: whether `act` wants to know where another action was taken.
        context: steps that a decision looks back on; 0 where that is not known.
        action_space: that of one environment.
    """

    def __init__(
        self,
        env: Any,
        *,
        policy: str | None = None,
        scenario: str | None = None,
        config: Mapping[str, Any] | None = None,
        num_envs: int | None = None,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        server: str | None = None,
        data: str | None = None,
        token: str | None = None,
        timeout: float = DEFAULT_TIMEOUT_S,
        lease: float | None = None,
    ) -> None:
        env_id = env
        if not isinstance(env, str):
            env_id, scenario, config, num_envs, autoreset_mode = _of(env)
        self._same_step = AutoresetMode(autoreset_mode) == AutoresetMode.SAME_STEP
        name = policy or ""
        if not (server or os.environ.get("TRAILBLAZER_SERVER")):
            if not policy:
                raise errors.InvalidArgumentError(
                    "a server of your own needs to know what to act as",
                    field="policy",
                    value=repr(policy),
                    remedy='name a rule, such as "mpc", or the directory of a trained '
                    "run; or give server=",
                )
            name = ""  # The only one that the server has.
        self._batched = num_envs is not None
        self.num_envs = num_envs or 1
        request: dict[str, Any] = {
            "policy": name,
            "envId": env_id,
            "scenario": scenario or "",
            "configJson": json.dumps(dict(config)) if config else "",
            "numEnvs": self.num_envs,
        }
        if lease is not None:
            request["lease"] = f"{lease:.9f}s"
        client = connect(
            server, data=data, token=token, timeout=timeout, policy=policy or ""
        )
        try:
            reply = client.call("OpenPolicy", request, service=_SERVICE)
        except BaseException:
            client.close()
            raise
        self._adopt(client, reply)

    def _adopt(self, client: Client, reply: Mapping[str, Any]) -> None:
        self._client, self._id = client, reply["seatId"]
        self._next_index = int(reply.get("nextIndex", 0))
        # Whether the server may be one call ahead, since a reply was lost.
        self._unsure = False
        self._start: Array | None = None
        self._seeds: list[int] = []
        served, inputs = reply["policy"], reply.get("inputs", {})
        self.name: str = served["name"]
        self.description: str = served.get("description", "")
        self.content_hash: str = served.get("contentHash", "")
        self.environment: Environment = environment(reply["spec"])
        self.needs_info = bool(inputs.get("info"))
        self.needs_reward = bool(inputs.get("reward"))
        self.needs_taken = bool(inputs.get("taken"))
        self.context = int(inputs.get("context", 0))
        self.action_space = spaces.build(self.environment.action_space)
        plan = observations.batch if self._batched else observations.single
        self._decode = plan(self.environment.action_space)
        self._finalizer = weakref.finalize(self, _close, client, self._id, os.getpid())

    def reset(self, *, seed: int | None = None) -> None:
        """Lets episodes begin with the next `act`.

        Args:
            seed: of the policy's own randomness: environment i gets seed + i. None
                lets the server draw.
        """
        self._start = np.ones(self.num_envs, bool)
        self._seeds = [] if seed is None else [int(seed)]

    def act(
        self,
        observation: Any,
        info: Mapping[str, Any] | None = None,
        reward: Any = None,
        *,
        done: Any = None,
        taken: Any = None,
        timeout: float | None = None,
    ) -> Any:
        """Returns what the policy would do.

        Args:
            observation: what the environments show, as their `reset` and `step`
                return it.
            info: likewise; may be left out where `needs_info` is false.
            reward: what the last actions brought; may be left out where
                `needs_reward` is false, and where episodes begin.
            done: whose episodes have ended with what is shown: terminated or
                truncated. A vector needs it; the next episodes begin by themselves.
                Of one environment it lets a policy see how an episode ends, as some
                want to that remember it; nothing is decided then.
            taken: what was done since the last call, as `step` got it, where that
                was not what `act` returned: where exploration or another policy
                acted, or the answer came too late. A vector gives the actions of
                all its environments. May be left out where `needs_taken` is false;
                not looked at where episodes begin.
            timeout: seconds that the call may take, in place of those of the whole
                policy. After a DeadlineError, go on with the next observation:
                whether the policy has seen this one does not matter.

        Raises:
            InvalidArgumentError: something is missing, or none of the spaces.
            ResourceExhaustedError: too many wait for an answer; `retry_after` says
                when to ask again.
            DeadlineError: there was no answer in time.
            SessionLostError: the lease has run out.
        """
        count = self.num_envs
        leaves = self._flatten(
            self.environment.observation_space, observation, "observation"
        )
        infos: list[Leaf] = []
        if info is not None and self.needs_info:
            infos = self._flatten(self.environment.info_space, info, "info")
        rewards = None
        if reward is not None and self.needs_reward:
            rewards = tensors.exact(
                np.reshape(reward, (count,)), _FLOAT, (count,), "reward", "a reward"
            )
        did: list[Leaf] = []
        if taken is not None and self.needs_taken:
            did = self._flatten(self.environment.action_space, taken, "taken")
        start, end = self._start, None
        if done is not None:
            done = tensors.exact(
                np.reshape(done, (count,)), _BOOL, (count,), "done", "a flag"
            )
            if self._same_step:
                start = done if start is None else start | done
            else:
                end = done if start is None else done & ~start
        arguments = (leaves, infos, rewards, start, end, self._seeds, did)
        actions = self._ask(arguments, timeout)
        self._start, self._seeds = None, []
        return self._decode(iter(actions))

    def close(self) -> None:
        """Gives up the seat at the server."""
        if hasattr(self, "_finalizer"):
            self._finalizer()

    def __enter__(self) -> ServedPolicy:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _flatten(self, space: Mapping[str, Any], values: Any, what: str) -> list[Leaf]:
        if not self._batched:
            values = [values]
        noun = "an action" if what == "taken" else f"an {what}"
        return flatten(space, values, self.num_envs, what, noun)

    def _ask(self, arguments: tuple[Any, ...], timeout: float | None) -> list[Leaf]:
        """Makes a call; where the one before it got through all the same, anew."""
        if not self._finalizer.alive:
            raise errors.OrderError("the policy is closed")
        for again in (False, True):
            request = messages.act_request(self._id, self._next_index, *arguments)
            try:
                body = self._client.call_binary(
                    "Act", request, service=_SERVICE, timeout=timeout
                )
            except (errors.DeadlineError, errors.UnavailableError):
                self._unsure = True
                raise
            except errors.OrderError as error:
                ahead = error.expected_index == self._next_index + 1
                if again or not (self._unsure and ahead):
                    raise
                self._next_index += 1
                continue
            break
        self._unsure = False
        try:
            self._next_index, actions = messages.read_act(body)
        except wire.MalformedError as error:
            raise malformed(error) from error
        return actions


def _of(env: Any) -> tuple[str, str, Mapping[str, Any], int | None, AutoresetMode]:
    """Tells what an environment of this package shows."""
    inner = getattr(env, "unwrapped", env)
    if not isinstance(inner, Backed):
        raise errors.InvalidArgumentError(
            "this is no environment of trailblazer_gym",
            field="env",
            value=type(inner).__name__,
            remedy="give one, or the id of one with its scenario",
        )
    shown = inner.environment
    count = getattr(inner, "num_envs", None)
    mode = getattr(inner, "metadata", {}).get("autoreset_mode", AutoresetMode.DISABLED)
    return shown.id, shown.scenario, shown.config, count, mode


def policies(server: str | None = None, **options: Any) -> list[dict[str, Any]]:
    """Returns the policies that a server has.

    Args:
        server: see `TrailblazerEnv`.
        **options: see `connect`.

    Returns:
        trailblazer.v1.ServedPolicy in JSON form, one for each.
    """
    client = connect(server, **options)
    try:
        reply = client.call("ListPolicies", {}, service=_SERVICE)
        return reply.get("policies", [])
    finally:
        client.close()


def _close(client: Client, seat_id: str, pid: int) -> None:
    """Gives up a seat if the server answers soon; else its lease does.

    A forked child leaves the seats of its parent alone.
    """
    if pid == os.getpid():
        with contextlib.suppress(errors.TrailblazerError):
            client.call(
                "ClosePolicy",
                {"seatId": seat_id},
                service=_SERVICE,
                timeout=_CLOSE_TIMEOUT_S,
                retry=False,
            )
    client.close()
