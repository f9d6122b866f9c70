"""Calls to a server: deadlines, retries, and errors as exceptions."""

from __future__ import annotations

import json
import os
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from trailblazer_gym import errors, streaming
from trailblazer_gym.address import Address
from trailblazer_gym.messages import Body
from trailblazer_gym.transport import Connection

PACKAGE = "/trailblazer.v1."
DEFAULT_TIMEOUT_S = 30.0

_PAUSES_S = (0.0, 0.05, 0.25)
"""Before each try after a failed connection. Every call may be repeated: the
server recognises a repeated step by its index and a repeated Make by its
request id, and the other calls do no harm twice."""


class Client:
    """A client of one server, with a connection of its own.

    Args:
        address: where the server listens.
        token: bearer token; empty for the one in TRAILBLAZER_TOKEN, if any.
        timeout: seconds that a call may take, with all its retries.
        diagnose: returns why the server can't be reached, or "", once a call
            has failed.
    """

    def __init__(
        self,
        address: Address,
        token: str | None = None,
        timeout: float = DEFAULT_TIMEOUT_S,
        diagnose: Callable[[], str] | None = None,
    ) -> None:
        if not timeout > 0:
            raise errors.InvalidArgumentError(
                "a call needs time",
                field="timeout",
                value=str(timeout),
                remedy="give a positive number of seconds",
            )
        self.address = address
        self.timeout = timeout
        self._token = token or os.environ.get("TRAILBLAZER_TOKEN", "")
        self._diagnose = diagnose
        self._connection = Connection(address, self._token)

    def clone(self) -> Client:
        """Returns a client of the same server with another connection."""
        return Client(self.address, self._token, self.timeout, self._diagnose)

    def call(
        self,
        method: str,
        request: Mapping[str, Any],
        *,
        service: str = "EnvService",
        timeout: float | None = None,
        retry: bool = True,
    ) -> dict[str, Any]:
        """Calls a method with messages in JSON form.

        Args:
            method: name of the method ("Make").
            request: the request.
            service: the service that has the method.
            timeout: seconds, in place of the client's.
            retry: whether to try again after a failed connection.

        Raises:
            TrailblazerError: see `trailblazer_gym.errors`.
        """
        body = json.dumps(request).encode()
        reply = self._exchange(
            method, "application/json", body, timeout, service=service, retry=retry
        )
        try:
            return json.loads(reply.buffer[reply.start : reply.stop].tobytes())
        except ValueError as error:
            raise malformed(error) from error

    def call_binary(
        self,
        method: str,
        request: bytes,
        align: int = 0,
        *,
        service: str = "EnvService",
        timeout: float | None = None,
    ) -> Body:
        """Calls a method with messages in binary form.

        Args:
            method: name of the method ("Step").
            request: the encoded request.
            align: see `Connection.call`.
            service: the service that has the method.
            timeout: seconds, in place of the client's.

        Raises:
            TrailblazerError: see `trailblazer_gym.errors`.
        """
        return self._exchange(
            method,
            "application/proto",
            request,
            timeout,
            service=service,
            align=align,
        )

    def stream(
        self, method: str, requests: Iterable[bytes], *, service: str
    ) -> Iterator[Body]:
        """Calls a method that takes or returns a stream, once.

        The call is made when the first reply is asked for. It ends with the last
        one, or when the generator is closed; no other call can be made meanwhile.
        A reply may take `timeout` seconds, the stream as long as it likes.

        Args:
            method: name of the method ("Pull").
            requests: the encoded requests.
            service: the service that has the method.

        Yields:
            The encoded replies, each in a buffer of its own.

        Raises:
            TrailblazerError: see `trailblazer_gym.errors`.
        """
        path = f"{PACKAGE}{service}/{method}"
        body = b"".join(map(streaming.envelope, requests))
        try:
            replies = streaming.Stream(self._connection, path, body, self.timeout)
            while (reply := replies.receive()) is not None:
                yield reply
        except OSError as error:
            raise self._failed(error, method, self.timeout) from error
        finally:
            self._connection.close()

    def close(self) -> None:
        """Closes the connection; sessions live on."""
        self._connection.close()

    def _exchange(
        self,
        method: str,
        content_type: str,
        body: bytes,
        timeout: float | None,
        *,
        service: str = "EnvService",
        align: int = 0,
        retry: bool = True,
    ) -> Body:
        timeout = timeout or self.timeout
        deadline = time.monotonic() + timeout
        path = f"{PACKAGE}{service}/{method}"
        pauses = iter(_PAUSES_S if retry else ())
        while True:
            try:
                status, reply = self._connection.call(
                    path, content_type, body, deadline, align
                )
                break
            except OSError as error:
                pause = next(pauses, None)
                hopeless = isinstance(error, (TimeoutError, ssl.SSLError))
                if hopeless or pause is None or time.monotonic() + pause >= deadline:
                    raise self._failed(error, method, timeout) from error
                time.sleep(pause)
        if status == 200:
            return reply
        body = reply.buffer[reply.start : reply.stop].tobytes()
        raise errors.from_reply(status, body, path)

    def _failed(
        self, error: OSError, method: str, timeout: float
    ) -> errors.TrailblazerError:
        """Returns the exception for a call that failed on its way."""
        if isinstance(error, TimeoutError):
            return errors.DeadlineError(
                f"{method} got no answer from {self.address} in {timeout:g} s"
                f"{self._why(error)}",
                remedy="check the server, or give a longer timeout=",
            )
        if isinstance(error, ssl.SSLError):
            return errors.UnavailableError(
                f"no safe connection to {self.address}: {error}",
                remedy="name the server's certificate in SSL_CERT_FILE if you trust it",
            )
        return errors.UnavailableError(
            f"no server answers at {self.address}{self._why(error)}",
            remedy="start one with `trailblazer serve`, or leave out server= to "
            "have one started",
        )

    def _why(self, error: OSError) -> str:
        """Returns the cause of a failed call, to be appended to a message."""
        found = self._diagnose() if self._diagnose else ""
        return f": {found or error}"


def malformed(error: ValueError) -> errors.ServerError:
    """Returns the exception for a reply that can't be decoded."""
    return errors.ServerError(
        f"the server's reply can't be read: {error}",
        remedy="check that server and package are of the same version",
    )
