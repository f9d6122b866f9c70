"""Finds the trailblazer program on this machine."""

from __future__ import annotations

import os
from pathlib import Path

from trailblazer_gym.errors import UnavailableError

_NAME = "trailblazer.exe" if os.name == "nt" else "trailblazer"
CARRIED = Path(__file__).parent / "bin" / _NAME

_REMEDY = (
    "install a wheel of trailblazer-gym that carries it, set TRAILBLAZER_BINARY to "
    "its path, put it on PATH, or pass server= to use one that is running"
)


def find() -> Path:
    """Returns the program: TRAILBLAZER_BINARY, the one carried, or PATH's.

    Raises:
        UnavailableError: there is none.
    """
    named = os.environ.get("TRAILBLAZER_BINARY")
    if named:
        path = Path(named)
        if not _runs(path):
            raise UnavailableError(
                "TRAILBLAZER_BINARY names no program",
                field="TRAILBLAZER_BINARY",
                value=named,
                remedy="set it to the path of the trailblazer program, or unset it",
            )
        return path.absolute()
    if _runs(CARRIED):
        return CARRIED
    for folder in os.get_exec_path():
        path = Path(folder) / _NAME
        if _runs(path) and not _is_own_script(path):
            return path.absolute()
    raise UnavailableError("the trailblazer program is not found", remedy=_REMEDY)


def _runs(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def _is_own_script(path: Path) -> bool:
    """Tells this package's console script, which would call itself for ever."""
    with path.open("rb") as file:
        start = file.read(1024)
    return start.startswith(b"#!") and b"trailblazer_gym" in start
