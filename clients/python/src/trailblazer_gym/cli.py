"""The console script `trailblazer`: runs the program that the wheel carries."""

from __future__ import annotations

import os
import subprocess
import sys

from trailblazer_gym import binary
from trailblazer_gym.errors import TrailblazerError


def main() -> None:
    """Becomes the trailblazer program, with the same arguments."""
    try:
        program = str(binary.find())
    except TrailblazerError as error:
        sys.exit(f"trailblazer: {error}")
    arguments = [program, *sys.argv[1:]]
    if os.name == "nt":
        sys.exit(subprocess.call(arguments))
    try:
        os.execv(program, arguments)
    except OSError as error:
        sys.exit(f"trailblazer: {program} does not run here: {error.strerror}")
