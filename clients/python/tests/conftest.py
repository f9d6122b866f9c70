"""The trailblazer program, found or built once, and servers that run it."""

import contextlib
import os
import socket
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
ABR = "trailblazer/ABR-v0"
CJS = "trailblazer/CJS-v0"
CC = "trailblazer/CC-v0"


@pytest.fixture(scope="session")
def program(tmp_path_factory):
    """Path of the program: TRAILBLAZER_BINARY, or built from this checkout."""
    named = os.environ.get("TRAILBLAZER_BINARY")
    if named:
        return Path(named).absolute()
    path = tmp_path_factory.mktemp("bin") / "trailblazer"
    subprocess.run(
        ["go", "build", "-o", str(path), "./cmd/trailblazer"],
        cwd=ROOT,
        env={**os.environ, "CGO_ENABLED": "0"},
        check=True,
    )
    return path


@pytest.fixture(autouse=True)
def environment(request, monkeypatch):
    """Keeps the caller's settings out of the tests, and names the program."""
    for name in ("SERVER", "TOKEN", "DATA", "DATASETS", "BINARY"):
        monkeypatch.delenv(f"TRAILBLAZER_{name}", raising=False)
    if "program" in request.fixturenames:
        program = request.getfixturevalue("program")
        monkeypatch.setenv("TRAILBLAZER_BINARY", str(program))


@contextlib.contextmanager
def serve(program, *options):
    """Runs a server on a free TCP port; yields its address and process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"127.0.0.1:{port}"
    process = subprocess.Popen(
        [
            program,
            "serve",
            "--addr",
            address,
            "--exit-with-stdin",
            *options,
        ],
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert process.poll() is None, "the server ended as it started"
                assert time.monotonic() < deadline, "the server does not start"
                time.sleep(0.01)
        yield f"http://{address}", process
    finally:
        process.stdin.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="session")
def server(program):
    """Address of a server that all tests share."""
    with serve(program) as (address, _):
        yield address


COLLECTED = {
    # Shards and row groups of a few episodes each.
    "abr": "--scenario abr/default-test --policies bba,mpc --episodes 6 "
    "--shard-steps 200 --group-steps 100",
    "cjs": "--scenario cjs/custom --policies fifo,fair --episodes 2",
    "cc": "--scenario cc/custom --policies nada --episodes 2",
}


@pytest.fixture(scope="session")
def collected(program, tmp_path_factory):
    """Directory of data sets of all environments, as the program collects them."""
    folder = tmp_path_factory.mktemp("collected")
    for name, options in COLLECTED.items():
        command = [program, "collect", *options.split(), "--out", str(folder / name)]
        subprocess.run(
            [*command, "--reference-episodes", "0", "--quiet"],
            stdout=subprocess.DEVNULL,
            check=True,
        )
    return folder


@pytest.fixture
def own(program, tmp_path):
    """Arguments for a private server with an empty directory of data sets."""
    from trailblazer_gym import local

    yield {"datasets": str(tmp_path)}
    local._stop_all()


@pytest.fixture
def make(server):
    """Makes environments and vectors on the shared server, closed at the end."""
    import trailblazer_gym

    with contextlib.ExitStack() as stack:

        def make(num_envs=None, env_id=ABR, **options):
            options = {"server": server, **options}
            if num_envs is None:
                env = trailblazer_gym.TrailblazerEnv(env_id, **options)
            else:
                env = trailblazer_gym.TrailblazerVectorEnv(env_id, num_envs, **options)
            stack.callback(env.close)
            return env

        yield make
