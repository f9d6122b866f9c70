"""Streams in all the pieces that servers send them in, and how they end."""

import contextlib
import json
import struct
import time

import numpy as np
import pytest
from test_transport import OK, Peer

from trailblazer_gym import errors, streaming
from trailblazer_gym.client import Client
from trailblazer_gym.transport import Connection, ProtocolError

MESSAGES = [b"one", b"", b"three" * 20_000, b"x" * 16_384, b"last"]


def end(error=None):
    """Encodes the message that ends a stream."""
    raw = json.dumps({"error": error} if error else {}).encode()
    return struct.pack(">BI", 2, len(raw)) + raw


def chunked(body, sizes):
    """Encodes a reply in chunks of these sizes, over and over."""
    raw, at, i = OK + b"Transfer-Encoding: chunked\r\n\r\n", 0, 0
    while at < len(body):
        chunk = body[at : at + sizes[i % len(sizes)]]
        raw += b"%x\r\n%b\r\n" % (len(chunk), chunk)
        at, i = at + len(chunk), i + 1
    return raw + b"0\r\nTrailer: t\r\n\r\n"


def sized(body, _):
    return OK + b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def endless(body, _):
    return OK + b"\r\n" + body


@pytest.fixture
def open_stream(tmp_path):
    """Returns a function that has a peer answer with some bytes."""
    with contextlib.ExitStack() as stack:

        def open_stream(*answers, pieces=None, patience=5.0):
            connection = Connection(Peer(tmp_path, *answers, pieces=pieces).address)
            stack.callback(connection.close)
            return streaming.Stream(connection, "/s/M", b"ask", patience)

        yield open_stream


def received(stream):
    found = []
    while (body := stream.receive()) is not None:
        found.append(body.buffer[body.start : body.stop].tobytes())
    return found


@pytest.mark.parametrize("pieces", [None, 1000])
@pytest.mark.parametrize(
    ("form", "sizes"),
    [
        (chunked, [1 << 20]),
        (chunked, [2048, 1 << 16]),
        (chunked, [7, 5000]),
        (sized, None),
        (endless, None),
    ],
)
def test_messages_arrive_whole(open_stream, form, sizes, pieces):
    body = b"".join(map(streaming.envelope, MESSAGES)) + end()
    assert received(open_stream(form(body, sizes), pieces=pieces)) == MESSAGES


def test_messages_arrive_byte_by_byte(open_stream):
    body = streaming.envelope(b"hello") + streaming.envelope(b"") + end()
    answer = chunked(body, [1, 3])
    assert received(open_stream(answer, pieces=1)) == [b"hello", b""]


def test_each_message_has_an_aligned_buffer_of_its_own(open_stream):
    body = streaming.envelope(b"a" * 50) + streaming.envelope(b"b" * 50) + end()
    stream = open_stream(chunked(body, [60]))
    first, second = stream.receive(), stream.receive()
    assert not np.shares_memory(first.buffer, second.buffer)
    assert first.buffer.ctypes.data % 16 == second.buffer.ctypes.data % 16 == 0


def test_errors_at_the_end_come_after_the_messages(open_stream):
    body = streaming.envelope(b"one") + end({"code": "not_found", "message": "gone"})
    stream = open_stream(chunked(body, [100]))
    assert stream.receive() is not None
    with pytest.raises(errors.NotFoundError, match="gone"):
        stream.receive()


def test_a_server_may_refuse_to_begin(open_stream):
    body = b'{"code": "unauthenticated", "message": "no token"}'
    answer = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: %d\r\n\r\n%b"
    with pytest.raises(errors.UnauthenticatedError, match="token"):
        open_stream(answer % (len(body), body))


@pytest.mark.parametrize("form", [chunked, sized, endless])
def test_streams_that_break_off_are_lost_connections(open_stream, form, tmp_path):
    whole = form(streaming.envelope(b"hello") + end(), [100])
    head = whole.index(b"\r\n\r\n") + 4
    for cut in range(head, whole.rindex(b"{}") + 2):
        (tmp_path / "socket").unlink(missing_ok=True)
        stream = open_stream(whole[:cut])
        with pytest.raises(ConnectionError):
            received(stream)


@pytest.mark.parametrize(
    "body",
    [
        b"\x01\x00\x00\x00\x05hello",  # Compressed, which nobody asked for.
        b"\x00\xff\xff\xff\xffhello",  # Four gigabytes.
        b"\x02\x00\x00\x00\x05hello",  # An end that is no JSON.
        b"\x02\x00\x00\x00\x0c" + b'{"error": 3}',
    ],
)
def test_what_is_no_stream_is_refused(open_stream, body):
    with pytest.raises(ProtocolError):
        open_stream(sized(body, None)).receive()


def test_a_silent_peer_costs_no_more_than_patience(open_stream):
    answer = OK + b"Content-Length: 900\r\n\r\n" + streaming.envelope(b"one")
    # With a second answer to give, the peer keeps the connection.
    stream = open_stream(answer, b"never", patience=0.2)
    assert stream.receive() is not None
    begun = time.monotonic()
    with pytest.raises(TimeoutError):
        stream.receive()
    assert 0.15 < time.monotonic() - begun < 1.5


def test_clients_name_the_method_and_the_server(tmp_path):
    peer = Peer(tmp_path, sized(b"\x00", None))
    with contextlib.closing(Client(peer.address)) as client:
        replies = client.stream("Pull", [b"ask"], service="DatasetService")
        with pytest.raises(errors.UnavailableError, match="no server answers at unix"):
            next(replies)
    head, _, body = peer.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /trailblazer.v1.DatasetService/Pull HTTP/1.1")
    assert b"Content-Type: application/connect+proto" in head
    assert body == b"\0\0\0\0\3ask"
