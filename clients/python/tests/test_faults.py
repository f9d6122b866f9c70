"""Broken connections, dead servers, wrong tokens: exactly once, or a clear error."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import threading
import time

import numpy as np
import pytest
from conftest import serve
from gymnasium.utils.env_checker import data_equivalence

from trailblazer_gym import errors
from trailblazer_gym.transport import _Reply


class Proxy:
    """Forwards one connection at a time, and breaks it as told.

    Attributes:
        lose: "request" drops the next request, "reply" the reply to it once the
            server has sent it, "silence" keeps the reply and the connection.
    """

    def __init__(self, server):
        host, _, port = server.removeprefix("http://").rpartition(":")
        self._target = (host, int(port))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.lose = ""
        self.lost = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._listener.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                thread = threading.Thread(target=self._serve, args=(client,))
                thread.daemon = True
                thread.start()

    def _serve(self, client):
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            stack.enter_context(client)
            target = stack.enter_context(socket.create_connection(self._target))
            while request := client.recv(1 << 20):
                lose, self.lose = self.lose, ""
                self.lost += bool(lose)
                if lose == "request":
                    return
                target.sendall(request)
                reply = _Reply(target, time.monotonic() + 5, 4096, 0)
                reply.receive()
                if lose == "reply":
                    return
                if lose == "silence":
                    time.sleep(5)
                    return
                client.sendall(reply._view[: reply.received])


@pytest.fixture
def proxy(server):
    proxy = Proxy(server)
    yield proxy
    proxy.close()


@pytest.mark.parametrize("lose", ["request", "reply"])
def test_a_lost_step_happens_exactly_once(make, proxy, lose):
    broken, whole = make(3, server=proxy.address), make(3)
    same_seed = [env.reset(seed=5) for env in (broken, whole)]
    assert data_equivalence(*same_seed, exact=True)
    rng = np.random.default_rng(1)
    for t in range(30):
        if t % 3 == 1:
            proxy.lose = lose
        actions = rng.integers(6, size=3)
        assert data_equivalence(broken.step(actions), whole.step(actions), exact=True)
    assert proxy.lost == 10


@pytest.mark.parametrize("lose", ["request", "reply"])
def test_a_lost_make_reset_or_fork_is_made_good(make, proxy, lose, server):
    proxy.lose = lose
    broken, whole = make(server=proxy.address), make()
    proxy.lose = lose
    assert data_equivalence(broken.reset(seed=1), whole.reset(seed=1), exact=True)
    proxy.lose = lose
    with contextlib.closing(broken.fork()) as fork:
        assert data_equivalence(fork.step(1), whole.step(1), exact=True)
    assert proxy.lost == 3


def test_a_step_of_unknown_outcome_can_be_repeated_but_not_replaced(make, proxy):
    broken, whole = make(server=proxy.address, timeout=1.5), make()
    for env in (broken, whole):
        env.reset(seed=1)
    proxy.lose = "silence"
    with pytest.raises(errors.DeadlineError, match=r"1\.5 s"):
        broken.step(2)
    with pytest.raises(errors.OrderError, match="repeat it with the same action"):
        broken.step(3)
    assert data_equivalence(broken.step(2), whole.step(2), exact=True)
    assert data_equivalence(broken.step(3), whole.step(3), exact=True)


def test_reset_settles_a_step_of_unknown_outcome(make, proxy):
    broken, whole = make(server=proxy.address, timeout=1.5), make()
    for env in (broken, whole):
        env.reset(seed=1)
    for _ in range(2):
        proxy.lose = "silence"
        with pytest.raises(errors.DeadlineError):
            broken.step(2)
        assert data_equivalence(broken.reset(seed=4), whole.reset(seed=4), exact=True)
        assert data_equivalence(broken.step(3), whole.step(3), exact=True)


def test_a_server_that_stops_is_an_error_within_the_deadline(program):
    import trailblazer_gym

    with serve(program) as (address, process):
        env = trailblazer_gym.TrailblazerEnv("trailblazer/ABR-v0", server=address)
        env.reset(seed=1)
        process.kill()
        process.wait()
        begun = time.monotonic()
        with pytest.raises(errors.UnavailableError, match="trailblazer serve"):
            env.step(0)
        assert time.monotonic() - begun < 20
        env.close()


def test_a_server_that_hangs_is_an_error_within_the_deadline(program):
    import trailblazer_gym

    with serve(program) as (address, process):
        env = trailblazer_gym.TrailblazerEnv(
            "trailblazer/ABR-v0", server=address, timeout=1.5
        )
        env.reset(seed=1)
        os.kill(process.pid, signal.SIGSTOP)
        os.waitpid(process.pid, os.WUNTRACED)  # It has stopped, not just been told.
        try:
            begun = time.monotonic()
            with pytest.raises(errors.DeadlineError):
                env.step(0)
            assert 1.4 < time.monotonic() - begun < 10
        finally:
            os.kill(process.pid, signal.SIGCONT)
        assert env.step(0)[1] is not None
        env.close()


def test_nobody_listens(make):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with pytest.raises(errors.UnavailableError, match="trailblazer serve"):
        make(server=f"http://127.0.0.1:{port}")


def test_not_a_trailblazer_server(make):
    from http.server import BaseHTTPRequestHandler, HTTPServer

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.send_error(404)

        def log_message(self, *args):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        with pytest.raises(errors.ServerError, match="address"):
            make(server=f"http://127.0.0.1:{other.server_port}")
        other.shutdown()


def test_token(program, tmp_path, monkeypatch):
    import trailblazer_gym

    tokens = tmp_path / "tokens"
    tokens.write_text("alice:correct-horse\n")
    with serve(program, "--token-file", str(tokens)) as (address, _):

        def make(token=None):
            env = trailblazer_gym.TrailblazerEnv(
                "trailblazer/ABR-v0", server=address, token=token
            )
            env.reset(seed=1)
            env.close()

        for token in (None, "wrong"):
            with pytest.raises(errors.UnauthenticatedError, match="TRAILBLAZER_TOKEN"):
                make(token)
        make("correct-horse")
        monkeypatch.setenv("TRAILBLAZER_TOKEN", "correct-horse")
        make()


def test_tls(program, tmp_path, monkeypatch):
    import trailblazer_gym

    if not shutil.which("openssl"):
        pytest.skip("needs openssl to make a certificate")
    key, certificate = str(tmp_path / "key"), str(tmp_path / "certificate")
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-nodes", "-newkey", "rsa:2048"),
            *("-keyout", key, "-out", certificate, "-days", "2"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"),
        ],
        check=True,
        capture_output=True,
    )

    def make(address):
        env = trailblazer_gym.TrailblazerEnv("trailblazer/ABR-v0", server=address)
        env.reset(seed=1)
        assert env.step(1)[1] is not None
        env.close()

    with serve(program, "--tls-cert", certificate, "--tls-key", key) as (address, _):
        with pytest.raises(errors.ServerError, match="HTTPS"):
            make(address)
        address = address.replace("http", "https")
        with pytest.raises(errors.UnavailableError, match="SSL_CERT_FILE"):
            make(address)
        monkeypatch.setenv("SSL_CERT_FILE", certificate)
        make(address)


def test_a_session_that_is_gone_says_so(make):
    env = make(lease=0.2)
    env.reset(seed=1)
    time.sleep(1.5)
    with pytest.raises(errors.SessionLostError, match="lease"):
        env.step(0)


def test_limits_tell_when_to_retry(program):
    import trailblazer_gym

    with serve(program, "--max-sessions", "1") as (address, _):
        first = trailblazer_gym.TrailblazerEnv("trailblazer/ABR-v0", server=address)
        with pytest.raises(errors.ResourceExhaustedError) as caught:
            trailblazer_gym.TrailblazerEnv("trailblazer/ABR-v0", server=address)
        assert caught.value.retry_after > 0
        first.close()
        trailblazer_gym.TrailblazerEnv("trailblazer/ABR-v0", server=address).close()


def test_dropped_environments_give_their_sessions_back(make, server):
    import trailblazer_gym
    from trailblazer_gym.connect import connect

    def labels():
        client = connect(server)
        found = client.call("ListSessions", {}).get("sessions", [])
        client.close()
        return [s["label"] for s in found if s.get("label")]

    env = trailblazer_gym.TrailblazerEnv(
        "trailblazer/ABR-v0", server=server, label="dropped"
    )
    assert labels() == ["dropped"]
    del env
    assert labels() == []
