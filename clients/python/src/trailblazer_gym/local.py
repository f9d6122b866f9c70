"""The server that this process starts for itself.

One for each pair of directories, of real data and of data sets, and for each policy
that is asked for, on a Unix socket in a folder that only this user can enter. The
server ends when its standard input does, so it never outlives a process that is
killed.
"""

from __future__ import annotations

import atexit
import contextlib
import multiprocessing.util
import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from trailblazer_gym import binary
from trailblazer_gym.address import Address
from trailblazer_gym.errors import UnavailableError, UnsupportedError

_START_TIMEOUT_S = 20.0
_STOP_TIMEOUT_S = 5.0
_LEASE = "24h"
# Longest path of a Unix socket that all systems take, in bytes.
_PATH_LIMIT = 100

_lock = threading.Lock()
_servers: dict[tuple[str, ...], LocalServer] = {}


def shared(
    data: str | None = None, datasets: str | None = None, policy: str = ""
) -> LocalServer:
    """Returns this process's server for its directories, started if need be.

    Args:
        data: directory with the real data that environments play; None for the
            one in TRAILBLAZER_DATA, if any.
        datasets: directory with data sets of trajectories; None for the one in
            TRAILBLAZER_DATASETS, if any.
        policy: what the server is to act as where it is asked: a rule, or the
            directory of a trained run; "" for nothing.

    Raises:
        UnavailableError: there is no program, or it does not start.
    """
    made = (
        _folder(data, "TRAILBLAZER_DATA"),
        _folder(datasets, "TRAILBLAZER_DATASETS"),
        policy,
    )
    # The directory of a run may be relative.
    key = (*made, os.getcwd() if policy else "")
    with _lock:
        server = _servers.get(key)
        if server is None or not server.alive():
            if server is not None:
                server.stop()
            server = _servers[key] = LocalServer(*made)
            # Workers of multiprocessing leave without running atexit's functions.
            multiprocessing.util.Finalize(None, _stop_all, exitpriority=0)
    return server


def _folder(named: str | None, variable: str) -> str:
    """Returns the full path of a directory, "" for none."""
    folder = named or os.environ.get(variable, "")
    return os.path.abspath(folder) if folder else ""


class LocalServer:
    """A running `trailblazer serve`.

    Args:
        data: the data directory, "" for none.
        datasets: the directory of data sets, "" for none.
        policy: see `shared`.
    """

    def __init__(self, data: str = "", datasets: str = "", policy: str = "") -> None:
        if not hasattr(socket, "AF_UNIX"):
            raise UnsupportedError(
                "a private server needs Unix sockets",
                remedy="run `trailblazer serve` and pass server=",
            )
        program = binary.find()
        self._folder = Path(tempfile.mkdtemp(prefix="trailblazer-"))
        if len(os.fsencode(self._folder)) > _PATH_LIMIT - 10:
            self._folder.rmdir()
            self._folder = Path(tempfile.mkdtemp(prefix="trailblazer-", dir="/tmp"))
        path = self._folder / "socket"
        self.address = Address(path=str(path))
        self._log = self._folder / "log"
        command = [
            *(str(program), "serve", "--unix", str(path), "--exit-with-stdin"),
            # A session ends with its environment or this process; one whose user
            # is at lunch does not.
            *("--lease", _LEASE),
        ]
        if data:
            command += ["--data", data]
        if datasets:
            command += ["--datasets", datasets]
        if policy:
            # It keeps its own name, by which errors call it. A directory "a=b" must
            # not read as the policy b, named a.
            named = re.match(r"[^:/\\]*=", policy)
            command += ["--policy", f"./{policy}" if named else policy]
        try:
            with self._log.open("wb") as log:
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
        except OSError as error:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise UnavailableError(
                f"{program} does not start: {error.strerror}",
                remedy="use a program built for this system and processor",
            ) from error
        try:
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise

    def alive(self) -> bool:
        """Tells whether the server still runs."""
        return self._process.poll() is None

    def diagnosis(self) -> str:
        """Returns why the server can't be reached, "" if it runs."""
        # A server that has just crashed takes a moment to be gone.
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(0.1)
        if self.alive():
            return ""
        return f"it ended with status {self._process.returncode}{self._last_words()}"

    def stop(self) -> None:
        """Ends the server, kindly first, and removes its folder."""
        process = self._process
        self._close_stdin()
        try:
            process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def leave(self) -> None:
        """Lets go of a server that belongs to the parent of this process."""
        self._close_stdin()
        # The parent waits for its child, this process must not.
        self._process.returncode = 0

    def _close_stdin(self) -> None:
        if self._process.stdin:
            with contextlib.suppress(OSError):
                self._process.stdin.close()

    def _wait_until_ready(self) -> None:
        """Waits until the socket accepts a connection."""
        deadline = time.monotonic() + _START_TIMEOUT_S
        while time.monotonic() < deadline:
            with socket.socket(socket.AF_UNIX) as probe:
                if probe.connect_ex(self.address.path) == 0:
                    return
            if not self.alive():
                raise UnavailableError(
                    f"the trailblazer server ended with status "
                    f"{self._process.returncode} as it started{self._last_words()}"
                )
            time.sleep(0.005)
        raise UnavailableError(
            f"the trailblazer server did not start in {_START_TIMEOUT_S:g} s"
            f"{self._last_words()}"
        )

    def _last_words(self) -> str:
        """Returns the end of the server's log, to be appended to a message."""
        try:
            lines = self._log.read_text("utf-8", "replace").splitlines()
        except OSError:
            return ""
        return ": " + " / ".join(lines[-5:]) if lines else ""


def _stop_all() -> None:
    with _lock:
        for server in _servers.values():
            server.stop()
        _servers.clear()


def _forget_in_child() -> None:
    """Gives a forked child no part in its parent's servers."""
    global _lock
    _lock = threading.Lock()
    for server in _servers.values():
        server.leave()
    _servers.clear()


atexit.register(_stop_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_in_child)
