"""HTTP/1.1 over one kept-alive socket, no more of it than Connect needs.

Replies are received straight into the buffer that the arrays of an observation
will be views of. DESIGN.md compares this with http.client, httpx, urllib3,
grpcio and connectrpc.
"""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import time
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from trailblazer_gym.address import Address
from trailblazer_gym.messages import Body

# Longest head of a reply that is read, in bytes; real ones have some 150.
_HEAD_LIMIT = 8 * 1024
_CONNECT_TIMEOUT_S = 10.0
_ALIGNMENT = 16
_SLACK = 64


class ProtocolError(OSError):
    """What came back is not HTTP/1.1."""


class Opened(NamedTuple):
    """A reply whose body is still to be received.

    Attributes:
        status: the HTTP status.
        fields: of the head, names and values in lower case.
        rest: what came behind the head, the beginning of the body.
        socket: where the rest of the body comes from.
    """

    status: int
    fields: Mapping[bytes, bytes]
    rest: bytes
    socket: socket.socket


class Connection:
    """A connection to one server, opened on first use and after errors.

    Not safe for use by several threads at once. A forked child opens its own.

    Args:
        address: where the server listens.
        token: bearer token, "" for none.
    """

    def __init__(self, address: Address, token: str = "") -> None:
        self.address = address
        self._socket: socket.socket | None = None
        self._pid = 0
        host = address.host or "localhost"
        if ":" in host:
            host = f"[{host}]"
        lines = [
            "HTTP/1.1",
            f"Host: {host}:{address.port}" if address.port else f"Host: {host}",
            "Connect-Protocol-Version: 1",
            "User-Agent: trailblazer-gym",
        ]
        if token:
            lines.append(f"Authorization: Bearer {token}")
        lines.append("Content-Type: ")
        self._request_tail = "\r\n".join(lines)
        self._heads: dict[tuple[str, str], bytes] = {}
        self._capacity = 4096
        self._prefix = 0

    def call(
        self,
        path: str,
        content_type: str,
        body: bytes,
        deadline: float,
        align: int = 0,
    ) -> tuple[int, Body]:
        """Posts a request and receives the reply.

        Args:
            path: the procedure, "/trailblazer.v1.EnvService/Step".
            content_type: of the request's body.
            body: the request's body.
            deadline: when to give up, on the clock of time.monotonic.
            align: the position in the reply's body that had best come to lie at
                an aligned address.

        Returns:
            The HTTP status and the reply's body.

        Raises:
            TimeoutError: the deadline has passed.
            OSError: the connection failed; it is closed, and whether the server
                saw the request is not known.
        """
        head = self._head(path, content_type)
        try:
            sock = self._connected(deadline)
            sock.settimeout(_left(deadline))
            sock.sendall(b"%b%d\r\n\r\n%b" % (head, len(body), body))
            lead = -(self._prefix + align) % _ALIGNMENT
            reply = _Reply(sock, deadline, self._capacity, lead)
            status, received, keep = reply.receive()
            self._prefix = received.start - lead
            self._capacity = reply.received + _SLACK
        except BaseException:
            self.close()
            raise
        if not keep:
            self.close()
        return status, received

    def open(
        self, path: str, content_type: str, body: bytes, deadline: float
    ) -> Opened:
        """Posts a request and receives the head of the reply.

        The connection is the reply's until it is closed.

        Args:
            path: the procedure, "/trailblazer.v1.DatasetService/Pull".
            content_type: of the request's body.
            body: the request's body.
            deadline: when to give up waiting for the head.

        Raises:
            TimeoutError: the deadline has passed.
            OSError: the connection failed; it is closed.
        """
        head = self._head(path, content_type)
        try:
            sock = self._connected(deadline)
            sock.settimeout(_left(deadline))
            # A server that refuses a request need not read all of it. Then its
            # reply says why; if there is none, receiving fails, too.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                sock.sendall(b"%b%d\r\n\r\n%b" % (head, len(body), body))
            return _Reply(sock, deadline, _SLACK, 0).open()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Closes the socket; the next call opens another."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _head(self, path: str, content_type: str) -> bytes:
        """Returns a request's head up to the value of Content-Length."""
        head = self._heads.get((path, content_type))
        if head is None:
            text = f"POST {path} {self._request_tail}{content_type}\r\nContent-Length: "
            head = self._heads[path, content_type] = text.encode()
        return head

    def _connected(self, deadline: float) -> socket.socket:
        if self._pid != os.getpid():
            self.close()
        if self._socket is None:
            self._socket = _open(self.address, min(_CONNECT_TIMEOUT_S, _left(deadline)))
            self._pid = os.getpid()
        return self._socket


def _open(address: Address, timeout: float) -> socket.socket:
    """Connects to a server within a number of seconds."""
    if address.path:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            sock.settimeout(timeout)
            sock.connect(address.path)
        except BaseException:
            sock.close()
            raise
        return sock
    sock = socket.create_connection((address.host, address.port), timeout)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if address.tls:
            context = ssl.create_default_context()
            return context.wrap_socket(sock, server_hostname=address.host)
    except BaseException:
        sock.close()
        raise
    return sock


