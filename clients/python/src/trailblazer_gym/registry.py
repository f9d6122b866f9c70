"""The ids that gymnasium.make and make_vec know once the package is imported."""

from __future__ import annotations

import gymnasium

ENVIRONMENTS = ("trailblazer/ABR-v0", "trailblazer/CJS-v0", "trailblazer/CC-v0")


def register() -> None:
    """Registers every environment with Gymnasium; those it has stay as they are."""
    for env_id in ENVIRONMENTS:
        if env_id not in gymnasium.registry:
            gymnasium.register(
                env_id,
                entry_point="trailblazer_gym.env:TrailblazerEnv",
                vector_entry_point="trailblazer_gym.vector:TrailblazerVectorEnv",
                kwargs={"env_id": env_id},
            )
