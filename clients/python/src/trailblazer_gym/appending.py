"""Episodes that an agent has played elsewhere, added to a data set of a server."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from trailblazer_gym import seeds, tensors, wire
from trailblazer_gym.client import Client, malformed
from trailblazer_gym.connect import connect
from trailblazer_gym.errors import (
    DeadlineError,
    TrailblazerError,
    UnavailableError,
)
from trailblazer_gym.leaves import flatten
from trailblazer_gym.session import Environment, environment

# Bytes of the episodes that are sent, and answered for, at a time.
_CALL_BYTES = 4 << 20
_PAUSES_S = (0.05, 0.2, 1.0)


@dataclass
class Episode:
    """One episode of T steps, as an agent has seen it.

    Attributes:
        observations: T + 1 observations: what reset showed, and what every step
            showed. A list of them, or the same batched as vectors batch it: for a
            Box an array of shape (T + 1, ...).
        actions: T actions, likewise.
        rewards: T numbers.
        terminated: whether the last step ended the episode.
        truncated: whether the last step cut it off. Neither: the agent left it.
        infos: T + 1 infos, likewise; None where they are not at hand. Then what
            would come of them is zero, or NaN where there is one.
        policy: who acted.
        seed: what the environment was reset with; None where it is not known.
            Such an episode can't be verified.
        source: tells the episode from all others, so that it is kept only once;
            "" keeps it in any case.
    """

    observations: Any
    actions: Any
    rewards: Any
    terminated: bool
    truncated: bool = False
    infos: Any = None
    policy: str = "external"
    seed: int | None = None
    source: str = ""


class Appended(NamedTuple):
    """What an `append` brought.

    Attributes:
        episodes: how many were kept.
        duplicates: how many were there already, by their source.
        steps: those of the episodes that were kept.
    """

    episodes: int
    duplicates: int
    steps: int


def append(
    dataset: str,
    env_id: str,
    scenario: str | None,
    episodes: Iterable[Episode],
    *,
    config: Mapping[str, Any] | None = None,
    split: str | None = None,
    **server: Any,
) -> Appended:
    """Adds episodes to a data set, which is made where there is none.

    They are sent some at a time. An episode that is answered for is kept whatever
    happens to the server; where a connection is lost, what is not answered for is
    sent again, and kept once.

    Args:
        dataset: name of the data set.
        env_id: what was played ("trailblazer/ABR-v0").
        scenario: which scenario of it; None for the environment's default.
        episodes: what to add; a generator will do.
        config: fields of the environment's configuration, as it was played.
        split: the part of the data set; None for "train".
        **server: see `connect`.

    Raises:
        TrailblazerError: see `trailblazer_gym.errors`. Episodes before the one
            that is refused are kept.
    """
    config_json = json.dumps(dict(config)) if config else ""
    played = {"envId": env_id, "scenario": scenario or "", "configJson": config_json}

    def dial() -> Client:
        return connect(**server)

    client = dial()
    try:
        spec = client.call("Describe", played)["spec"]
    finally:
        client.close()
    number = wire.APPEND_OPEN
    texts = {
        "dataset": dataset,
        "env_id": env_id,
        "scenario": scenario or "",
        "config_json": config_json,
        "split": split or "",
    }
    opening = b"".join(wire.delimited(number[k], v.encode()) for k, v in texts.items())
    total = Appended(0, 0, 0)
    for group in _groups(episodes, environment(spec)):
        # It lets the server tell what it kept before an answer was lost.
        call = wire.delimited(number["call"], uuid.uuid4().hex.encode())
        try:
            brought = _send(dial, [_part("open", opening + call), *group])
        except TrailblazerError as error:
            if total.episodes:
                before = f"; {total.episodes} episodes of earlier calls are kept, too"
                error.args = (f"{error}{before}",)
            raise
        total = Appended(*map(sum, zip(total, brought)))
    return total


def _groups(episodes: Iterable[Episode], env: Environment) -> Iterator[Sequence[bytes]]:
    """Encodes episodes, as many at a time as are sent in one call."""
    # A source of our own lets the server tell a retry from another episode.
    drawn = uuid.uuid4().hex
    group: list[bytes] = []
    size = 0
    for i, episode in enumerate(episodes):
        source = episode.source or f"{drawn}/{i}"
        message = _part("episode", encode(episode, env, source))
        if group and size + len(message) > _CALL_BYTES:
            yield group
            group, size = [], 0
        group.append(message)
        size += len(message)
    if group:
        yield group


def encode(episode: Episode, env: Environment, source: str) -> bytes:
    """Encodes an AppendEpisode.

    Raises:
        InvalidArgumentError: a part is not of its space's form.
    """
    number, what = wire.APPEND_EPISODE, "an episode"
    steps = next(iter(np.shape(episode.rewards)), 0)
    parts = [
        wire.delimited(number["source"], source.encode()),
        wire.delimited(number["policy"], episode.policy.encode()),
    ]
    if episode.seed is not None:
        (seed,) = seeds.of_one(episode.seed)
        parts.append(wire.number(number["seed"], seed))
    fields = [
        ("observation", env.observation_space, episode.observations, steps + 1),
        ("action", env.action_space, episode.actions, steps),
    ]
    if episode.infos is not None:
        fields.append(("info", env.info_space, episode.infos, steps + 1))
    for name, space, values, count in fields:
        found = flatten(space, values, count, f"{name}s", what)
        parts += [tensors.encode(number[name], leaf) for leaf in found]
    kind = np.dtype("<f8")
    rewards = tensors.exact(episode.rewards, kind, (steps,), "rewards", what)
    parts += [
        tensors.encode(number["reward"], rewards),
        wire.number(number["terminated"], bool(episode.terminated)),
        wire.number(number["truncated"], bool(episode.truncated)),
    ]
    return b"".join(parts)


def _part(name: str, message: bytes) -> bytes:
    """Encodes an AppendRequest."""
    return wire.delimited(wire.APPEND_REQUEST[name], message)


def _send(dial: Callable[[], Client], messages: Sequence[bytes]) -> Appended:
    """Makes one call, again where the connection is lost."""
    pauses = iter(_PAUSES_S)
    while True:
        client = dial()
        try:
            replies = list(client.stream("Append", messages, service="DatasetService"))
            break
        except (DeadlineError, UnavailableError):
            pause = next(pauses, None)
            if pause is None:
                raise
            time.sleep(pause)
    try:
        (reply,) = replies
        counts = wire.message(reply.buffer[reply.start : reply.stop].tobytes())
    except ValueError as error:
        raise malformed(error) from error
    numbers = (wire.APPEND_RESPONSE[name] for name in Appended._fields)
    return Appended(*(counts.get(number, [0])[-1] for number in numbers))
