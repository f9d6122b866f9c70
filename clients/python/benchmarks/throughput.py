"""Environment steps per second through vectors, with random actions.

Counts everything that an agent's loop pays for: drawing the actions with NumPy,
the call, the server's step, and the arrays and infos that come back. The server
runs on the same machine, and shares its cores.

    python clients/python/benchmarks/throughput.py
    python clients/python/benchmarks/throughput.py --json --num-envs 256
"""

from __future__ import annotations

from typing import Any

import numpy as np
import vectors


def uniform(envs: Any) -> vectors.Policy:
    """Draws actions."""
    rng = np.random.default_rng(1)
    choices, num_envs = envs.single_action_space.n, envs.num_envs
    return lambda observations, infos: rng.integers(choices, size=num_envs)


def main() -> None:
    """Measures vectors of several lengths and prints a table or JSON."""
    parser = vectors.parser(__doc__, "abr/train", [1, 16, 256, 4096])
    vectors.compare("trailblazer/ABR-v0", parser.parse_args(), uniform)


if __name__ == "__main__":
    main()