def _left(deadline: float) -> float:
    """Seconds up to the deadline."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("the deadline has passed")
    return left


class _Reply:
    """Receives one HTTP reply into one buffer."""

    def __init__(
        self, sock: socket.socket, deadline: float, capacity: int, lead: int
    ) -> None:
        self._socket = sock
        self._deadline = deadline
        self._buffer = np.empty(capacity, np.uint8)
        self._view = memoryview(self._buffer)
        self._start = self.received = lead

    def receive(self) -> tuple[int, Body, bool]:
        """Returns status, body, and whether the connection can be used again."""
        status, fields, start = self._head()
        keep = fields.get(b"connection", b"").strip() != b"close"
        if b"chunked" in fields.get(b"transfer-encoding", b""):
            return status, self._chunks(start), keep
        length = content_length(fields)
        if length is None:
            return status, self._rest(start), False
        stop = start + length
        self._fill(stop)
        return status, Body(self._buffer, start, stop), keep

    def open(self) -> Opened:
        """Receives the head, and as little as possible of the body."""
        status, fields, start = self._head()
        rest = self._view[start : self.received].tobytes()
        return Opened(status, fields, rest, self._socket)

    def _head(self) -> tuple[int, dict[bytes, bytes], int]:
        """Returns status, fields, and where the body begins."""
        end = -1
        while end < 0:
            self._fill(self.received + 1)
            head = self._view[self._start : self.received][:_HEAD_LIMIT].tobytes()
            end = head.find(b"\r\n\r\n")
            if end < 0 and len(head) >= _HEAD_LIMIT:
                raise ProtocolError("the reply's head is too long")
        start = self._start + end + 4
        lines = head[:end].lower().split(b"\r\n")
        status = _status(lines[0])
        fields = dict(line.partition(b":")[::2] for line in lines[1:])
        return status, fields, start

    def _chunks(self, start: int) -> Body:
        """Receives a chunked body, the usual single chunk without moving it."""
        at, body_start, body_stop = start, -1, -1
        while True:
            line_end = self._find_line(at)
            size = chunk_size(self._view[at:line_end].tobytes())
            at = line_end + 2
            if size == 0:
                break
            self._fill(at + size + 2 + 5)
            if body_start < 0:
                body_start, body_stop = at, at + size
            else:
                self._buffer[body_stop : body_stop + size] = self._buffer[
                    at : at + size
                ]
                body_stop += size
            at += size + 2
        while (line_end := self._find_line(at)) != at:
            at = line_end + 2
        if body_start < 0:
            body_start = body_stop = at
        return Body(self._buffer, body_start, body_stop)

    def _rest(self, start: int) -> Body:
        """Receives a body that ends with the connection."""
        with contextlib.suppress(ConnectionResetError):
            while True:
                self._fill(self.received + 1)
        return Body(self._buffer, start, self.received)

    def _find_line(self, at: int) -> int:
        """Returns where the line that begins at a position ends."""
        while True:
            found = self._view[at : min(self.received, at + 1024)].tobytes()
            end = found.find(b"\r\n")
            if end >= 0:
                return at + end
            if len(found) >= 1024:
                raise ProtocolError("a line of the reply is too long")
            self._fill(self.received + 1)

    def _fill(self, upto: int) -> None:
        """Receives until the buffer holds that many bytes, growing it if need be."""
        if upto > len(self._buffer):
            grown = np.empty(max(upto + 64, 2 * self.received), np.uint8)
            grown[: self.received] = self._buffer[: self.received]
            self._buffer, self._view = grown, memoryview(grown)
        while self.received < upto:
            self._socket.settimeout(_left(self._deadline))
            count = self._socket.recv_into(self._view[self.received :])
            if count == 0:
                raise ConnectionResetError("the server closed the connection")
            self.received += count


def _status(line: bytes) -> int:
    """Reads the status from the reply's first line, in lower case."""
    version, _, rest = line.partition(b" ")
    if version not in (b"http/1.1", b"http/1.0") or not rest[:3].isdigit():
        raise ProtocolError(f"the reply begins with {line[:40]!r}, not with HTTP/1.1")
    return int(rest[:3])


def content_length(fields: Mapping[bytes, bytes]) -> int | None:
    """Reads how long a body is; None where the head does not say."""
    length = fields.get(b"content-length")
    if length is None:
        return None
    if not length.strip().isdigit():
        raise ProtocolError(f"{length!r} is no length of a reply")
    return int(length)


def chunk_size(line: bytes) -> int:
    """Reads the line that begins a chunk."""
    try:
        return int(line.partition(b";")[0], 16)
    except ValueError:
        raise ProtocolError(f"{line[:40]!r} is no size of a chunk") from None
