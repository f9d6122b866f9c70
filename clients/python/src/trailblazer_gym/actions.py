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
            parts.append(_array(value, dtype, shape, path).tobytes())
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
            dtype, shape = _LEAVES[name](body)
            prefix = tensors.field_prefix(_ACTION, dtype, (self._num_envs, *shape))
            self._leaves.append((path, get, dtype, self._batch + shape, prefix))


_LEAVES: dict[str, Callable[[Any], tuple[np.dtype, tuple[int, ...]]]] = {
    "box": lambda b: (tensors.DTYPES_BY_NAME[b["dtype"]], spaces.box_shape(b)),
    "discrete": lambda b: (np.dtype("<i8"), ()),
    "multiDiscrete": lambda b: (np.dtype("<i8"), (len(b["nvec"]),)),
    "multiBinary": lambda b: (np.dtype("int8"), (int(b["n"]),)),
}


def _item(get: Get, key: Any) -> Get:
    return lambda action: get(action)[key]


def _array(
    value: Any, dtype: np.dtype, shape: tuple[int, ...], path: str
) -> tensors.Array:
    """Returns a value as an array of a dtype and shape, without loss."""
    try:
        array = np.asarray(value)
    except ValueError:
        array = np.empty(0, object)
    if array.shape != shape:
        raise InvalidArgumentError(
            "an action has the wrong shape",
            field=f"shape of {path}",
            value=str(array.shape),
            remedy=f"send an array of shape {shape}",
        )
    if array.dtype == dtype:
        return array
    if np.can_cast(array.dtype, dtype, "same_kind"):
        cast = array.astype(dtype)
        if dtype.kind == "f" or (cast == array).all():
            return cast
    raise InvalidArgumentError(
        "an action has the wrong type",
        field=f"dtype of {path}",
        value=str(array.dtype),
        remedy=f"send {dtype.name}",
    )
