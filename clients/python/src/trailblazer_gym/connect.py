"""Finds the server that an environment is to use."""

from __future__ import annotations

import os
from typing import Any

from trailblazer_gym import address, local
from trailblazer_gym.client import DEFAULT_TIMEOUT_S, Client
from trailblazer_gym.errors import InvalidArgumentError


def connect(
    server: str | None = None,
    *,
    data: str | None = None,
    datasets: str | None = None,
    token: str | None = None,
    timeout: float = DEFAULT_TIMEOUT_S,
    policy: str = "",
) -> Client:
    """Returns a client of a remote server, or of this process's own.

    Args:
        server: address; None for the one in TRAILBLAZER_SERVER, and without it
            for a server that this process starts, shares and stops.
        data: data directory of the own server; None for TRAILBLAZER_DATA.
        datasets: directory of the own server's data sets of trajectories; None
            for TRAILBLAZER_DATASETS.
        token: bearer token; None for TRAILBLAZER_TOKEN.
        timeout: seconds that one call may take.
        policy: what the own server is to have; see `local.shared`.

    Raises:
        TrailblazerError: see `trailblazer_gym.errors`.
    """
    remote = server or os.environ.get("TRAILBLAZER_SERVER")
    if remote:
        for field, value in (("data", data), ("datasets", datasets)):
            if value:
                raise InvalidArgumentError(
                    "a running server has directories of its own",
                    field=field,
                    value=value,
                    remedy=f"leave out {field}=, and give --{field} to the server",
                )
        return Client(address.parse(remote), token, timeout)
    own = local.shared(data, datasets, policy)
    return Client(own.address, token, timeout, own.diagnosis)


def connect_reader(
    server: str | None = None, *, datasets: str | None = None, **options: Any
) -> Client:
    """Returns a client for reading data sets, which makes no directory of them.

    Args:
        server: see `connect`.
        datasets: see `connect`; it has to be there.
        **options: see `connect`.

    Raises:
        InvalidArgumentError: there is no such directory.
        TrailblazerError: see `trailblazer_gym.errors`.
    """
    if not (server or os.environ.get("TRAILBLAZER_SERVER")):
        folder = datasets or os.environ.get("TRAILBLAZER_DATASETS")
        if folder and not os.path.isdir(folder):
            raise InvalidArgumentError(
                "there is no such directory of data sets",
                field="datasets" if datasets else "TRAILBLAZER_DATASETS",
                value=folder,
                remedy="name the directory that data sets lie in: for runs/abr-train, "
                "runs",
            )
    return connect(server, datasets=datasets, **options)


def environments(server: str | None = None, **options: Any) -> list[dict[str, Any]]:
    """Returns the server's catalog: environments, their scenarios and policies.

    Args:
        server: see `connect`.
        **options: see `connect`.

    Returns:
        trailblazer.v1.Environment in JSON form, one for each environment.
    """
    client = connect(server, **options)
    try:
        return client.call("List", {}).get("environments", [])
    finally:
        client.close()
