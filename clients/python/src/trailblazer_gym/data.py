"""Data sets of trajectories: what a server has, to read from and to add to.

    from trailblazer_gym import data

    for batch in data.pull("abr-train", datasets="runs", window=20, shuffle=True):
        batch["observation"], batch["action"], batch["return_to_go"]

`datasets` is a directory with data sets, such as `trailblazer collect --out
runs/abr-train` makes; a server of this process's own reads it. `server` names one
that runs elsewhere. `trailblazer_gym.torch` has the same for PyTorch's DataLoader.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from trailblazer_gym.appending import Appended, Episode, append
from trailblazer_gym.batch import Batch
from trailblazer_gym.connect import connect_reader
from trailblazer_gym.errors import InvalidArgumentError
from trailblazer_gym.puller import Puller, pull
from trailblazer_gym.tensors import DTYPES_BY_NAME, Array

__all__ = [
    "Appended",
    "Batch",
    "Dataset",
    "Description",
    "Episode",
    "EpisodeHeader",
    "Field",
    "Puller",
    "append",
    "describe",
    "episodes",
    "list_datasets",
    "pull",
]

_PAGE = 10_000


@dataclass(frozen=True)
class Dataset:
    """A data set's row in the list.

    Attributes:
        name: what `pull` and the others call it.
        env_id: what was played, "" if the data set can't be read; then
            `describe` says why.
        scenarios: names of the scenarios.
        episodes: number of episodes.
        steps: number of steps.
        bytes: size of the files.
    """

    name: str
    env_id: str
    scenarios: tuple[str, ...]
    episodes: int
    steps: int
    bytes: int


@dataclass(frozen=True)
class Field:
    """One array of a step.

    Attributes:
        name: what batches call it ("observation", "action.stage", "reward").
        role: "identity", "observation", "mask", "action", "outcome", "info" or
            "expert".
        dtype: type of the elements.
        shape: of one step; of one row where `ragged`.
        ragged: whether steps have rows in differing number.
        description: what it is, where its name does not say.
        columns: what the files call its elements, in order.
    """

    name: str
    role: str
    dtype: np.dtype
    shape: tuple[int, ...]
    ragged: bool
    description: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Description:
    """What is known of a data set.

    Attributes:
        dataset: its row in the list.
        fields: its fields, by name, in the order of batches.
        info: meta/info.json: spaces, scenarios with their configuration,
            statistics, reference scores.
    """

    dataset: Dataset
    fields: Mapping[str, Field] = field(repr=False)
    info: Mapping[str, Any] = field(repr=False)

    def mean_std(self, name: str) -> tuple[Array, Array]:
        """Returns mean and standard deviation of a field's elements over all steps.

        Numbers that are not finite are left out; where nothing is known, there is
        0 and 1. A standard deviation of 0 stays one.

        Args:
            name: of a field of numbers.

        Returns:
            Two arrays of float64 of the field's shape.

        Raises:
            InvalidArgumentError: there is no such field.
        """
        found = self.fields.get(name)
        if found is None:
            raise InvalidArgumentError(
                f"{self.dataset.name} has no such field",
                field="name",
                value=repr(name),
                remedy=f"give one of {', '.join(self.fields)}",
            )
        columns = self.info["statistics"]["columns"]
        summaries = [columns.get(c, {}) for c in found.columns]
        known = [s if s.get("count") else {"mean": 0.0, "std": 1.0} for s in summaries]
        mean, std = (np.array([s[k] for s in known], float) for k in ("mean", "std"))
        return mean.reshape(found.shape), std.reshape(found.shape)


@dataclass(frozen=True)
class EpisodeHeader:
    """What is known of an episode.

    Attributes:
        episode: its number in the data set.
        source: what tells it from all others.
        policy: who acted.
        scenario: what was played.
        scenario_hash: content hash of that.
        seed: what the environment was reset with; None where it is not known.
        split: the part of the data set.
        complete: whether the environment ended it.
        terminated: whether its last step terminated it.
        truncated: whether its last step truncated it.
        steps: number of its steps.
        total_reward: sum of its rewards.
    """

    episode: int
    source: str
    policy: str
    scenario: str
    scenario_hash: str
    seed: int | None
    split: str
    complete: bool
    terminated: bool
    truncated: bool
    steps: int
    total_reward: float


def list_datasets(**server: Any) -> list[Dataset]:
    """Returns the data sets that the caller may see.

    Args:
        **server: see `connect`.
    """
    reply = _call("ListDatasets", {}, server)
    return [_dataset(row) for row in reply.get("datasets", ())]


def describe(dataset: str, **server: Any) -> Description:
    """Returns a data set's fields, scenarios and statistics.

    Like `episodes`, it tells of what is finished: what was added last is, when
    those who added have left or somebody pulls, within half a minute at most.

    Args:
        dataset: name of the data set.
        **server: see `connect`.
    """
    reply = _call("DescribeDataset", {"dataset": dataset}, server)
    fields = [
        Field(
            name=f["name"],
            role=f["role"],
            dtype=DTYPES_BY_NAME[f["dtype"]],
            shape=tuple(map(int, f.get("shape", ()))),
            ragged=f.get("ragged", False),
            description=f.get("description", ""),
            columns=tuple(f.get("columns", ())),
        )
        for f in reply.get("fields", ())
    ]
    return Description(
        _dataset(reply["dataset"]),
        {f.name: f for f in fields},
        json.loads(reply["infoJson"]),
    )


def episodes(
    dataset: str,
    *,
    policies: Sequence[str] = (),
    scenarios: Sequence[str] = (),
    splits: Sequence[str] = (),
    complete_only: bool = False,
    min_return: float | None = None,
    **server: Any,
) -> list[EpisodeHeader]:
    """Returns what is known of the episodes that this filter selects.

    What was added last is listed when those who added have left or somebody
    pulls, within half a minute at most.

    Args:
        dataset: name of the data set.
        policies: see `pull`.
        scenarios: see `pull`.
        splits: see `pull`.
        complete_only: see `pull`.
        min_return: see `pull`.
        **server: see `connect`.
    """
    chosen: dict[str, Any] = {
        "policies": list(policies),
        "scenarios": list(scenarios),
        "splits": list(splits),
        "completeOnly": complete_only,
    }
    if min_return is not None:
        chosen["minReturn"] = min_return
    request = {"dataset": dataset, "filter": chosen, "limit": _PAGE}
    found: list[EpisodeHeader] = []
    with contextlib.closing(connect_reader(**server)) as client:
        while True:
            reply = client.call("ListEpisodes", request, service="DatasetService")
            found += map(_header, reply.get("episodes", ()))
            request["fromEpisode"] = int(reply.get("nextEpisode", 0))
            if not request["fromEpisode"]:
                return found


def _call(
    method: str, request: Mapping[str, Any], server: Mapping[str, Any]
) -> dict[str, Any]:
    with contextlib.closing(connect_reader(**server)) as client:
        return client.call(method, request, service="DatasetService")


def _dataset(row: Mapping[str, Any]) -> Dataset:
    return Dataset(
        name=row["name"],
        env_id=row.get("envId", ""),
        scenarios=tuple(row.get("scenarios", ())),
        episodes=int(row.get("episodes", 0)),
        steps=int(row.get("steps", 0)),
        bytes=int(row.get("bytes", 0)),
    )


def _header(row: Mapping[str, Any]) -> EpisodeHeader:
    return EpisodeHeader(
        episode=int(row.get("episode", 0)),
        source=row.get("source", ""),
        policy=row.get("policy", ""),
        scenario=row.get("scenario", ""),
        scenario_hash=row.get("scenarioHash", ""),
        seed=int(row["seed"]) if "seed" in row else None,
        split=row.get("split", ""),
        complete=row.get("complete", False),
        terminated=row.get("terminated", False),
        truncated=row.get("truncated", False),
        steps=int(row.get("steps", 0)),
        total_reward=float(row.get("return", 0)),
    )
