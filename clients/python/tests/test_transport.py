"""HTTP replies in all the pieces and shapes that servers send them in."""

import contextlib
import socket
import threading
import time

import pytest

from trailblazer_gym.address import Address, parse
from trailblazer_gym.errors import InvalidArgumentError
from trailblazer_gym.transport import Connection, ProtocolError

OK = b"HTTP/1.1 200 OK\r\n"


class Peer:
    """Accepts one connection and answers each request with prepared bytes."""

    def __init__(self, path, *answers, pieces=None):
        self.address = Address(path=str(path / "socket"))
        self.requests = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.address.path)
        self._listener.listen()
        threading.Thread(target=self._run, args=(answers, pieces), daemon=True).start()

    def _run(self, answers, pieces):
        with contextlib.suppress(OSError):
            self._serve(answers, pieces)

    def _serve(self, answers, pieces):
        with self._listener:
            peer, _ = self._listener.accept()
        with peer:
            for answer in answers:
                self.requests.append(peer.recv(1 << 16))
                size = pieces or max(1, len(answer))
                for at in range(0, len(answer), size):
                    peer.sendall(answer[at : at + size])
                    if pieces:
                        time.sleep(0.0005)


@pytest.fixture
def connect():
    """Returns a function that connects to a peer; the connections are closed."""
    with contextlib.ExitStack() as stack:

        def connect(peer, token=""):
            connection = Connection(peer.address, token)
            stack.callback(connection.close)
            return connection

        yield connect


def bytes_of(reply):
    status, body = reply
    return status, body.buffer[body.start : body.stop].tobytes()


def call(connection, body=b"ask", align=0, timeout=5.0):
    return connection.call(
        "/s/M", "application/proto", body, time.monotonic() + timeout, align
    )


FORMS = {
    "length": OK + b"Content-Length: 5\r\n\r\nhello",
    "empty": OK + b"Content-Length: 0\r\n\r\n",
    "one chunk": OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "no chunk": OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks": OK
    + b"transfer-encoding: Chunked\r\n\r\n2;x=1\r\nhe\r\n3\r\nllo\r\n0\r\nA: b\r\n\r\n",
}


@pytest.mark.parametrize("pieces", [None, 1, 7])
@pytest.mark.parametrize("form", FORMS)
def test_replies_are_received_whole(connect, tmp_path, form, pieces):
    want = b"" if form in ("empty", "no chunk") else b"hello"
    peer = Peer(tmp_path, FORMS[form], FORMS[form], pieces=pieces)
    connection = connect(peer)
    for align in (0, 3):
        assert bytes_of(call(connection, align=align)) == (200, want)


def test_a_reply_of_no_length_ends_with_the_connection(connect, tmp_path):
    peer = Peer(tmp_path, b"HTTP/1.0 400 Bad Request\r\n\r\nhello")
    assert bytes_of(call(connect(peer))) == (400, b"hello")


def test_large_replies_grow_the_buffer(connect, tmp_path):
    bodies = [bytes([i]) * size for i, size in enumerate((10, 300_000, 70_000, 1))]
    peer = Peer(
        tmp_path, *(OK + b"Content-Length: %d\r\n\r\n%b" % (len(b), b) for b in bodies)
    )
    connection = connect(peer)
    for body in bodies:
        assert bytes_of(call(connection)) == (200, body)


def test_the_wanted_position_is_aligned_from_the_second_reply_on(connect, tmp_path):
    peer = Peer(tmp_path, *[FORMS["length"]] * 4)
    connection = connect(peer)
    call(connection)
    for align in (0, 1, 4):
        _, body = call(connection, align=align)
        assert (body.start + align) % 16 == 0
        assert body.buffer.ctypes.data % 16 == 0


def test_request_says_what_connect_needs(connect, tmp_path):
    peer = Peer(tmp_path, FORMS["length"])
    call(connect(peer, "secret"), b"ask")
    head, _, body = peer.requests[0].partition(b"\r\n\r\n")
    assert body == b"ask"
    assert head.split(b"\r\n") == [
        b"POST /s/M HTTP/1.1",
        b"Host: localhost",
        b"Connect-Protocol-Version: 1",
        b"User-Agent: trailblazer-gym",
        b"Authorization: Bearer secret",
        b"Content-Type: application/proto",
        b"Content-Length: 3",
    ]


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        OK + b"Content-Length: many\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"HTTP/1.1 200 " + b"x" * 9000,
    ],
)
def test_what_is_not_http_is_refused(connect, tmp_path, answer):
    with pytest.raises(ProtocolError):
        call(connect(Peer(tmp_path, answer)))


def test_a_reply_cut_short_is_a_connection_error(connect, tmp_path):
    peer = Peer(tmp_path, OK + b"Content-Length: 9\r\n\r\nhello")
    with pytest.raises(ConnectionError):
        call(connect(peer))


def test_a_silent_peer_costs_no_more_than_the_deadline(connect, tmp_path):
    peer = Peer(tmp_path, b"", OK)
    begun = time.monotonic()
    with pytest.raises(TimeoutError):
        call(connect(peer), timeout=0.2)
    assert 0.15 < time.monotonic() - begun < 1.5


def test_a_trickling_peer_costs_no_more_than_the_deadline(connect, tmp_path):
    peer = Peer(tmp_path, OK + b"Content-Length: 9000\r\n\r\n" + bytes(9000), pieces=1)
    begun = time.monotonic()
    with pytest.raises(TimeoutError):
        call(connect(peer), timeout=0.2)
    assert time.monotonic() - begun < 1.5


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("http://localhost:8930", Address("localhost", 8930)),
        ("http://[::1]:8930/", Address("::1", 8930)),
        ("https://example.org", Address("example.org", 443, tls=True)),
        ("unix:///run/trailblazer", Address(path="/run/trailblazer")),
    ],
)
def test_addresses(text, address):
    assert parse(text) == address
    assert parse(str(address)) == address


@pytest.mark.parametrize(
    "text",
    ["localhost:8930", "http://", "http://h:x", "grpc://h:1", "http://h:1/p", ""],
)
def test_bad_addresses_are_refused(text):
    with pytest.raises(InvalidArgumentError, match="http://host:port"):
        parse(text)
