"""Times vectors of video sessions: steps a second, and what a step carries.

The server runs on the same machine, and shares its cores. A step takes it the
longer, the more packets are sent.

    python clients/python/benchmarks/sessions.py
    python clients/python/benchmarks/sessions.py --policy request --packets --json
"""

from __future__ import annotations

from typing import Any

import numpy as np
import vectors

from trailblazer_gym import cc

# What infos show that policies predict.
POLICIES = {"truth": "bottleneck_kbps", "request": "request_kbps"}


def main() -> None:
    """Measures vectors of several lengths and prints a table or JSON."""
    parser = vectors.parser(__doc__, "cc/train", [1, 16, 256])
    parser.add_argument("--policy", choices=POLICIES, default="truth")
    parser.add_argument("--packets", action="store_true", help="read all packets")
    args = parser.parse_args()

    def policy(envs: Any) -> vectors.Policy:
        shown, most = POLICIES[args.policy], envs.single_action_space.high

        def act(observations: Any, infos: Any) -> np.ndarray:
            del observations
            if args.packets:
                cc.packet_log(infos)
            return np.minimum(infos[shown][:, np.newaxis], most)

        return act

    config = {"packets": True} if args.packets else {}
    vectors.compare("trailblazer/CC-v0", args, policy, **config)


if __name__ == "__main__":
    main()
