"""Streams of Connect over HTTP/1.1: one request, and replies as they come.

Each message has five bytes before it: flags, and its length. The last one is JSON
and says how the stream ended. Nothing is received before it is asked for, so a
server that is faster than its reader waits.
"""

from __future__ import annotations

import json
import struct
import sys
import time

import numpy as np

from trailblazer_gym import errors
from trailblazer_gym.messages import Body
from trailblazer_gym.transport import (
    Connection,
    Opened,
    ProtocolError,
    chunk_size,
    content_length,
)

CONTENT_TYPE = "application/connect+proto"

_COMPRESSED, _END = 1, 2
_PREFIX = struct.Struct(">BI")
# Larger than any batch that a server makes; what announces more is no message.
_MESSAGE_LIMIT = 1 << 30
# Longest reply of a server that refuses to begin a stream.
_REFUSAL_LIMIT = 1 << 20
_LINE_LIMIT = 1024
# What is received ahead of need, which is copied once more.
_AHEAD = 16 * 1024


def envelope(message: bytes) -> bytes:
    """Puts a message into the form that streams have it in."""
    return _PREFIX.pack(0, len(message)) + message


class Stream:
    """The replies to one request.

    Args:
        connection: which is the stream's until it is closed.
        path: the procedure.
        body: the requests, in envelopes.
        patience: seconds to wait for anything to arrive.

    Raises:
        TrailblazerError: the server refused.
        OSError: the connection failed.
    """

    def __init__(
        self, connection: Connection, path: str, body: bytes, patience: float
    ) -> None:
        deadline = time.monotonic() + patience
        opened = connection.open(path, CONTENT_TYPE, body, deadline)
        self._body = _BodyReader(opened, patience)
        if opened.status != 200:
            refusal = self._body.rest(_REFUSAL_LIMIT)
            raise errors.from_reply(opened.status, refusal, path)

    def receive(self) -> Body | None:
        """Returns the next message, None after the last one.

        Raises:
            TrailblazerError: the server ended the stream with an error.
            TimeoutError: nothing came for too long.
            OSError: the connection failed.
        """
        prefix = bytearray(_PREFIX.size)
        if not self._body.fill(memoryview(prefix)):
            raise ConnectionResetError("the stream ends without saying why")
        flags, size = _PREFIX.unpack(prefix)
        if flags & _COMPRESSED or size > _MESSAGE_LIMIT:
            raise ProtocolError(f"{bytes(prefix)!r} is no beginning of a message")
        buffer = np.empty(size, np.uint8)
        if not self._body.fill(memoryview(buffer)):
            raise ConnectionResetError("the stream ends where a message is due")
        if flags & _END:
            _check_end(buffer.tobytes())
            return None
        return Body(buffer, 0, size)


def _check_end(message: bytes) -> None:
    """Raises the error that a stream ended with, if any."""
    try:
        end = json.loads(message)
        found = errors.from_error(end["error"]) if end.get("error") else None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ProtocolError("a stream's end can't be read") from error
    if found is not None:
        raise found


class _BodyReader:
    """Receives the body of a reply as far as it is asked for."""

    def __init__(self, opened: Opened, patience: float) -> None:
        self._socket = opened.socket
        self._socket.settimeout(patience)
        self._ahead = memoryview(opened.rest)
        coding = opened.fields.get(b"transfer-encoding", b"")
        length = None if b"chunked" in coding else content_length(opened.fields)
        self._chunked = b"chunked" in coding
        # Without a length the body ends with the connection.
        self._endless = not self._chunked and length is None
        # Bytes left of the body, or of the present chunk.
        self._left = 0 if self._chunked else sys.maxsize if length is None else length
        self._in_chunk = False

    def fill(self, view: memoryview) -> bool:
        """Receives as many bytes as there is room for; False if there are none.

        Raises:
            ConnectionResetError: there are some, but not as many.
        """
        at = 0
        while at < len(view):
            count = self._receive(view[at:])
            if count == 0:
                if at == 0:
                    return False
                raise ConnectionResetError("the reply ends in the middle of a message")
            at += count
        return True

    def rest(self, limit: int) -> bytes:
        """Returns what is left of the body, up to a number of bytes."""
        buffer = bytearray(limit)
        at = 0
        while at < limit and (count := self._receive(memoryview(buffer)[at:])):
            at += count
        return bytes(buffer[:at])

    def _receive(self, view: memoryview) -> int:
        """Receives at least one byte; 0 says that the body is over."""
        if self._left == 0 and not (self._chunked and self._next_chunk()):
            return 0
        room = min(len(view), self._left)
        if not self._ahead:
            if room >= _AHEAD:
                count = self._socket.recv_into(view[:room])
                return self._took(count) if count else self._ended()
            if not self._more():
                return self._ended()
        count = min(room, len(self._ahead))
        view[:count] = self._ahead[:count]
        self._ahead = self._ahead[count:]
        return self._took(count)

    def _took(self, count: int) -> int:
        if not self._endless:
            self._left -= count
        return count

    def _ended(self) -> int:
        if self._endless:
            return 0
        raise ConnectionResetError("the server closed the connection")

    def _more(self) -> bool:
        """Receives some bytes ahead; False if the connection is closed."""
        more = self._socket.recv(_AHEAD)
        self._ahead = memoryview(bytes(self._ahead) + more)
        return bool(more)

    def _next_chunk(self) -> bool:
        """Goes on to the next chunk; False behind the last one."""
        if self._in_chunk:
            self._line()
        self._left = chunk_size(self._line())
        self._in_chunk = True
        if self._left == 0:
            self._chunked = False
            while self._line():
                pass
        return self._left > 0

    def _line(self) -> bytes:
        """Receives a line, and returns it without its end."""
        while True:
            start = bytes(self._ahead[:_LINE_LIMIT])
            end = start.find(b"\r\n")
            if end >= 0:
                self._ahead = self._ahead[end + 2 :]
                return start[:end]
            if len(start) == _LINE_LIMIT:
                raise ProtocolError("a line of the reply is too long")
            if not self._more():
                raise ConnectionResetError("the server closed the connection")
