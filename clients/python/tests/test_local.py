"""The server that the package starts by itself."""

import os
import signal
import stat
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from trailblazer_gym import binary, errors, local

ONE_STEP = """
    import os, sys, gymnasium, trailblazer_gym
    from trailblazer_gym import local
    env = gymnasium.make("trailblazer/ABR-v0")
    env.reset(seed=1)
    env.step(0)
    print(local.shared()._process.pid, local.shared()._folder, flush=True)
"""


@pytest.fixture(autouse=True)
def stop_servers():
    yield
    local._stop_all()


@pytest.fixture
def python(program, tmp_path):
    """Starts Python scripts that use the package."""
    started = []

    def python(*scripts, **environment):
        process = subprocess.Popen(
            [sys.executable, "-c", "\n".join(map(textwrap.dedent, scripts))],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "TMPDIR": str(tmp_path), **environment},
        )
        started.append(process)
        return process

    yield python
    for process in started:
        process.kill()
        process.communicate()


def runs(pid):
    """Tells whether a process runs, and is no zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state != "Z"
    except FileNotFoundError:
        return False


def ends(pid, within=10.0):
    """Waits for the end of a process."""
    deadline = time.monotonic() + within
    while runs(pid):
        assert time.monotonic() < deadline, f"process {pid} still runs"
        time.sleep(0.02)


linux = pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")


@linux
def test_it_just_works_and_nothing_is_left(python, tmp_path):
    process = python(ONE_STEP)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert err == ""
    pid, folder = out.split()
    ends(pid)
    assert not Path(folder).exists()


@linux
def test_a_killed_process_takes_its_server_with_it(python):
    process = python(ONE_STEP, "import time; time.sleep(60)")
    pid, _ = process.stdout.readline().split()
    assert runs(pid)
    process.kill()
    ends(pid)


@linux
def test_a_killed_process_takes_its_server_with_it_though_a_fork_lives(python):
    process = python(
        ONE_STEP,
        """
        import time
        if os.fork() == 0:
            print(os.getpid(), flush=True)
        time.sleep(20)
        """,
    )
    pid, _ = process.stdout.readline().split()
    child = int(process.stdout.readline())
    process.kill()
    ends(pid)
    os.kill(child, signal.SIGKILL)


@linux
def test_a_forked_child_has_a_server_of_its_own(python):
    process = python(
        ONE_STEP,
        """
        import contextlib
        parent = local.shared()._process.pid
        child = os.fork()
        if child == 0:
            own = gymnasium.make("trailblazer/ABR-v0")
            own.reset(seed=1)
            assert local.shared()._process.pid != parent
            sys.exit(0)
        assert os.waitpid(child, 0)[1] == 0
        env.step(0)
        """,
    )
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err


def test_environments_of_a_process_share_one_server(program, tmp_path):
    import trailblazer_gym

    first, second = local.shared(), local.shared()
    assert first is second
    with_data = local.shared(str(tmp_path))
    assert with_data is not first
    assert local.shared(datasets=str(tmp_path)) not in (first, with_data)
    env = trailblazer_gym.TrailblazerEnv("trailblazer/ABR-v0")
    assert env._session.lease == "86400s"
    env.close()
    mode = stat.S_IMODE(first._folder.stat().st_mode)
    assert mode == 0o700


def test_async_vectors_of_single_environments_work(python, tmp_path):
    process = python(
        """
        import gymnasium, trailblazer_gym
        envs = gymnasium.make_vec(
            "trailblazer/ABR-v0", num_envs=2, vectorization_mode="async"
        )
        envs.reset(seed=1)
        assert envs.step([0, 1])[1].shape == (2,)
        envs.close()
        """
    )
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert list(tmp_path.glob("trailblazer-*")) == []


def test_a_dead_server_is_explained_and_replaced(program):
    import trailblazer_gym

    env = trailblazer_gym.TrailblazerEnv("trailblazer/ABR-v0")
    env.reset(seed=1)
    process = local.shared()._process
    process.kill()
    process.wait()
    with pytest.raises(errors.UnavailableError, match="ended with status -9"):
        env.step(0)
    env.close()
    again = trailblazer_gym.TrailblazerEnv("trailblazer/ABR-v0")
    again.reset(seed=1)
    again.close()


def script(path, text):
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_no_program_says_where_it_was_looked_for(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(binary, "CARRIED", tmp_path / "none")
    with pytest.raises(errors.UnavailableError, match=r"TRAILBLAZER_BINARY.*PATH"):
        binary.find()
    own = "#!/usr/bin/python3\nfrom trailblazer_gym.cli import main\nmain()\n"
    script(tmp_path / "trailblazer", own)
    with pytest.raises(errors.UnavailableError):
        binary.find()
    found = script(tmp_path / "trailblazer", "#!/bin/sh\n")
    assert binary.find() == found
    monkeypatch.setattr(binary, "CARRIED", script(tmp_path / "carried", ""))
    assert binary.find() == tmp_path / "carried"
    monkeypatch.setenv("TRAILBLAZER_BINARY", str(tmp_path / "missing"))
    with pytest.raises(errors.UnavailableError, match="missing"):
        binary.find()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("#!/bin/sh\necho no such flag >&2\nexit 3\n", "status 3.*no such flag"),
        ("\x7fELF nonsense", "built for this system"),
    ],
)
def test_a_program_that_does_not_start(monkeypatch, tmp_path, text, message):
    monkeypatch.setenv("TRAILBLAZER_BINARY", str(script(tmp_path / "t", text)))
    with pytest.raises(errors.UnavailableError, match=message):
        local.shared()


def test_console_script_runs_the_program(program, python):
    process = python(
        "import sys; from trailblazer_gym.cli import main",
        "sys.argv = ['trailblazer', 'version']; main()",
    )
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "trailblazer" in out
