"""Actions onto the wire.

Shapes and types are checked here; ranges and NaN are the server's to refuse,
whose answer names the element, its value and the remedy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from trailblazer_gym import spaces, tensors, wire
from trailblazer_gym.errors import InvalidArgumentError, UnsupportedError

_ACTION = wire.STEP_REQUEST["action"]

Get = Callable[[Any], Any]


class Encoder:
    """Encodes the actions of N environments as the action field of a StepRequest.

    Args:
        space: the declared action space.
        num_envs: N; None for one environment, whose actions have no first axis.
    """

    def __init__(self, space: Mapping[str, Any], num_envs: int | None) -> None:
        self._batch: tuple[int, ...] = () if num_envs is None else (num_envs,)
        self._num_envs = num_envs or 1
        self._leaves: list[tuple[str, Get, np.dtype, tuple[int, ...], bytes]] = []
        self._add(space, "action", lambda action: action)

    def __call__(self, action: Any) -> bytes:
        """Encodes an action, or a batch of them.

        Raises:
            InvalidArgumentError: the action's form is not that of the space.
        """
        parts = []
        for path, get, dtype, shape, prefix in self._leaves:
            try:
                value = get(action)
            except (KeyError, IndexError, TypeError) as error:
                raise InvalidArgumentError(
                    "the action lacks an entry of its space",
                    field=path,
                    remedy="send an action like action_space.sample() returns",
                ) from error
            parts.append(prefix)
            parts.append(
                tensors.exact(value, dtype, shape, path, "an action").tobytes()
            )
        return b"".join(parts)

    def _add(self, space: Mapping[str, Any], path: str, get: Get) -> None:
        """Adds the leaves of a space, which lie at a path of the action."""
        name, body = spaces.kind(space)
        if name == "dict":
            for entry in body.get("entries", ()):
                key = entry["key"]
                self._add(entry["space"], f"{path}[{key!r}]", _item(get, key))
        elif name == "tuple":
            for i, inner in enumerate(body.get("spaces", ())):
                self._add(inner, f"{path}[{i}]", _item(get, i))
        elif name in ("graph", "sequence"):
            raise UnsupportedError(f"actions can't hold a space of kind {name}")
        else:
            dtype, shape = spaces.element(name, body)
            prefix = tensors.field_prefix(_ACTION, dtype, (self._num_envs, *shape))
            self._leaves.append((path, get, dtype, self._batch + shape, prefix))


def _item(get: Get, key: Any) -> Get:
    return lambda action: get(action)[key]
