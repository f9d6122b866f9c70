"""Batches from a server, one after another, whatever happens to the connection."""

from __future__ import annotations

import itertools
import operator
import os
import random
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from trailblazer_gym import batch, seeds, wire
from trailblazer_gym.batch import Batch
from trailblazer_gym.client import DEFAULT_TIMEOUT_S, Client, malformed
from trailblazer_gym.connect import connect_reader
from trailblazer_gym.errors import (
    DeadlineError,
    InvalidArgumentError,
    UnavailableError,
)
from trailblazer_gym.messages import Body

RECONNECTS = 10
# Until the first batch has come, the address may as well be wrong.
_FIRST_RECONNECTS = 3
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.05, 5.0


def pull(
    dataset: str,
    *,
    window: int = 0,
    stride: int = 0,
    batch_size: int = 64,
    fields: Sequence[str] | None = None,
    shuffle: bool = False,
    seed: int = 0,
    epochs: int = 1,
    policies: Sequence[str] = (),
    scenarios: Sequence[str] = (),
    splits: Sequence[str] = (),
    complete_only: bool = False,
    min_return: float | None = None,
    pool_steps: int = 0,
    drop_last: bool = False,
    worker: int = 0,
    workers: int = 1,
    cursor: bytes | None = None,
    reconnects: int = RECONNECTS,
    server: str | None = None,
    datasets: str | None = None,
    data: str | None = None,
    token: str | None = None,
    timeout: float = DEFAULT_TIMEOUT_S,
) -> Puller:
    """Reads a data set in batches.

    The same arguments over the same data give the same bytes. Nothing is asked of
    the server before the first batch is; what it refuses, the first batch raises.

    Args:
        dataset: name of the data set.
        window: steps of a window; 0 for whole episodes. The last window of an
            episode ends where the episode does; an episode that is shorter is a
            window.
        stride: steps from the start of one window to that of the next; 0 for
            `window`.
        batch_size: windows, or episodes, of a batch.
        fields: names of the fields to read; None for all.
        shuffle: draws the order of the windows, from `seed`.
        seed: from 0 up to 2**64 - 1.
        epochs: how often to go through the data.
        policies: reads episodes of these policies only; none for all.
        scenarios: likewise, by name or content hash.
        splits: likewise ("train", "valid", ...).
        complete_only: leaves out episodes that were cut off.
        min_return: leaves out episodes whose return is less.
        pool_steps: steps that are shuffled among each other at a time, which the
            server holds in memory; 0 for 262,144.
        drop_last: leaves out the last batch of an epoch where it is smaller.
        worker: reads the batches whose number in the epoch is `worker` modulo
            `workers`.
        workers: see `worker`.
        cursor: where to go on: that of a batch, or of a `Puller`, with the same
            other arguments (`server` and the like aside).
        reconnects: how often a lost connection is made again, with pauses that
            grow from 0.05 to 5 s, counted anew after each batch; before the first
            batch at most three times.
        server: see `TrailblazerEnv`.
        datasets: directory of data sets, which a server of this process's own
            reads; None for TRAILBLAZER_DATASETS.
        data: see `TrailblazerEnv`.
        token: see `TrailblazerEnv`.
        timeout: seconds to wait for anything to arrive.

    Raises:
        InvalidArgumentError: an argument is out of its range.
    """
    number = wire.EPISODE_FILTER
    chosen = [
        *_texts(number["policies"], "policies", policies),
        *_texts(number["scenarios"], "scenarios", scenarios),
        *_texts(number["splits"], "splits", splits),
        wire.number(number["complete_only"], bool(complete_only)),
    ]
    if min_return is not None:
        chosen.append(wire.double(number["min_return"], float(min_return)))
    number = wire.PULL_REQUEST
    request = [
        wire.delimited(number["dataset"], dataset.encode()),
        wire.delimited(number["filter"], b"".join(chosen)),
        *_texts(number["fields"], "fields", fields or ()),
        wire.number(number["shuffle"], bool(shuffle)),
        wire.number(number["seed"], seeds.of_one(seed)[0]),
        wire.number(number["drop_last"], bool(drop_last)),
    ]
    for name, value, least in (
        ("window", window, 0),
        ("stride", stride, 0),
        ("batch_size", batch_size, 1),
        ("pool_steps", pool_steps, 0),
        ("epochs", epochs, 1),
        ("worker", worker, 0),
        ("workers", workers, 1),
    ):
        request.append(wire.number(number[name], _count(name, value, least)))

    def dial() -> Client:
        return connect_reader(
            server, data=data, datasets=datasets, token=token, timeout=timeout
        )

    return Puller(dial, b"".join(request), cursor or b"", reconnects)


