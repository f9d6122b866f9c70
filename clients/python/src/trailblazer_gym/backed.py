"""What one environment and a vector of them have in common: their session."""

from __future__ import annotations

from typing import Any

from trailblazer_gym import spaces
from trailblazer_gym.session import Environment, Session


class Backed:
    """A Gymnasium environment, or a vector of them, that a session backs."""

    environment: Environment
    features: Any
    action_features: Any
    info_features: Any
    _session: Session

    def _adopt(self, session: Session) -> None:
        """Takes over a session and tells what it plays."""
        env = session.environment
        self._session = session
        self.environment = env
        self.features = spaces.features(env.observation_space)
        self.action_features = spaces.features(env.action_space)
        self.info_features = spaces.features(env.info_space)

    def _leave(self) -> None:
        """Ends the session, if making it got that far."""
        if hasattr(self, "_session"):
            self._session.close()

    def snapshot(self) -> bytes:
        """Returns the whole state; it stays good after `close`."""
        return self._session.snapshot()[0]

    def state_hash(self) -> str:
        """Returns the state's SHA-256 in hex: the same hash, the same future."""
        return self._session.snapshot()[1]
