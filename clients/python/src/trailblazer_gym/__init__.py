"""Gymnasium environments for network optimization, served by one Go binary.

Importing the package registers its environments:

    import gymnasium
    import trailblazer_gym

    env = gymnasium.make("trailblazer/ABR-v0")
    envs = gymnasium.make_vec("trailblazer/CJS-v0", num_envs=64)

With no address given, the package starts the server it carries (or finds) and
stops it at exit; `server="http://host:port"` uses one that runs elsewhere.
"""

from gymnasium.vector import AutoresetMode

from trailblazer_gym import errors
from trailblazer_gym.connect import environments
from trailblazer_gym.env import TrailblazerEnv
from trailblazer_gym.errors import TrailblazerError
from trailblazer_gym.policy import ServedPolicy, policies
from trailblazer_gym.ragged import Graphs, Ragged
from trailblazer_gym.registry import ENVIRONMENTS, register
from trailblazer_gym.session import Environment
from trailblazer_gym.spaces import Feature
from trailblazer_gym.vector import TrailblazerVectorEnv

__all__ = [
    "ENVIRONMENTS",
    "AutoresetMode",
    "Environment",
    "Feature",
    "Graphs",
    "Ragged",
    "ServedPolicy",
    "TrailblazerEnv",
    "TrailblazerError",
    "TrailblazerVectorEnv",
    "environments",
    "errors",
    "policies",
]

__version__ = "0.1.0"

register()