def share(query: Mapping[str, Any], part: int, parts: int) -> dict[str, Any]:
    """Returns the query of one of several who divide a query's batches.

    Taken from each in turn, the batches come in the order of the whole.

    Args:
        query: arguments of `pull`.
        part: from 0 up to parts - 1.
        parts: how many there are.

    Raises:
        InvalidArgumentError: the query has a cursor, which is for all batches.
    """
    if parts > 1 and query.get("cursor"):
        raise InvalidArgumentError(
            "a cursor can't be divided",
            field="cursor",
            remedy="go on with a single worker, or leave the cursor out",
        )
    worker, workers = query.get("worker", 0), query.get("workers", 1)
    return {**query, "worker": part * workers + worker, "workers": parts * workers}


class Puller(Iterator[Batch]):
    """Batches, one after another; made by `pull`.

    While its user works with one batch, the server makes the next, and sends what
    there is room for on the way. A context manager that closes itself.

    Args:
        dial: returns a client of the server.
        request: an encoded PullRequest without a cursor.
        cursor: where to go on, b"" for the beginning.
        reconnects: see `pull`.
    """

    def __init__(
        self,
        dial: Callable[[], Client],
        request: bytes,
        cursor: bytes,
        reconnects: int,
    ) -> None:
        self._dial = dial
        self._request = request
        self._cursor = cursor
        self._reconnects = reconnects
        self._replies: Iterator[Body] | None = None
        self._client: Client | None = None
        self._pid = 0
        self._begun = self._over = False

    @property
    def cursor(self) -> bytes:
        """Goes on behind the last batch, as the argument of `pull`."""
        return self._cursor

    def __next__(self) -> Batch:
        """Returns the next batch.

        Raises:
            StopIteration: all epochs are over.
            TrailblazerError: see `trailblazer_gym.errors`. The puller is still
                good: another try goes on behind the last batch.
        """
        if self._over:
            raise StopIteration
        pause = _FIRST_PAUSE_S
        most = self._reconnects
        if not self._begun:
            most = min(most, _FIRST_RECONNECTS)
        for attempt in itertools.count():
            try:
                return self._receive()
            except StopIteration:
                self.close()
                raise
            except (UnavailableError, DeadlineError) as error:
                self._drop()
                if attempt >= most or _hopeless(error):
                    raise
            except BaseException:
                self._drop()
                raise
            time.sleep(random.uniform(pause / 2, pause))
            pause = min(2 * pause, _LONGEST_PAUSE_S)
        raise AssertionError("counting never ends")

    def close(self) -> None:
        """Ends the connection, and the iteration."""
        self._drop()
        self._over = True

    def __enter__(self) -> Puller:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def __del__(self) -> None:
        # Nothing is there if __init__ was never called.
        if getattr(self, "_client", None) is not None:
            self._drop()

    def _receive(self) -> Batch:
        """Receives a batch, and connects before if need be."""
        if self._pid != os.getpid():
            # The connection is the parent's.
            self._drop()
        if self._replies is None:
            cursor = wire.delimited(wire.PULL_REQUEST["cursor"], self._cursor)
            self._client = self._dial()
            self._pid = os.getpid()
            self._replies = self._client.stream(
                "Pull", [self._request + cursor], service="DatasetService"
            )
        body = next(self._replies)
        try:
            found = batch.read(body)
        except ValueError as error:
            raise malformed(error) from error
        self._cursor = found.cursor
        self._begun = True
        return found

    def _drop(self) -> None:
        """Ends the connection; the next batch makes another."""
        if self._client is not None:
            self._client.close()
        self._replies = self._client = None


def _hopeless(error: Exception) -> bool:
    """Tells errors that trying again does not help."""
    return isinstance(error.__cause__, ssl.SSLCertVerificationError)


def _texts(number: int, name: str, values: Sequence[str]) -> list[bytes]:
    """Encodes a repeated string field."""
    if isinstance(values, str):
        raise InvalidArgumentError(
            "a list of names is needed",
            field=name,
            value=repr(values),
            remedy=f"write {name}=[{values!r}]",
        )
    return [wire.delimited(number, str(value).encode()) for value in values]


def _count(name: str, value: Any, least: int) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        number = -1
    if least <= number < 2**32:
        return number
    raise InvalidArgumentError(
        "an argument is out of its range",
        field=name,
        value=repr(value),
        remedy=f"give a whole number from {least} up to 2**32 - 1",
    )
